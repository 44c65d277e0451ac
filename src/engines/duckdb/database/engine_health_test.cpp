#include "engines/duckdb/database/engine_health.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

#include "engines/duckdb/database/file_watch.hpp"
#include "engines/duckdb/database/guest_list.hpp"

namespace sluice::duckdb {
namespace {

using namespace std::chrono_literals;

error failure(sqlstate code, std::string message) {
    return {.code = code, .message = std::move(message)};
}

TEST(engine_health, complains_of_recent_trouble_and_forgets_it) {
    base::manual_clock clock;
    engine_health health({.disk_free_bytes_min = 0, .trouble_window = 10s, .clock = &clock});
    EXPECT_TRUE(health.complaints().empty());
    health.note(failure(sqlstates::data_corrupted, "Corrupt database file: block 7"));
    ASSERT_EQ(health.complaints().size(), 1U);
    EXPECT_EQ(health.complaints().front(), "trouble: a statement failed with XX001: Corrupt database file: block 7");
    clock.advance_ms(9'999);
    EXPECT_EQ(health.complaints().size(), 1U);
    clock.advance_ms(1);
    EXPECT_TRUE(health.complaints().empty());
}

TEST(engine_health, does_not_complain_of_what_a_statement_asked_for) {
    engine_health health({.disk_free_bytes_min = 0});
    health.watch_folders({"/srv/data", "/srv/data/shop.duckdb.tmp"});
    health.note(failure(sqlstates::undefined_table, "relation \"t\" does not exist"));
    health.note(failure(sqlstates::out_of_memory, "failed to pin block"));
    health.note(failure(sqlstates::undefined_file, "No files found"));
    health.note(failure(sqlstates::disk_full, "Could not write file \"/dev/full\": No space left on device"));
    EXPECT_TRUE(health.complaints().empty());
    health.note(failure(sqlstates::disk_full, "Could not write file \"/srv/data/shop.duckdb.wal\": No space"));
    EXPECT_EQ(health.complaints().size(), 1U);
}

TEST(engine_health, complains_of_disks_and_of_the_memory_of_the_process) {
    engine_health health({.disk_free_bytes_min = std::uint64_t{1} << 62U, .process_bytes_max = 1});
    health.watch_folders({"/tmp/no/such/folder"});  // the part of the path that exists counts
    const auto lines = health.complaints();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_TRUE(lines[0].starts_with("disk: ")) << lines[0];
    EXPECT_TRUE(lines[0].contains("free in /tmp/no/such/folder")) << lines[0];
    EXPECT_TRUE(lines[1].starts_with("memory: ")) << lines[1];
}

TEST(engine_health, wakes_who_waits_for_a_suspicion) {
    engine_health health({});
    const std::stop_source stop;
    EXPECT_EQ(health.wait_for_suspicion(stop.get_token(), 0ms), 0U);
    health.note(failure(sqlstates::undefined_table, "relation"));
    EXPECT_EQ(health.wait_for_suspicion(stop.get_token(), 0ms), 0U);
    health.note(failure(sqlstates::internal_error, "Attempted to dereference"));
    EXPECT_EQ(health.wait_for_suspicion(stop.get_token(), 60s), 1U);
}

TEST(engine_health, is_suspected_until_every_failure_was_checked) {
    engine_health health({});
    const std::stop_source stop;
    EXPECT_FALSE(health.is_suspected());
    health.note(failure(sqlstates::disk_full, "No space left on device"));
    EXPECT_TRUE(health.is_suspected());
    const std::size_t due = health.wait_for_suspicion(stop.get_token(), 60s);
    EXPECT_TRUE(health.is_suspected());
    health.note(failure(sqlstates::internal_error, "Attempted to dereference"));  // comes while the engine is checked
    health.checked(due);
    EXPECT_TRUE(health.is_suspected());
    health.checked(health.wait_for_suspicion(stop.get_token(), 60s));
    EXPECT_FALSE(health.is_suspected());
}

class file_watch_test : public testing::Test {
  protected:
    void SetUp() override { std::filesystem::create_directories(folder_); }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void write(const std::string& name) const { std::ofstream(folder_ / name) << "x"; }

    const std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) / "file_watch_test";
};

TEST_F(file_watch_test, tells_removed_from_replaced) {
    write("a");
    write("b");
    const auto files = file_watch::of({folder_ / "a", folder_ / "never"});
    EXPECT_EQ(files.look(), file_watch::state::same);
    EXPECT_TRUE(files.check());
    std::filesystem::rename(folder_ / "a", folder_ / "c");
    EXPECT_EQ(files.look(), file_watch::state::removed);
    EXPECT_EQ(files.check().error().code, sqlstates::undefined_file);
    std::filesystem::rename(folder_ / "b", folder_ / "a");
    EXPECT_EQ(files.look(), file_watch::state::replaced);
    std::filesystem::rename(folder_ / "c", folder_ / "a");
    EXPECT_EQ(files.look(), file_watch::state::same);
}

TEST_F(file_watch_test, knows_what_this_process_has_open) {
    write("a");
    const auto files = file_watch::of({folder_ / "a"});
    EXPECT_FALSE(files.are_open_here());
    std::ifstream reader(folder_ / "a");
    std::filesystem::remove(folder_ / "a");
    EXPECT_TRUE(files.are_open_here());
    reader.close();
    EXPECT_FALSE(files.are_open_here());
}

TEST(guest_list, asks_those_that_are_there) {
    const auto guests = std::make_shared<guest_list>();
    base::cancel_token first;
    base::cancel_token second;
    int recalls = 0;
    auto one = guests->add({.cancel = &first, .recall = [&] { ++recalls; }});
    auto two = guests->add({.cancel = &second, .recall = {}});
    EXPECT_EQ(guests->size(), 2U);
    guests->ask_to_leave();
    EXPECT_EQ(recalls, 1);
    EXPECT_EQ(first.reason(), base::cancel_reason::engine_lost);
    EXPECT_EQ(second.reason(), base::cancel_reason::engine_lost);
    first.reset();
    one.leave();
    one = std::move(two);
    EXPECT_EQ(guests->size(), 1U);
    guests->ask_to_leave();
    EXPECT_FALSE(first.requested());
    EXPECT_EQ(recalls, 1);
}

}  // namespace
}  // namespace sluice::duckdb
