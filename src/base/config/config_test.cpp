#include "base/config/config.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <unistd.h>

namespace sluice::base {
namespace {

constexpr address_setting listen({.name = "listen", .default_value = "127.0.0.1:5433", .doc = "Where to listen"});
constexpr address_setting http({.name = "http", .default_value = "off", .choices = "off", .doc = "HTTP"});
constexpr count_setting max_connections({.name = "max_connections",
                                         .default_value = "100",
                                         .min = "1",
                                         .max = "1000",
                                         .unit = "connections",
                                         .doc = "How many"});
constexpr duration_setting wait({.name = "wait", .default_value = "60s", .min = "1ms", .doc = "How long"});
constexpr size_setting room({.name = "room", .default_value = "1MB", .max = "1GB", .doc = "How much"});
constexpr choice_setting auth({.name = "auth", .default_value = "trust", .choices = "trust|scram", .doc = "Who"});
constexpr flag_setting read_only({.name = "read_only", .default_value = "off", .doc = "Whether"});
constexpr list_setting attach({.name = "attach", .unit = "NAME=PATH", .doc = "What else"});
constexpr text_setting token({.name = "token", .secret = true, .doc = "A password"});
constexpr path_setting users({.name = "users", .default_value = "users.txt", .doc = "Where"});

constexpr property table[] = {listen, http, max_connections, wait, room, auth, read_only, attach, token, users};

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
    EXPECT_EQ(settings[listen], (host_port{.host = "127.0.0.1", .port = 5433}));
    EXPECT_EQ(settings[http], std::nullopt);
    EXPECT_EQ(settings[max_connections], 100U);
    EXPECT_EQ(settings[wait], std::chrono::milliseconds(60'000));
    EXPECT_EQ(settings[room], 1'048'576U);
    EXPECT_EQ(settings[auth], "trust");
    EXPECT_EQ(settings[users], "users.txt");
    EXPECT_EQ(settings[token], "");
    EXPECT_FALSE(settings[read_only]);
    EXPECT_TRUE(settings[attach].empty());
    EXPECT_EQ(settings.source(listen), "default");
}

TEST_F(config_test, a_flag_beats_the_environment_beats_the_file_beats_the_default) {
    ASSERT_TRUE(file("max_connections = 1\nwait = '1s'\nroom = '1kB'\n"));
    environment({{"SLUICE_MAX_CONNECTIONS", "2"}, {"SLUICE_WAIT", "2s"}});
    loader_.add_flag("max_connections", {"3"});
    const auto settings = loader_.load().value();
    EXPECT_EQ(settings[max_connections], 3U);
    EXPECT_EQ(settings.source(max_connections), "--max-connections");
    EXPECT_EQ(settings[wait], std::chrono::milliseconds(2'000));
    EXPECT_EQ(settings.source(wait), "SLUICE_WAIT");
    EXPECT_EQ(settings[room], 1024U);
    EXPECT_EQ(settings.source(room), path_.string() + ":3");
    EXPECT_EQ(settings[auth], "trust");
}

TEST_F(config_test, reads_lists_from_every_source) {
    ASSERT_TRUE(file("attach = ['a=1', 'b=2']\nread_only = true\n"));
    EXPECT_EQ((*loader_.load())[attach], (std::vector<std::string>{"a=1", "b=2"}));
    EXPECT_TRUE((*loader_.load())[read_only]);
    environment({{"SLUICE_ATTACH", "c=3,d=4"}});
    EXPECT_EQ((*loader_.load())[attach], (std::vector<std::string>{"c=3", "d=4"}));
    loader_.add_flag("attach", {"e=5,6"});
    EXPECT_EQ((*loader_.load())[attach], (std::vector<std::string>{"e=5,6"}));
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
    EXPECT_EQ(loader_.load()->shown(token), "");
    loader_.add_flag("token", {"hunter2"});
    const auto settings = loader_.load().value();
    EXPECT_EQ(settings.shown(token), "********");
    EXPECT_EQ(settings[token], "hunter2");
    EXPECT_EQ(settings.shown(wait), "60s");
}

// Sizes and durations, from every source.
TEST_F(config_test, takes_a_number_without_a_unit_in_the_base_unit) {
    static constexpr duration_setting seconds({.name = "seconds", .default_value = "1h", .doc = "Of s"});
    static constexpr duration_setting milliseconds(
        {.name = "milliseconds", .default_value = "1h", .doc = "Of ms", .base_unit = "ms"});
    static constexpr size_setting bytes({.name = "bytes", .default_value = "1MB", .doc = "Of B"});
    static constexpr property timed[] = {seconds, milliseconds, bytes};
    const auto expect = [&](const auto& give) {
        config_loader loader(timed);
        give(loader);
        const auto settings = loader.load();
        ASSERT_TRUE(settings) << settings.error().message;
        EXPECT_EQ((*settings)[seconds], std::chrono::seconds(300));
        EXPECT_EQ((*settings)[milliseconds], std::chrono::milliseconds(250));
        EXPECT_EQ((*settings)[bytes], 65'536U);
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

TEST_F(config_test, rounds_a_wait_up_to_whole_milliseconds) {
    loader_.add_flag("wait", {"1001us"});
    EXPECT_EQ(loader_.load()->number(wait), 1001);
    EXPECT_EQ((*loader_.load())[wait], std::chrono::milliseconds(2));
}

TEST_F(config_test, a_default_is_the_value_without_any_source) {
    const auto settings = loader_.load().value();
    EXPECT_EQ(default_of(max_connections), settings[max_connections]);
    EXPECT_EQ(default_of(wait), settings[wait]);
    EXPECT_EQ(default_of(room), settings[room]);
    EXPECT_EQ(default_of(read_only), settings[read_only]);
}

TEST_F(config_test, a_count_without_a_bound_is_not_negative) {
    constexpr property counted[] = {count_setting({.name = "n", .default_value = "5"})};
    config_loader loader(counted);
    loader.add_flag("n", {"-1"});
    EXPECT_EQ(loader.load().error().message, "--n: \"-1\" is less than 0");
}

TEST(property, has_its_bounds_in_words) {
    EXPECT_EQ(bounds_of(max_connections), "1 to 1000");
    EXPECT_EQ(bounds_of(wait), "at least 1ms");
    EXPECT_EQ(bounds_of(room), "at most 1GB");
    EXPECT_EQ(bounds_of(token), "");
    EXPECT_EQ(choices_of(auth), (std::vector<std::string_view>{"trust", "scram"}));
    EXPECT_TRUE(choices_of(token).empty());
}

TEST(property, is_documented) {
    const auto page = config_reference(table);
    for (const auto& each : table) {
        EXPECT_NE(page.find(environment_of(each)), std::string::npos) << each.name;
    }
    EXPECT_NE(page.find("## max_connections\n\nHow many\n\n- Type: integer (connections)\n- Default: `100`\n"
                        "- Allowed: 1 to 1000\n- Set by: `--max-connections`, `SLUICE_MAX_CONNECTIONS`\n"),
              std::string::npos)
        << page;
    EXPECT_NE(page.find("- Allowed: trust, scram\n"), std::string::npos) << page;
}

}  // namespace
}  // namespace sluice::base
