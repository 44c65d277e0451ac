#include "cli/tag/tag_call.hpp"

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>

#include "apps/tagger/library/schema.hpp"
#include "base/config/units.hpp"
#include "base/text/display_width.hpp"
#include "sqlite/database/migration.hpp"

namespace sluice::cli {

namespace {

std::unexpected<tagger::error> refuse(std::string message, std::string hint) {
    return tagger::fail(tagger::error_kind::invalid, std::move(message), std::move(hint));
}

}  // namespace

tagger::result<std::int64_t> tag_call::limit(std::string_view option, std::int64_t otherwise) const {
    TRY_ASSIGN(const auto wanted, integer_of(given, option, 0, std::numeric_limits<std::int64_t>::max()));
    const auto count = wanted.value_or(otherwise);
    return count == 0 ? std::numeric_limits<std::int64_t>::max() : count;
}

tagger::result<tagger::file_condition> tag_call::condition() const {
    std::string text;
    for (const auto& each : given.all("QUERY")) {
        text.append(text.empty() ? "" : " ").append(each);
    }
    if (!given.has("QUERY")) {
        return tagger::file_condition{};
    }
    TRY_ASSIGN(const auto query, tagger::tag_query::parse(text));
    TRY(tagger::check_tags(database(), query));
    return query.condition();
}

std::string database_of(const parsed_command& given) {
    const char* chosen = std::getenv("SLUICE_TAG_DB");
    return given.text("db", chosen == nullptr ? "" : chosen);
}

tagger::result<std::unique_ptr<sqlite::database>> open_tag_database(const parsed_command& given) {
    const auto file = database_of(given);
    if (file.empty()) {
        return refuse("--db is missing", "--db FILE or SLUICE_TAG_DB names the database");
    }
    std::error_code failed;
    if (!std::filesystem::exists(file, failed)) {
        return tagger::fail(tagger::error_kind::not_found, fmt::format("there is no database {}", file),
                            fmt::format("`sluice tag DIR --db {}` makes it", file));
    }
    sqlite::open_params params{.create = false, .vfs = {}, .upkeep_every = std::chrono::milliseconds{0}};
    params.options.min_idle = 0;
    TRY_ASSIGN(auto opened, sqlite::database::open(file, params));
    TRY(sqlite::migrate(*opened, tagger::tagger_schema()));
    return opened;
}

tagger::result<std::optional<std::int64_t>> integer_of(const parsed_command& given, std::string_view option,
                                                       std::int64_t min, std::int64_t max) {
    if (!given.has(option)) {
        return std::nullopt;
    }
    const auto text = given.text(option);
    const auto value = base::parse_integer(text);
    if (!value || *value < min || *value > max) {
        return refuse(fmt::format("--{} cannot be \"{}\"", option, text),
                      max == std::numeric_limits<std::int64_t>::max()
                          ? fmt::format("it is a whole number from {}", min)
                          : fmt::format("it is a whole number from {} to {}", min, max));
    }
    return *value;
}

json_object json_of_usage(const jobs::usage& used) {
    return {{"requests", used.requests}, {"tokens_in", used.tokens_in}, {"tokens_out", used.tokens_out}};
}

std::string grouped(std::int64_t number) {
    auto text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
        text.insert(static_cast<std::size_t>(at), ",");
    }
    return text;
}

std::string list_of(const std::vector<std::string>& texts) {
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::string count_of(std::int64_t count, std::string_view thing, std::string_view things) {
    const auto name = count == 1       ? std::string(thing)
                      : things.empty() ? fmt::format("{}s", thing)
                                       : std::string(things);
    return fmt::format("{} {}", count, name);
}

std::string left_to_others(const tagger::library_write_report& done) {
    return done.busy == 0 ? "" : fmt::format(", {} left to another process that is writing", done.busy);
}

std::string shown_difference(const tagger::file_difference& difference) {
    auto text = base::visible(difference.path) + "\n";
    for (const tagger::tag_kind kind : tagger::tag_kinds) {
        const auto& before = difference.before[kind];
        const auto& after = difference.after[kind];
        if (before == after) {
            continue;
        }
        text += before.empty() ? "" : fmt::format("  - {}: {}\n", to_text(kind), base::visible(list_of(before)));
        text += after.empty() ? "" : fmt::format("  + {}: {}\n", to_text(kind), base::visible(list_of(after)));
    }
    return text;
}

}  // namespace sluice::cli
