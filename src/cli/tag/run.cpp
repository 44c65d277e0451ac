#include "cli/tag/run.hpp"

#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <span>

#include "apps/jobs/run_locks.hpp"
#include "apps/tagger/library/library.hpp"
#include "apps/tagger/library/schema.hpp"
#include "apps/tagger/run/tagging_run.hpp"
#include "cli/serve/database_metrics.hpp"
#include "cli/tag/interrupts.hpp"
#include "cli/tag/run_output.hpp"
#include "cli/tag/tag_call.hpp"
#include "cli/terminal/input.hpp"
#include "cli/terminal/output.hpp"

namespace sluice::cli {

namespace {

constexpr std::size_t key_bytes_max = 4096;

// A header's value cannot have control characters, and keys have no spaces.
tagger::result<std::string> checked_key(std::string key, std::string_view source) {
    while (key.ends_with('\n') || key.ends_with('\r') || key.ends_with(' ')) {
        key.pop_back();
    }
    for (const char each : key) {
        if (each <= ' ' || each > '~') {
            return tagger::fail(tagger::error_kind::invalid,
                                fmt::format("the key in {} has characters that no key has", source));
        }
    }
    return key;
}

tagger::result<std::string> read_key(const tag_run_options& options) {
    if (!options.key_file.empty()) {
        TRY_ASSIGN(auto text, read_input(options.key_file, key_bytes_max));
        TRY_ASSIGN(auto key, checked_key(std::move(text), options.key_file));
        if (key.empty()) {
            return tagger::fail(tagger::error_kind::invalid, fmt::format("no API key: {} is empty", options.key_file));
        }
        return key;
    }
    const bool is_gemini = options.api == model_api::gemini;
    const char* name = is_gemini ? "GEMINI_API_KEY" : "OPENAI_API_KEY";
    const char* value = std::getenv(name);
    TRY_ASSIGN(auto key, checked_key(value == nullptr ? "" : value, name));
    if (key.empty() && (is_gemini || options.base_url.empty())) {
        return tagger::fail(tagger::error_kind::invalid, fmt::format("no API key: {} is not set", name),
                            "set it, or name a file that has it with --key-file");
    }
    return key;
}

// A vocabulary file replaces the database's vocabulary; a new database gets the default one.
tagger::result<tagger::vocabulary> choose_vocabulary(sqlite::database& database, const tag_run_options& options) {
    if (!options.vocabulary_file.empty()) {
        TRY_ASSIGN(auto words, tagger::vocabulary::load(options.vocabulary_file));
        TRY(tagger::store_vocabulary(database, words));
        return words;
    }
    TRY_ASSIGN(auto known, tagger::load_vocabulary(database));
    if (known) {
        return std::move(*known);
    }
    TRY(tagger::store_vocabulary(database, tagger::default_vocabulary()));
    return tagger::default_vocabulary();
}

std::string summary(const tagger::tagging_report& report, const tag_run_options& options) {
    const auto& totals = report.run.totals;
    std::string text = fmt::format("{} found, {} tagged", count_of(report.scan.files, "file"), totals.done);
    if (totals.reused > 0) {
        text += fmt::format(" ({} with answers of before)", totals.reused);
    }
    text += fmt::format(", {} failed, {} left\n", totals.failed + report.scan.dead, totals.left);
    if (report.scan.done > 0) {
        text += fmt::format("{} had their answers already\n", report.scan.done);
    }
    if (report.scan.problems > 0) {
        text += fmt::format("{} could not be read\n", count_of(report.scan.problems, "file"));
    }
    if (report.scan.dead > 0) {
        text += fmt::format("{} were given up by earlier runs; --retry-failed tries them again\n", report.scan.dead);
    }
    if (options.writes_files) {
        text += fmt::format("{} written, {} as they should be, {} failed{}\n", count_of(report.files.written, "file"),
                            report.files.unchanged, report.files.failed, left_to_others(report.files));
    }
    const auto& used = totals.used;
    text +=
        fmt::format("{}, {} tokens in, {} out", count_of(used.requests, "request"), used.tokens_in, used.tokens_out);
    return text + (totals.cost ? fmt::format(", cost {:.4f}\n", *totals.cost) : "\n");
}

int exit_code(const tagger::tagging_report& report) {
    switch (report.run.outcome) {
        case jobs::run_outcome::interrupted:
            return exit_interrupted;
        case jobs::run_outcome::exhausted:
            return exit_exhausted;
        case jobs::run_outcome::outage:
            return exit_incomplete;
        case jobs::run_outcome::finished:
            break;
    }
    return report.is_complete() ? 0 : exit_incomplete;
}

std::string ending(const tagger::tagging_report& report) {
    switch (report.run.outcome) {
        case jobs::run_outcome::finished:
            return {};
        case jobs::run_outcome::interrupted:
            return "interrupted; the same command goes on from here\n";
        case jobs::run_outcome::exhausted:
            return fmt::format("the day's requests are used up until {} UTC: {}\n", shown_time(report.run.until_ms),
                               one_line(report.run.reason));
        case jobs::run_outcome::outage:
            return fmt::format("the service does not answer; the rest is left for later: {}\n",
                               one_line(report.run.reason));
    }
    return {};
}

std::unique_ptr<tagger::model_client> make_client(const tag_run_options& options, std::string key) {
    const tagger::model_params params{
        .base_url = options.base_url, .model = options.model, .api_key = std::move(key), .timeout = options.timeout};
    return options.api == model_api::gemini ? tagger::make_gemini_client(params) : tagger::make_openai_client(params);
}

tagger::result<std::unique_ptr<sqlite::database>> open_or_create(const std::string& file) {
    sqlite::open_params params;
    params.options.max_size = 4;
    TRY_ASSIGN(auto database, sqlite::database::open(file, params));
    TRY(sqlite::migrate(*database, tagger::tagger_schema()));
    return database;
}

}  // namespace

tagger::result<int> run_tagging(const tag_run_options& options) {
    TRY_ASSIGN(auto key, read_key(options));
    jobs::run_control control;
    run_output output(options.progress);
    // Before the database starts threads, which would receive the signals.
    const signal_watch watch(control, [&](bool is_second) { output.tell_interrupt(is_second); });
    TRY_ASSIGN(const auto database, open_or_create(options.database));
    const database_metrics_file numbers(options.metrics_file, "tag", *database);
    TRY_ASSIGN(const auto words, choose_vocabulary(*database, options));
    TRY_ASSIGN(const auto locks, jobs::run_locks::open(options.database));
    const auto model = make_client(options, std::move(key));
    TRY_ASSIGN(const auto report,
               tagger::tag_folder(
                   {.database = database.get(),
                    .locks = locks.get(),
                    .control = &control,
                    .folder = options.folder,
                    .model = model.get(),
                    .model_name = options.model,
                    .words = &words,
                    .concurrency = options.concurrency,
                    .batch_size = options.batch_size,
                    .limits = options.limits,
                    .request_timeout = options.timeout,
                    .writes_files = options.writes_files,
                    .retries_dead = options.retries_failed,
                    .waits_for_day = options.waits_for_day,
                    .prices = options.prices,
                    .on_progress = [&](const jobs::progress& now) { output.show(now); },
                    .told_problem = [&](const auto& problem) { output.tell_problem(problem.path, problem.reason); },
                    .told_failure = [&](const auto& failure) { output.tell_problem(failure.path, failure.reason); }}));
    output.finish();
    TRY(write_output(summary(report, options) + ending(report)));
    TRY(database->close());
    return exit_code(report);
}

}  // namespace sluice::cli
