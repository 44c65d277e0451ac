#include "cli/serve/server_config.hpp"

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>
#include <string>

#include "cli/program.hpp"
#include "cli/serve/serve_options.hpp"
#include "settings/server_settings.hpp"

namespace sluice::cli {
namespace {

const char* no_environment(const std::string& /*name*/) {
    return nullptr;
}

std::string failure(const flag_values& flags) {
    const auto loaded = load_server_config(flags, no_environment, std::nullopt);
    return loaded ? "loaded" : loaded.error().message;
}

result<serve_options> parse_serve_options(arguments words) {
    words.insert(words.begin(), "serve");
    TRY_ASSIGN(const auto given, parse_command(sluice_program(), words));
    return serve_options_of(given);
}

std::string parse_failure(const arguments& given) {
    const auto options = parse_serve_options(given);
    return options ? "parsed" : options.error().message;
}

TEST(server_config, defaults_are_valid_and_safe) {
    const auto values = load_server_config({}, no_environment, std::nullopt).value();
    EXPECT_EQ(values[settings::listen], (base::host_port{.host = "127.0.0.1", .port = 5433}));
    EXPECT_EQ(values[settings::http], (base::host_port{.host = "127.0.0.1", .port = 8433}));
    EXPECT_EQ(values[settings::message_size_max], 64U * 1024 * 1024);
    EXPECT_EQ(values[settings::authentication_timeout], std::chrono::seconds(60));
}

TEST(server_config, knows_loopback) {
    for (const auto* host : {"127.0.0.1", "127.8.9.1", "::1", "localhost"}) {
        EXPECT_TRUE(is_loopback(host)) << host;
    }
    for (const auto* host :
         {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "localhost.evil.example", "127.0.0.1.nip.io", ""}) {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
}

TEST(server_config, closes_files_to_statements_of_others) {
    const auto closed = [](const flag_values& flags) {
        return is_access_closed(load_server_config(flags, no_environment, std::nullopt).value());
    };
    const flag_values scram{{"auth", {"scram"}}, {"users", {"u"}}};
    flag_values reachable = scram;
    reachable.insert(reachable.end(), {{"listen", {"0.0.0.0:5433"}}, {"tls_cert", {"c"}}, {"tls_key", {"k"}}});
    flag_values opened = reachable;
    opened.emplace_back("external_access", std::vector<std::string>{"on"});
    EXPECT_FALSE(closed({}));
    EXPECT_FALSE(closed({{"listen", {"[::1]:5433"}}}));
    EXPECT_TRUE(closed(scram));
    EXPECT_TRUE(closed(reachable));
    EXPECT_FALSE(closed(opened));
    EXPECT_TRUE(closed({{"external_access", {"off"}}}));
}

TEST(server_config, others_get_in_only_with_tls_and_passwords) {
    EXPECT_NE(failure({{"listen", {"0.0.0.0:5433"}}}).find("needs TLS"), std::string::npos);
    EXPECT_NE(failure({{"listen", {"[::]:5433"}}, {"auth", {"scram"}}, {"users", {"u"}}}).find("needs TLS"),
              std::string::npos);
    EXPECT_NE(failure({{"listen", {"0.0.0.0:5433"}}, {"tls_cert", {"c"}}, {"tls_key", {"k"}}}).find("needs passwords"),
              std::string::npos);
    EXPECT_EQ(failure({{"listen", {"0.0.0.0:5433"}},
                       {"tls_cert", {"c"}},
                       {"tls_key", {"k"}},
                       {"auth", {"scram"}},
                       {"users", {"u"}}}),
              "loaded");
    EXPECT_NE(failure({{"http", {"0.0.0.0:8433"}}}).find("neither TLS nor passwords"), std::string::npos);
    EXPECT_EQ(failure({{"http", {"off"}}}), "loaded");
}

TEST(server_config, settings_that_need_each_other) {
    EXPECT_EQ(failure({{"tls_cert", {"c"}}}), "--tls-cert needs --tls-key");
    EXPECT_EQ(failure({{"tls_key", {"k"}}}), "--tls-key needs --tls-cert");
    EXPECT_EQ(failure({{"auth", {"scram"}}}), "--auth: scram needs a file of users: set --users");
    EXPECT_EQ(failure({{"executor_threads", {"65"}}}), "--executor-threads: is more than executor_threads_max");
}

TEST(server_config, reads_attached_databases) {
    const auto values =
        load_server_config({{"attach", {"shop=/data/shop.db", "lake=s3=x"}}}, no_environment, std::nullopt).value();
    const auto attached = attached_databases(values).value();
    ASSERT_EQ(attached.size(), 2U);
    EXPECT_EQ(attached[0].name, "shop");
    EXPECT_EQ(attached[0].path, "/data/shop.db");
    EXPECT_EQ(attached[1].path, "s3=x");
    for (const auto* wrong : {"x", "=x", "x="}) {
        EXPECT_EQ(failure({{"attach", {wrong}}}), "--attach: \"" + std::string(wrong) + "\" is not NAME=PATH (attach)");
    }
    EXPECT_EQ(failure({{"attach", {"a=1", "a=2"}}}), "--attach: the name \"a\" is attached twice");
}

TEST(serve_options, takes_the_database_anywhere) {
    for (const auto& given : {arguments{"my.db", "--read-only", "--listen", "127.0.0.1:1"},
                              arguments{"--read-only", "my.db", "--listen", "127.0.0.1:1"},
                              arguments{"--listen", "127.0.0.1:1", "--read-only=on", "my.db"},
                              arguments{"--listen=127.0.0.1:1", "--read-only", "--database", "my.db"}}) {
        const auto options = parse_serve_options(given);
        ASSERT_TRUE(options) << options.error().message;
        const auto values = load_server_config(options->settings, no_environment, std::nullopt).value();
        EXPECT_EQ(values[settings::database], "my.db");
        EXPECT_TRUE(values[settings::read_only]);
        EXPECT_EQ(values[settings::listen], (base::host_port{.host = "127.0.0.1", .port = 1}));
    }
}

TEST(serve_options, lists_are_repeated_flags_with_one_value_each) {
    const auto options = parse_serve_options({"--attach", "a=1", "my.db", "--attach", "b=2", "--read-only=off"});
    ASSERT_TRUE(options) << options.error().message;
    const auto values = load_server_config(options->settings, no_environment, std::nullopt).value();
    EXPECT_EQ(values[settings::attach], (std::vector<std::string>{"a=1", "b=2"}));
    EXPECT_EQ(values[settings::database], "my.db");
    EXPECT_FALSE(values[settings::read_only]);
}

TEST(serve_options, of_a_repeated_flag_the_last_one_counts) {
    const auto options =
        parse_serve_options({"--http", "127.0.0.1:1", "--http", "127.0.0.1:2", "--config", "a", "--config=b"});
    ASSERT_TRUE(options) << options.error().message;
    const auto values = load_server_config(options->settings, no_environment, std::nullopt).value();
    EXPECT_EQ(values.shown(settings::http), "127.0.0.1:2");
    EXPECT_EQ(options->file, "b");
}

TEST(serve_options, knows_what_is_no_setting) {
    const auto options = parse_serve_options({"--check", "--config", "sluice.toml"}).value();
    EXPECT_TRUE(options.check);
    EXPECT_EQ(options.file, "sluice.toml");
    EXPECT_TRUE(options.settings.empty());
}

TEST(serve_options, refuses_what_it_does_not_know) {
    EXPECT_NE(parse_failure({"--no-such-flag"}).find("--no-such-flag"), std::string::npos);
    EXPECT_NE(parse_failure({"a.db", "b.db"}).find("b.db"), std::string::npos) << parse_failure({"a.db", "b.db"});
    EXPECT_NE(parse_failure({"--listen"}).find("--listen"), std::string::npos);
    EXPECT_NE(parse_failure({"a.db", "--database", "b.db"}).find("--database"), std::string::npos);
    EXPECT_EQ(failure(parse_serve_options({"--max-connections", "-1"})->settings),
              "--max-connections: \"-1\" is less than 1");
}

TEST(serve_options, choices_and_switches_are_checked) {
    EXPECT_EQ(parse_failure({"--auth", "magic"}), "--auth cannot be \"magic\"");
    EXPECT_EQ(failure(parse_serve_options({"--read-only=maybe"})->settings), failure({{"read_only", {"maybe"}}}));
}

std::string serve_help(help_length length) {
    const auto& commands = sluice_program().subcommands;
    return help_text({&sluice_program(), &*std::ranges::find(commands, "serve", &command_spec::name)}, length);
}

std::string line_of(const base::property& setting) {
    return "\n  " + base::flag_of(setting) + (setting.type == base::property_type::boolean ? "[=on|off]\n" : " ");
}

TEST(serve_options, help_begins_with_what_is_needed_first) {
    const auto help = serve_help(help_length::brief);
    EXPECT_LT(std::ranges::count(help, '\n'), 70);
    EXPECT_EQ(std::ranges::count_if(settings::table(), &base::property::basic), 10);
    for (const auto& each : settings::table()) {
        EXPECT_EQ(help.contains(line_of(each)), each.basic) << each.name;
        EXPECT_TRUE(each.group.empty() || help.contains(std::string(each.group) + " (")) << each.group;
    }
    EXPECT_FALSE(settings::table().front().group.empty()) << "every option belongs to a group";
    EXPECT_TRUE(help.contains("Examples:\n") && help.contains("--help all"));
}

TEST(serve_options, help_lists_every_setting_with_its_default) {
    const auto help = serve_help(help_length::full);
    for (const auto& each : settings::table()) {
        const auto at = help.find(line_of(each));
        ASSERT_NE(at, std::string::npos) << each.name;
        const auto shown = each.default_value.empty() ? "none" : std::string(each.default_value);
        EXPECT_NE(help.find("default: " + shown, at), std::string::npos) << each.name;
    }
}

}  // namespace
}  // namespace sluice::cli
