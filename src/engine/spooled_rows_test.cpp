#include "engine/spooled_rows.hpp"

#include <gtest/gtest.h>
#include <string>

namespace sluice::engine {
namespace {

std::string message(std::string_view payload) {
    core::byte_buffer buffer;
    buffer.append_byte('D');
    buffer.append_be32(static_cast<std::uint32_t>(payload.size() + 4));
    buffer.append(payload);
    return std::string(buffer.view());
}

std::string read_all(spooled_rows& spool, fetch_limit limit, std::uint64_t& rows) {
    std::string all;
    for (;;) {
        core::byte_buffer out;
        auto got = spool.next(out, limit);
        EXPECT_TRUE(got) << got.error().message;
        if (!got) {
            return all;
        }
        EXPECT_LE(got->rows, limit.rows_max);
        EXPECT_TRUE(got->finished || got->rows > 0);
        rows += got->rows;
        all += out.view();
        if (got->finished) {
            return all;
        }
    }
}

TEST(spooled_rows, gives_back_what_fits_into_memory) {
    spooled_rows spool({});
    std::string expected;
    for (int i = 0; i < 100; ++i) {
        expected += message("row " + std::to_string(i));
    }
    ASSERT_TRUE(spool.append(expected));
    EXPECT_FALSE(spool.uses_file());
    std::uint64_t rows = 0;
    EXPECT_EQ(read_all(spool, {.rows_max = 7}, rows), expected);
    EXPECT_EQ(rows, 100U);
}

TEST(spooled_rows, gives_back_what_went_to_the_file) {
    spooled_rows spool({.directory = testing::TempDir(), .memory_bytes_max = 1000});
    std::string expected;
    for (int i = 0; i < 300; ++i) {
        // Sizes around and above what is read from the file at once.
        const std::string row =
            message(std::string(static_cast<std::size_t>(i) * 1500, static_cast<char>('a' + i % 26)));
        expected += row;
        ASSERT_TRUE(spool.append(row));
    }
    EXPECT_TRUE(spool.uses_file());
    EXPECT_EQ(spool.size_bytes(), expected.size());
    std::uint64_t rows = 0;
    EXPECT_TRUE(read_all(spool, {}, rows) == expected);
    EXPECT_EQ(rows, 300U);
}

TEST(spooled_rows, stops_behind_the_row_that_passes_the_byte_limit) {
    spooled_rows spool({});
    ASSERT_TRUE(spool.append(message("aaaa") + message("bbbb") + message("cccc")));
    core::byte_buffer out;
    auto got = spool.next(out, {.bytes_max = 10});
    ASSERT_TRUE(got);
    EXPECT_EQ(got->rows, 2U);
    EXPECT_FALSE(got->finished);
}

TEST(spooled_rows, an_empty_one_is_finished) {
    spooled_rows spool({});
    core::byte_buffer out;
    auto got = spool.next(out, {});
    ASSERT_TRUE(got);
    EXPECT_EQ(got->rows, 0U);
    EXPECT_TRUE(got->finished);
}

TEST(spooled_rows, refuses_more_than_its_bound) {
    spooled_rows spool({.memory_bytes_max = 100, .bytes_max = 1000});
    ASSERT_TRUE(spool.append(message(std::string(900, 'x'))));
    auto refused = spool.append(message(std::string(100, 'x')));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code.view(), "53400");
}

TEST(spooled_rows, an_unusable_directory_is_an_error) {
    spooled_rows spool({.directory = "/nonexistent", .memory_bytes_max = 0});
    auto refused = spool.append(message("x"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code.view(), "58030");
}

}  // namespace
}  // namespace sluice::engine
