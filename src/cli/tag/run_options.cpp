#include "cli/tag/run_options.hpp"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>

#include "base/config/units.hpp"
#include "base/text/nearest.hpp"
#include "cli/tag/prices.hpp"
#include "cli/tag/tag_call.hpp"

namespace sluice::cli {

namespace {

std::unexpected<tagger::error> refuse(std::string message, std::string hint) {
    return tagger::fail(tagger::error_kind::invalid, std::move(message), std::move(hint));
}

constexpr std::int64_t concurrency_max = 64;
constexpr std::int64_t batch_size_max = 200;
constexpr std::int64_t limit_max = 1'000'000'000'000;
constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t timeout_max_us = 3600 * second_us;

// A word that is no command is read as a folder; if there is no such folder, a command may have been meant.
tagger::result<> check_folder(const parsed_command& given) {
    const auto folder = given.text("DIR");
    std::error_code failed;
    if (std::filesystem::exists(folder, failed)) {
        return {};
    }
    std::vector<std::string_view> names;
    for (const auto& each : given.path.at(given.path.size() - 2)->subcommands) {
        names.push_back(each.name);
    }
    const auto near = base::nearest(folder, names);
    return tagger::fail(tagger::error_kind::not_found,
                        fmt::format("there is no folder {}", folder.empty() ? "\"\"" : folder),
                        near.empty() ? std::string() : fmt::format("did you mean `sluice tag {}`?", near));
}

template <typename T>
tagger::result<> take_integer(const parsed_command& given, std::string_view option, std::int64_t min, std::int64_t max,
                              T& into) {
    TRY_ASSIGN(const auto value, integer_of(given, option, min, max));
    if (value) {
        into = static_cast<T>(*value);
    }
    return {};
}

tagger::result<> take_service(const parsed_command& given, tag_run_options& options) {
    options.api = given.text("api") == "openai" ? model_api::openai : model_api::gemini;
    if (options.api == model_api::openai && !given.has("model")) {
        return refuse("--model is missing", "--api openai has no default");
    }
    options.model = given.text("model", options.model);
    if (options.model.empty()) {
        return refuse("--model is empty", "as gemini-2.5-flash");
    }
    options.base_url = given.text("base-url");
    while (options.base_url.ends_with('/')) {
        options.base_url.pop_back();
    }
    const bool is_url = options.base_url.starts_with("https://") || options.base_url.starts_with("http://");
    if (given.has("base-url") && !is_url) {
        return refuse(fmt::format("--base-url cannot be \"{}\"", given.text("base-url")),
                      "it begins with https:// or http://");
    }
    options.key_file = given.text("key-file");
    return {};
}

tagger::result<> take_timeout(const parsed_command& given, tag_run_options& options) {
    if (!given.has("timeout")) {
        return {};
    }
    const auto text = given.text("timeout");
    const auto timeout_us = base::parse_duration_us(text, "s");
    if (!timeout_us || *timeout_us < second_us || *timeout_us > timeout_max_us) {
        return refuse(fmt::format("--timeout cannot be \"{}\"", text), "it is a time from 1s to 1h");
    }
    options.timeout = std::chrono::milliseconds(*timeout_us / 1000);
    return {};
}

tagger::result<double> read_price(const parsed_command& given, std::string_view option) {
    const auto text = given.text(option);
    double price = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), price);
    if (failed != std::errc{} || end != text.data() + text.size() || !std::isfinite(price) || price < 0) {
        return refuse(fmt::format("--{} cannot be \"{}\"", option, text), "it is a number, as 0.30");
    }
    return price;
}

tagger::result<> take_prices(const parsed_command& given, tag_run_options& options) {
    if (given.has("price-in") != given.has("price-out")) {
        return refuse(given.has("price-in") ? "--price-out is missing" : "--price-in is missing",
                      "costs are shown by both or by none");
    }
    if (!given.has("price-in")) {
        const bool is_googles = options.api == model_api::gemini && options.base_url.empty();
        options.prices = is_googles ? known_prices(options.model) : std::nullopt;
        return {};
    }
    jobs::token_prices prices;
    TRY_ASSIGN(prices.in, read_price(given, "price-in"));
    TRY_ASSIGN(prices.out, read_price(given, "price-out"));
    options.prices = prices;
    return {};
}

progress_style progress_of(const parsed_command& given) {
    const auto text = given.text("progress");
    return text == "bar"    ? progress_style::bar
           : text == "json" ? progress_style::json
           : text == "none" ? progress_style::none
                            : progress_style::automatic;
}

}  // namespace

tagger::result<tag_run_options> read_run_options(const parsed_command& given) {
    TRY(check_folder(given));
    tag_run_options options{.folder = given.text("DIR"), .database = database_of(given)};
    if (options.database.empty()) {
        return refuse("--db is missing",
                      "--db FILE or SLUICE_TAG_DB names the database; it is made if it is not there");
    }
    TRY(take_service(given, options));
    TRY(take_integer(given, "concurrency", 1, concurrency_max, options.concurrency));
    TRY(take_integer(given, "batch-size", 1, batch_size_max, options.batch_size));
    TRY(take_integer(given, "rpm", 0, limit_max, options.limits.requests_per_minute));
    TRY(take_integer(given, "tpm", 0, limit_max, options.limits.tokens_per_minute));
    TRY(take_integer(given, "rpd", 0, limit_max, options.limits.requests_per_day));
    TRY(take_timeout(given, options));
    TRY(take_prices(given, options));
    options.vocabulary_file = given.text("vocabulary");
    options.metrics_file = given.text("metrics");
    options.writes_files = given.has("write");
    options.retries_failed = given.has("retry-failed");
    options.waits_for_day = given.has("wait");
    options.is_dry = given.has("dry-run");
    options.progress = progress_of(given);
    return options;
}

}  // namespace sluice::cli
