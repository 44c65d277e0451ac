#include "base/config/setting_facts.hpp"

#include <gtest/gtest.h>
#include <map>

#include "base/config/config.hpp"

namespace sluice::base {
namespace {

constexpr property table[] = {
    {.name = "max_things",
     .type = property_type::integer,
     .default_value = "10",
     .min = "1",
     .max = "100",
     .doc = "N."},
    {.name = "patience", .type = property_type::duration, .default_value = "5s", .min = "1ms", .doc = "How long."},
    {.name = "tick", .type = property_type::duration, .default_value = "250us", .doc = "How fine."},
    {.name = "room", .type = property_type::size, .default_value = "64kB", .max = "1GB", .doc = "How much."},
    {.name = "fast", .type = property_type::boolean, .default_value = "off", .doc = "Whether."},
    {.name = "way", .type = property_type::choice, .default_value = "a", .choices = "a|b", .doc = "Which."},
    {.name = "word", .type = property_type::text, .secret = true, .doc = "A secret."},
};

std::map<std::string, setting_facts> facts_with(const config_loader& loader) {
    std::map<std::string, setting_facts> by_name;
    for (setting_facts& each : facts_of(loader.load().value())) {
        by_name.emplace(each.name, each);
    }
    return by_name;
}

TEST(setting_facts, numbers_are_in_their_unit) {
    config_loader loader(table);
    loader.add_flag("patience", {"2min"});
    auto facts = facts_with(loader);
    EXPECT_EQ(facts["max_things"].value, "10");
    EXPECT_EQ(facts["max_things"].unit, "");
    EXPECT_EQ(facts["max_things"].max, "100");
    EXPECT_EQ(facts["patience"].value, "120000");
    EXPECT_EQ(facts["patience"].shown, "2min");
    EXPECT_EQ(facts["patience"].unit, "ms");
    EXPECT_EQ(facts["patience"].default_value, "5000");
    EXPECT_EQ(facts["patience"].min, "1");
    EXPECT_EQ(facts["tick"].value, "250");
    EXPECT_EQ(facts["tick"].unit, "us");
    EXPECT_EQ(facts["room"].value, "65536");
    EXPECT_EQ(facts["room"].unit, "B");
    EXPECT_EQ(facts["room"].max, "1073741824");
    EXPECT_EQ(facts["fast"].value, "off");
    EXPECT_EQ(facts["fast"].type, "bool");
    EXPECT_EQ(facts["way"].choices, "a,b");
    EXPECT_EQ(facts["way"].type, "enum");
}

TEST(setting_facts, sources_are_named_and_secrets_are_not_shown) {
    config_loader loader(table);
    loader.add_environment([](const std::string& name) { return name == "SLUICE_WAY" ? "b" : nullptr; });
    loader.add_flag("word", {"hidden"});
    auto facts = facts_with(loader);
    EXPECT_EQ(facts["fast"].source, "default");
    EXPECT_EQ(facts["fast"].set_by, "");
    EXPECT_EQ(facts["way"].source, "environment variable");
    EXPECT_EQ(facts["way"].set_by, "SLUICE_WAY");
    EXPECT_EQ(facts["word"].source, "command line");
    EXPECT_EQ(facts["word"].set_by, "--word");
    EXPECT_EQ(facts["word"].value, "********");
    EXPECT_EQ(facts["word"].shown, "********");
}

}  // namespace
}  // namespace sluice::base
