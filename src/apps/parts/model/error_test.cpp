#include "apps/parts/model/error.hpp"

#include <gtest/gtest.h>

namespace sluice::parts {
namespace {

namespace codes = sqlstates;

error passed_on(sqlstate code) {
    const auto inner = [&]() -> sluice::result<> {
        return sluice::fail({.code = code, .message = "what", .hint = "what to do"});
    };
    const auto outer = [&]() -> result<> {
        TRY(inner());
        return {};
    };
    return outer().error();
}

TEST(parts_error, takes_those_of_files) {
    EXPECT_EQ(passed_on(codes::duplicate_file).kind, error_kind::exists);
    for (const auto code : {codes::io_error, codes::undefined_file, codes::disk_full, codes::out_of_memory,
                            codes::insufficient_privilege}) {
        EXPECT_EQ(passed_on(code).kind, error_kind::io) << code.view();
    }
    const auto bad = passed_on(codes::bad_copy_file_format);
    EXPECT_EQ(bad.kind, error_kind::invalid);
    EXPECT_EQ(bad.message, "what");
    EXPECT_EQ(bad.hint, "what to do");
    EXPECT_FALSE(bad.storage);
}

}  // namespace
}  // namespace sluice::parts
