// run_options.hpp - the checked options of `sluice tag run`.
//
// Use:     TRY_ASSIGN(const auto options, read_run_options(given));
// Errors:  tagger::error: invalid: the option, and its allowed values; not_found: the folder.
// Threads: any; plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "apps/errors/error.hpp"
#include "apps/jobs/rate_limiter.hpp"
#include "apps/jobs/run/progress_meter.hpp"
#include "cli/command/command_tree.hpp"

namespace sluice::cli {

enum class model_api : std::uint8_t { gemini, openai };
enum class progress_style : std::uint8_t { automatic, bar, json, none };

struct tag_run_options {  // NOLINT(clang-analyzer-optin.performance.Padding): in the order of the manual
    std::string folder;
    std::string database;
    model_api api = model_api::gemini;
    std::string base_url;  // empty: the service's own
    std::string model = "gemini-2.5-flash";
    std::string key_file;  // empty: the key is in the environment
    std::size_t concurrency = 3;
    std::size_t batch_size = 50;
    jobs::rate_limits limits;
    std::chrono::milliseconds timeout{180'000};
    std::string vocabulary_file;  // empty: the database's vocabulary, else the default
    std::string metrics_file;     // empty: none
    bool writes_files = false;
    bool retries_failed = false;
    bool waits_for_day = false;
    bool is_dry = false;
    progress_style progress = progress_style::automatic;
    std::optional<jobs::token_prices> prices;
};

tagger::result<tag_run_options> read_run_options(const parsed_command& given);

}  // namespace sluice::cli
