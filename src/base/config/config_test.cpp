#include "base/config/config.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <unistd.h>

namespace sluice::base {
namespace {

constexpr property table[] = {
    {.name = "listen", .type = property_type::host_port, .default_value = "127.0.0.1:5433", .doc = "Where to listen"},
    {.name = "http", .type = property_type::host_port, .default_value = "off", .choices = "off", .doc = "HTTP"},
    {.name = "max_connections",
     .type = property_type::integer,
     .default_value = "100",
     .min = "1",
     .max = "1000",
     .unit = "connections",
     .doc = "How many"},
    {.name = "wait", .type = property_type::duration, .default_value = "60s", .min = "1ms", .doc = "How long"},
    {.name = "room", .type = property_type::size, .default_value = "1MB", .max = "1GB", .doc = "How much"},
    {.name = "auth", .type = property_type::choice, .default_value = "trust", .choices = "trust|scram", .doc = "Who"},
    {.name = "read_only", .type = property_type::boolean, .default_value = "off", .doc = "Whether"},
    {.name = "attach", .type = property_type::list, .unit = "NAME=PATH", .doc = "What else"},
    {.name = "token", .type = property_type::text, .secret = true, .doc = "A password"},
};

class config_test : public testing::Test {
  protected:
    config_test() : path_(std::filesystem::temp_directory_path() / ("config_test." + std::to_string(::getpid()))) {}
    ~config_test() override { std::filesystem::remove(path_); }

    result<> file(const std::string& text) {
        std::ofstream(path_) << text;
        return loader_.add_file(path_.string());
    }
    void environment(const std::map<std::string, std::string>& values) {
        loader_.add_environment([&](const std::string& name) {
            const auto found = values.find(name);
            return found == values.end() ? nullptr : found->second.c_str();
        });
    }
    std::string failure() {
        const auto loaded = loader_.load();
        return loaded ? "loaded" : loaded.error().message;
    }

