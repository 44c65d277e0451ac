#include "workload/query_profile.hpp"

#include <gtest/gtest.h>

namespace sluice::workload {
namespace {

using namespace std::chrono_literals;

profile_table make(const profile_table_params& params) {
    auto made = profile_table::make(params);
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
}

TEST(query_profile, three_are_always_there) {
    const profile_table profiles;
    EXPECT_EQ(profiles.catalog().memory_bytes, 100U << 20U);
    EXPECT_EQ(profiles.catalog().timeout, 5s);
    EXPECT_EQ(profiles.catalog().priority, query_priority::high);
    EXPECT_EQ(profiles.catalog().rows_expected, 1000U);
    EXPECT_FALSE(profiles.catalog().cancellable);
    EXPECT_EQ(profiles.streaming().memory_bytes, 0U);
    EXPECT_EQ(profiles.streaming().timeout, 300s);
    EXPECT_EQ(profiles.streaming().priority, query_priority::normal);
    EXPECT_TRUE(profiles.streaming().cancellable);
    EXPECT_EQ(profiles.background().memory_bytes, 500U << 20U);
    EXPECT_EQ(profiles.background().timeout, 600s);
    EXPECT_EQ(profiles.background().priority, query_priority::low);
}

TEST(query_profile, a_definition_starts_from_streaming_or_changes_what_is_there) {
    const auto profiles = make({.profiles = {"nightly memory=2GB timeout=1h priority=low concurrency=2",
                                             "background queue=7", "nightly memory_max=4GB rows=10 cancellable=off"}});
    const auto* nightly = profiles.find("nightly");
    ASSERT_NE(nightly, nullptr);
    EXPECT_EQ(nightly->memory_bytes, std::uint64_t{2} << 30U);
    EXPECT_EQ(nightly->timeout, 1h);
    EXPECT_EQ(nightly->priority, query_priority::low);
    EXPECT_EQ(nightly->limits.running_max, 2U);
    EXPECT_EQ(nightly->limits.memory_bytes_max, std::uint64_t{4} << 30U);
    EXPECT_EQ(nightly->rows_expected, 10U);
    EXPECT_FALSE(nightly->cancellable);
    EXPECT_EQ(profiles.background().limits.waiting_max, 7U);
    EXPECT_EQ(profiles.background().memory_bytes, 500U << 20U);
    EXPECT_EQ(profiles.all().size(), 4U);
}

TEST(query_profile, the_most_specific_choice_wins) {
    const auto profiles = make({.users = {"etl=background"}, .applications = {"report=tool=background", "x=catalog"}});
    EXPECT_EQ(profiles.choose({}).name, "streaming");
    EXPECT_EQ(profiles.choose({.reads_catalog_only = true}).name, "catalog");
    EXPECT_EQ(profiles.choose({.application = "report=tool", .reads_catalog_only = true}).name, "background");
    EXPECT_EQ(profiles.choose({.user = "etl", .application = "x"}).name, "background");
    EXPECT_EQ(profiles.choose({.setting = "catalog", .user = "etl"}).name, "catalog");
    EXPECT_EQ(profiles.choose({.hint = "streaming", .setting = "catalog", .user = "etl"}).name, "streaming");
    EXPECT_EQ(profiles.choose({.hint = "no_such", .user = "etl"}).name, "background");
}

TEST(query_profile, users_have_limits) {
    const auto profiles = make({.user_limits = {"etl concurrency=4 memory_max=1GB queue=10", "* concurrency=50"}});
    EXPECT_EQ(profiles.limits_of_user("etl").running_max, 4U);
    EXPECT_EQ(profiles.limits_of_user("etl").memory_bytes_max, std::uint64_t{1} << 30U);
    EXPECT_EQ(profiles.limits_of_user("etl").waiting_max, 10U);
    EXPECT_EQ(profiles.limits_of_user("anna").running_max, 50U);
    EXPECT_EQ(profiles.limits_of_user("anna").waiting_max, std::nullopt);
    EXPECT_EQ(make({.user_limits = {"etl queue=0"}}).limits_of_user("etl").waiting_max, 0U);
    EXPECT_EQ(make({.user_limits = {"etl queue=unlimited"}}).limits_of_user("etl").waiting_max, std::nullopt);
    EXPECT_EQ(profile_table().limits_of_user("anna").running_max, 0U);
}

TEST(query_profile, plain_numbers_are_bytes_and_seconds) {
    const auto profiles = make({.profiles = {"plain memory=65536 timeout=90 memory_max=1048576"}});
    EXPECT_EQ(profiles.find("plain")->memory_bytes, 65'536U);
    EXPECT_EQ(profiles.find("plain")->timeout, 90s);
    EXPECT_EQ(profiles.find("plain")->limits.memory_bytes_max, 1'048'576U);
}

TEST(query_profile, bad_definitions_are_refused_in_one_line) {
    const auto message = [](const profile_table_params& params) {
        auto made = profile_table::make(params);
        return made ? std::string("accepted") : made.error().message;
    };
    EXPECT_EQ(message({.profiles = {"memory=1GB"}}), R"("memory=1GB": expected NAME FIELD=VALUE ...)");
    EXPECT_EQ(message({.profiles = {"a memory"}}), R"("a memory": expected FIELD=VALUE instead of memory)");
    EXPECT_EQ(message({.profiles = {"a colour=red"}}), R"("a colour=red": there is no field colour)");
    EXPECT_EQ(message({.profiles = {"a priority=urgent"}}),
              R"("a priority=urgent": priority: must be high, normal or low)");
    EXPECT_EQ(message({.profiles = {"a rows=-1"}}), R"("a rows=-1": rows: must not be negative)");
    EXPECT_EQ(message({.users = {"etl"}}), R"("etl": expected user=PROFILE)");
    EXPECT_EQ(message({.applications = {"etl=none"}}), R"("etl=none": there is no profile none)");
    EXPECT_EQ(message({.user_limits = {"etl timeout=1s"}}), R"("etl timeout=1s": there is no field timeout)");
}

}  // namespace
}  // namespace sluice::workload
