// Every command of the table has an action, and every action a command; also the options of `tag run`.
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>

#include "cli/program.hpp"
#include "cli/tag/prices.hpp"
#include "cli/tag/run_options.hpp"
#include "cli/tag/tag_call.hpp"

namespace sluice::cli {
namespace {

TEST(tag_commands, table_and_actions_are_the_same) {
    const auto& commands = sluice_program().subcommands;
    std::set<std::string> names;
    for (const auto& each : std::ranges::find(commands, "tag", &command_spec::name)->subcommands) {
        names.emplace(each.name);
    }
    std::set<std::string> actions;
    for (const auto table : {tag_run_actions(), tag_status_actions(), tag_stats_actions(), tag_search_actions(),
                             tag_exchange_actions(), tag_change_actions()}) {
        for (const auto& each : table) {
            EXPECT_TRUE(actions.emplace(each.words).second) << each.words << " twice";
        }
    }
    EXPECT_EQ(actions, names);
}

tagger::result<tag_run_options> read(arguments words) {
    words.insert(words.begin(), "tag");
    TRY_ASSIGN(const auto given, parse_command(sluice_program(), words));
    return read_run_options(given);
}

std::string refused(const arguments& words) {
    const auto options = read(words);
    EXPECT_FALSE(options.has_value());
    return options ? "" : options.error().message + " | " + options.error().hint;
}

TEST(tag_run_options, have_defaults) {
    const auto options = read({"/", "--db", "t.db"});
    ASSERT_TRUE(options.has_value()) << options.error().message;
    EXPECT_EQ(options->folder, "/");
    EXPECT_EQ(options->database, "t.db");
    EXPECT_EQ(options->model, "gemini-2.5-flash");
    EXPECT_EQ(options->concurrency, 3U);
    EXPECT_EQ(options->batch_size, 50U);
    EXPECT_EQ(options->limits.requests_per_minute, 0);
    EXPECT_EQ(options->timeout, std::chrono::seconds(180));
    EXPECT_EQ(options->progress, progress_style::automatic);
    EXPECT_FALSE(options->writes_files || options->retries_failed || options->waits_for_day || options->is_dry);
    ASSERT_TRUE(options->prices.has_value());
    EXPECT_EQ(options->prices->out, 2.50);
}

TEST(tag_run_options, are_taken_as_they_are_given) {
    const auto options = read({"run",           "/",         "--db",         "t.db",
                               "--api",         "openai",    "--base-url",   "http://localhost:1/v1/",
                               "--model",       "m",         "--key-file",   "k",
                               "--concurrency", "64",        "--batch-size", "200",
                               "--rpm",         "10",        "--tpm",        "250000",
                               "--rpd",         "0",         "--timeout",    "2min",
                               "--vocabulary",  "v.toml",    "--write",      "--retry-failed",
                               "--wait",        "--dry-run", "--progress",   "json",
                               "--price-in",    "0.5",       "--price-out",  "2"});
    ASSERT_TRUE(options.has_value()) << options.error().message;
    EXPECT_EQ(options->api, model_api::openai);
    EXPECT_EQ(options->base_url, "http://localhost:1/v1");
    EXPECT_EQ(options->key_file, "k");
    EXPECT_EQ(options->concurrency, 64U);
    EXPECT_EQ(options->batch_size, 200U);
    EXPECT_EQ(options->limits.requests_per_minute, 10);
    EXPECT_EQ(options->limits.tokens_per_minute, 250'000);
    EXPECT_EQ(options->timeout, std::chrono::minutes(2));
    EXPECT_EQ(options->vocabulary_file, "v.toml");
    EXPECT_TRUE(options->writes_files && options->retries_failed && options->waits_for_day && options->is_dry);
    EXPECT_EQ(options->progress, progress_style::json);
    EXPECT_EQ(options->prices->in, 0.5);
}

TEST(tag_run_options, refuse_what_cannot_be) {
    EXPECT_EQ(refused({"/"}),
              "--db is missing | --db FILE or SLUICE_TAG_DB names the database; it is made if it is not there");
    EXPECT_EQ(refused({"stauts", "--db", "t"}), "there is no folder stauts | did you mean `sluice tag status`?");
    EXPECT_EQ(refused({"/nowhere/at/all", "--db", "t"}), "there is no folder /nowhere/at/all | ");
    EXPECT_EQ(refused({"/", "--db", "t", "--concurrency", "65"}),
              "--concurrency cannot be \"65\" | it is a whole number from 1 to 64");
    EXPECT_EQ(refused({"/", "--db", "t", "--batch-size", "0"}),
              "--batch-size cannot be \"0\" | it is a whole number from 1 to 200");
    EXPECT_TRUE(refused({"/", "--db", "t", "--rpm", "-1"}).starts_with("--rpm cannot be \"-1\""));
    EXPECT_EQ(refused({"/", "--db", "t", "--timeout", "0"}), "--timeout cannot be \"0\" | it is a time from 1s to 1h");
    EXPECT_EQ(refused({"/", "--db", "t", "--base-url", "localhost"}),
              "--base-url cannot be \"localhost\" | it begins with https:// or http://");
    EXPECT_EQ(refused({"/", "--db", "t", "--api", "openai"}), "--model is missing | --api openai has no default");
    EXPECT_EQ(refused({"/", "--db", "t", "--price-in", "1"}),
              "--price-out is missing | costs are shown by both or by none");
    EXPECT_EQ(refused({"/", "--db", "t", "--price-in", "x", "--price-out", "1"}),
              "--price-in cannot be \"x\" | it is a number, as 0.30");
    EXPECT_EQ(refused({"/", "--db", "t", "--progress", "jsno"}), "--progress cannot be \"jsno\" | did you mean json?");
}

TEST(tag_run_options, know_prices_of_the_services_own_models_only) {
    EXPECT_FALSE(read({"/", "--db", "t", "--model", "other"})->prices);
    EXPECT_FALSE(read({"/", "--db", "t", "--base-url", "http://localhost:1"})->prices);
    EXPECT_DOUBLE_EQ(cost_of({.requests = 1, .tokens_in = 1'000'000, .tokens_out = 2'000'000}, {.in = 1, .out = 2}), 5);
}

}  // namespace
}  // namespace sluice::cli