    std::filesystem::path path_;
    config_loader loader_{table};
};

TEST_F(config_test, has_defaults_of_each_type) {
    const auto settings = loader_.load().value();
    EXPECT_EQ(settings.address("listen"), (host_port{.host = "127.0.0.1", .port = 5433}));
    EXPECT_EQ(settings.address("http"), std::nullopt);
    EXPECT_EQ(settings.integer("max_connections"), 100);
    EXPECT_EQ(settings.duration_ms("wait"), 60'000);
    EXPECT_EQ(settings.size_bytes("room"), 1'048'576U);
    EXPECT_EQ(settings.text("auth"), "trust");
    EXPECT_FALSE(settings.flag("read_only"));
    EXPECT_TRUE(settings.list("attach").empty());
    EXPECT_EQ(settings.source("listen"), "default");
}

TEST_F(config_test, a_flag_beats_the_environment_beats_the_file_beats_the_default) {
    ASSERT_TRUE(file("max_connections = 1\nwait = '1s'\nroom = '1kB'\n"));
    environment({{"SLUICE_MAX_CONNECTIONS", "2"}, {"SLUICE_WAIT", "2s"}});
    loader_.add_flag("max_connections", {"3"});
    const auto settings = loader_.load().value();
    EXPECT_EQ(settings.integer("max_connections"), 3);
    EXPECT_EQ(settings.source("max_connections"), "--max-connections");
    EXPECT_EQ(settings.duration_ms("wait"), 2'000);
    EXPECT_EQ(settings.source("wait"), "SLUICE_WAIT");
    EXPECT_EQ(settings.size_bytes("room"), 1024U);
    EXPECT_EQ(settings.source("room"), path_.string() + ":3");
    EXPECT_EQ(settings.text("auth"), "trust");
}

TEST_F(config_test, reads_lists_from_every_source) {
    ASSERT_TRUE(file("attach = ['a=1', 'b=2']\nread_only = true\n"));
    EXPECT_EQ(loader_.load()->list("attach"), (std::vector<std::string>{"a=1", "b=2"}));
    EXPECT_TRUE(loader_.load()->flag("read_only"));
    environment({{"SLUICE_ATTACH", "c=3,d=4"}});
    EXPECT_EQ(loader_.load()->list("attach"), (std::vector<std::string>{"c=3", "d=4"}));
    loader_.add_flag("attach", {"e=5,6"});
    EXPECT_EQ(loader_.load()->list("attach"), (std::vector<std::string>{"e=5,6"}));
}

TEST_F(config_test, names_the_source_of_a_value_that_does_not_fit) {
    ASSERT_TRUE(file("\nmax_connections = 0\n"));
    EXPECT_EQ(failure(), path_.string() + ":2: max_connections: \"0\" is less than 1");
    environment({{"SLUICE_MAX_CONNECTIONS", "many"}});
    EXPECT_EQ(failure(), "SLUICE_MAX_CONNECTIONS: \"many\" is not a whole number");
    loader_.add_flag("max_connections", {"1001"});
    EXPECT_EQ(failure(), "--max-connections: \"1001\" is more than 1000");
}

TEST_F(config_test, checks_each_type) {
    const auto refused = [](std::string_view name, const std::string& value) {
        config_loader loader(table);
        loader.add_flag(name, {value});
        return !loader.load().has_value();
    };
    EXPECT_TRUE(refused("listen", "5433"));
    EXPECT_TRUE(refused("listen", "off"));
    EXPECT_FALSE(refused("http", "off"));
    EXPECT_TRUE(refused("auth", "md5"));
    EXPECT_TRUE(refused("auth", "trust|scram"));
    EXPECT_TRUE(refused("read_only", "perhaps"));
    EXPECT_TRUE(refused("wait", "60 seconds"));
    EXPECT_TRUE(refused("wait", "s"));
    EXPECT_TRUE(refused("wait", "0"));
    EXPECT_TRUE(refused("room", "2GB"));
    EXPECT_FALSE(refused("room", "1GB"));
}

TEST_F(config_test, refuses_a_file_with_unknown_settings_or_bad_syntax) {
    const auto unknown = file("wait = '1s'\nwaiting = '1s'\n");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, sqlstates::config_file_error);
    EXPECT_EQ(unknown.error().message, path_.string() + ":2: unknown setting \"waiting\"");
    const auto broken = file("wait = \n");
    ASSERT_FALSE(broken);
    EXPECT_TRUE(broken.error().message.starts_with(path_.string() + ":1: ")) << broken.error().message;
    EXPECT_EQ(broken.error().message.find('\n'), std::string::npos);
    const auto date = file("wait = 2024-01-01\n");
    ASSERT_FALSE(date);
    EXPECT_EQ(date.error().message, path_.string() + ":1: wait: must be a string, a number or a boolean");
    const auto missing = config_loader(table).add_file("/nonexistent/sluice.toml");
    ASSERT_FALSE(missing);
    EXPECT_TRUE(missing.error().message.starts_with("/nonexistent/sluice.toml: ")) << missing.error().message;
}

TEST_F(config_test, hides_secrets) {
    EXPECT_EQ(loader_.load()->shown("token"), "");
    loader_.add_flag("token", {"hunter2"});
    const auto settings = loader_.load().value();
    EXPECT_EQ(settings.shown("token"), "********");
    EXPECT_EQ(settings.text("token"), "hunter2");
    EXPECT_EQ(settings.shown("wait"), "60s");
}

// Sizes and durations, from every source.
TEST_F(config_test, takes_a_number_without_a_unit_in_the_base_unit) {
    constexpr property timed[] = {
        {.name = "seconds", .type = property_type::duration, .default_value = "1h", .doc = "Of s"},
        {.name = "milliseconds",
         .type = property_type::duration,
         .default_value = "1h",
         .doc = "Of ms",
         .base_unit = "ms"},
        {.name = "bytes", .type = property_type::size, .default_value = "1MB", .doc = "Of B"},
    };
    const auto expect = [&](const auto& give) {
        config_loader loader(timed);
        give(loader);
        const auto settings = loader.load();
        ASSERT_TRUE(settings) << settings.error().message;
        EXPECT_EQ(settings->duration_ms("seconds"), 300'000);
        EXPECT_EQ(settings->duration_ms("milliseconds"), 250);
        EXPECT_EQ(settings->size_bytes("bytes"), 65'536U);
    };
    const std::map<std::string, std::string> values{{"seconds", "300"}, {"milliseconds", "250"}, {"bytes", "65536"}};
    expect([&](config_loader& loader) {
        for (const auto& [name, value] : values) {
            loader.add_flag(name, {value});
        }
    });
    expect([&](config_loader& loader) {
        loader.add_environment([&](const std::string& name) -> const char* {
            for (const auto& setting : timed) {
                if (environment_of(setting) == name) {
                    return values.at(std::string(setting.name)).c_str();
                }
            }
            return nullptr;
        });
    });
    for (const std::string text : {"seconds = 300\nmilliseconds = 250\nbytes = 65536\n",
                                   "seconds = 300.0\nmilliseconds = '250'\nbytes = 65536.0\n"}) {
        std::ofstream(path_) << text;
        expect([&](config_loader& loader) { ASSERT_TRUE(loader.add_file(path_.string())); });
    }
}

TEST(config, tells_of_variables_that_are_no_setting) {
    constexpr std::string_view names[] = {"PATH",
                                          "SLUICE_LISTEN",
                                          "SLUICE_BOGUS",
                                          "SLUICE_MAX_CONECTIONS",
                                          "SLUICE_TAG_DB",
                                          "SLUICE_PORT",
                                          "SLUICE_SERVICE_HOST",
                                          "SLUICE_SERVICE_PORT_HTTP",
                                          "SLUICE_PORT_5433_TCP_ADDR",
                                          "SLUICE_"};
    constexpr std::string_view others[] = {"SLUICE_TAG_DB"};
    EXPECT_EQ(
        unknown_variables(table, names, others),
        (std::vector<std::string>{"SLUICE_ is no setting and is ignored", "SLUICE_BOGUS is no setting and is ignored",
                                  "SLUICE_MAX_CONECTIONS is no setting and is ignored; SLUICE_MAX_CONNECTIONS "
                                  "is one"}));
}

TEST(config, help_has_groups_and_the_basic_ones_first) {
    constexpr property grouped[] = {
        {.name = "a", .doc = "First", .group = "One", .basic = true},
        {.name = "b", .doc = "Second"},
        {.name = "c", .doc = "Third", .group = "Two"},
    };
    EXPECT_EQ(config_groups(grouped), "One (2), Two (1)");
    EXPECT_EQ(config_help_basic(grouped), "  --a TEXT\n        First\n        default: none\n");
    const auto all = config_help(grouped);
    EXPECT_LT(all.find("\nOne:\n  --a"), all.find("  --b"));
    EXPECT_LT(all.find("  --b"), all.find("\nTwo:\n  --c"));
}

TEST_F(config_test, rounds_a_wait_up_to_whole_milliseconds) {
    loader_.add_flag("wait", {"1001us"});
    EXPECT_EQ(loader_.load()->duration_us("wait"), 1001);
    EXPECT_EQ(loader_.load()->duration_ms("wait"), 2);
}

TEST(config, documents_every_property) {
    const auto help = config_help(table);
    const auto page = config_reference(table);
    for (const auto& each : table) {
        EXPECT_NE(help.find(flag_of(each)), std::string::npos) << each.name;
        EXPECT_NE(page.find(environment_of(each)), std::string::npos) << each.name;
    }
    EXPECT_NE(help.find("  --max-connections connections\n        How many\n        default: 100; 1 to 1000\n"),
              std::string::npos)
        << help;
}

}  // namespace
}  // namespace sluice::base
