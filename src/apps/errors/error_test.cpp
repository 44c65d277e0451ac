#include "apps/errors/error.hpp"

#include <gtest/gtest.h>

namespace sluice::apps {
namespace {

namespace codes = sqlstates;

template <typename E>
error passed_on(E cause) {
    const auto inner = [&]() -> sluice::result<void, E> { return std::unexpected(cause); };
    const auto outer = [&]() -> result<> {
        TRY(inner());
        return {};
    };
    return outer().error();
}

error_kind kind_of(sqlstate code) {
    return passed_on(sluice::error{.code = code, .message = "what"}).kind;
}

TEST(apps_error, takes_those_of_files) {
    EXPECT_EQ(kind_of(codes::undefined_file), error_kind::not_found);
    EXPECT_EQ(kind_of(codes::duplicate_file), error_kind::exists);
    EXPECT_EQ(kind_of(codes::lock_not_available), error_kind::busy);
    for (const auto code : {codes::io_error, codes::disk_full, codes::out_of_memory, codes::insufficient_resources,
                            codes::insufficient_privilege}) {
        EXPECT_EQ(kind_of(code), error_kind::io) << code.view();
    }
    for (const auto code :
         {codes::invalid_parameter_value, codes::bad_copy_file_format, codes::character_not_in_repertoire}) {
        EXPECT_EQ(kind_of(code), error_kind::invalid) << code.view();
    }
}

TEST(apps_error, keeps_message_and_hint) {
    const auto bad =
        passed_on(sluice::error{.code = codes::bad_copy_file_format, .message = "what", .hint = "what to do"});
    EXPECT_EQ(bad.message, "what");
    EXPECT_EQ(bad.hint, "what to do");
}

// Also if SQLite could not open a file: the database is not the file that the caller asked for.
TEST(apps_error, takes_those_of_a_database_as_storage) {
    for (const auto kind : {sqlite::error_kind::busy, sqlite::error_kind::cannot_open, sqlite::error_kind::full}) {
        const auto failed = passed_on(sqlite::error{.kind = kind, .message = "it failed"});
        EXPECT_EQ(failed.kind, error_kind::storage) << sqlite::to_text(kind);
        EXPECT_EQ(failed.message, "it failed");
    }
}

}  // namespace
}  // namespace sluice::apps
