#include "settings/server_settings.hpp"

#include <gtest/gtest.h>
#include <set>

#include "base/config/config.hpp"

namespace sluice::settings {
namespace {

TEST(server_settings, have_defaults_within_their_bounds) {
    const auto values = base::config_loader(table()).load();
    ASSERT_TRUE(values) << values.error().message;
    EXPECT_EQ((*values)[flush_timeout], std::chrono::seconds(300));
    EXPECT_EQ((*values)[plan_cache_entries], 100U);
    EXPECT_EQ((*values)[write_buffer_size], 128U * 1024);
}

TEST(server_settings, are_named_once) {
    std::set<std::string_view> names;
    for (const base::property& each : table()) {
        EXPECT_TRUE(names.insert(each.name).second) << each.name;
        EXPECT_FALSE(each.doc.empty()) << each.name;
    }
}

}  // namespace
}  // namespace sluice::settings
