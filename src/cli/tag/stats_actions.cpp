// stats.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "apps/tagger/library/statistics.hpp"
#include "base/text/ascii.hpp"
#include "cli/tag/prices.hpp"
#include "cli/tag/tag_call.hpp"
#include "cli/terminal/bar.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/table.hpp"

namespace sluice::cli {

namespace {

using tagger::tag_kind;

constexpr std::size_t bar_width = 30;
constexpr double hour_ms = 3'600'000;
constexpr double gigabyte = 1e9;

// The model's name is the first word.
std::optional<double> known_cost_of(const tagger::definition_usage& used) {
    const auto prices = known_prices(used.definition.substr(0, used.definition.find(' ')));
    return prices ? std::optional(cost_of(used.used, *prices)) : std::nullopt;
}

json_object json_of(const tagger::library_statistics& seen, std::size_t top) {
    json_object tags;
    for (const tag_kind kind : tagger::tag_kinds) {
        json_array counts;
        const auto& all = seen.tags.at(static_cast<std::size_t>(kind));
        for (std::size_t i = 0; i < std::min(all.size(), top); ++i) {
            counts.emplace_back(json_object{{"tag", all[i].tag}, {"recordings", all[i].recordings}});
        }
        tags.push_back({to_text(kind), std::move(counts)});
    }
    json_array used;
    for (const auto& each : seen.used) {
        auto entry = json_of_usage(each.used);
        entry.insert(entry.begin(), {"definition", each.definition});
        entry.push_back({"cost", known_cost_of(each)});
        used.emplace_back(std::move(entry));
    }
    return {{"files", seen.files},
            {"missing_files", seen.missing_files},
            {"recordings", seen.recordings},
            {"tagged_recordings", seen.tagged_recordings},
            {"hours", static_cast<double>(seen.duration_ms) / hour_ms},
            {"payload_bytes", seen.payload_bytes},
            {"tags", std::move(tags)},
            {"used", std::move(used)}};
}

std::string overview(const tagger::library_statistics& seen, const output_style& style) {
    const double share =
        seen.recordings == 0 ? 0 : static_cast<double>(seen.tagged_recordings) / static_cast<double>(seen.recordings);
    table rows({{.header = ""}, {.header = "", .alignment = align::right}, {.header = ""}});
    rows.add({"files", grouped(seen.files),
              seen.missing_files == 0 ? "" : fmt::format("and {} that are missing", grouped(seen.missing_files))});
    rows.add({"recordings", grouped(seen.recordings), ""});
    rows.add({"tagged", grouped(seen.tagged_recordings),
              fmt::format("{} {:.1f} %", bar_text(share, bar_width, style), share * 100)});
    rows.add({"hours", fmt::format("{:.1f}", static_cast<double>(seen.duration_ms) / hour_ms),
              fmt::format("{:.2f} GB of sound", static_cast<double>(seen.payload_bytes) / gigabyte)});
    return rows.text(style);
}

std::string counts_of(tag_kind kind, const std::vector<tagger::tag_count>& all, std::size_t top,
                      const output_style& style) {
    if (all.empty()) {
        return "";
    }
    const std::string header = base::upper_case(to_text(kind));
    table rows({{.header = header}, {.header = "RECORDINGS", .alignment = align::right}, {.header = ""}});
    const auto most = static_cast<double>(all.front().recordings);
    for (std::size_t i = 0; i < std::min(all.size(), top); ++i) {
        auto bar = bar_text(static_cast<double>(all[i].recordings) / most, bar_width, style);
        bar.erase(bar.find_last_not_of(' ') + 1);
        rows.add({all[i].tag, grouped(all[i].recordings), std::move(bar)});
    }
    const auto more = all.size() > top ? fmt::format("and {} more; --top 0 shows all\n", all.size() - top) : "";
    return "\n" + rows.text(style) + more;
}

std::string costs_of(const std::vector<tagger::definition_usage>& used, const output_style& style) {
    if (used.empty()) {
        return "";
    }
    table rows({{.header = "MODEL"},
                {.header = "REQUESTS", .alignment = align::right},
                {.header = "TOKENS IN", .alignment = align::right},
                {.header = "TOKENS OUT", .alignment = align::right},
                {.header = "COST", .alignment = align::right}});
    for (const auto& each : used) {
        const auto cost = known_cost_of(each);
        rows.add({each.definition, grouped(each.used.requests), grouped(each.used.tokens_in),
                  grouped(each.used.tokens_out), cost ? fmt::format("about ${:.2f}", *cost) : ""});
    }
    return "\n" + rows.text(style);
}

tagger::result<int> show_statistics(tag_call& call) {
    TRY_ASSIGN(const auto limit, call.limit("top", 10));
    const auto top = static_cast<std::size_t>(limit);
    TRY_ASSIGN(const auto seen, tagger::count_library(call.database()));
    if (call.wants_json()) {
        TRY(write_output(json_text(json_of(seen, top))));
        return 0;
    }
    auto text = overview(seen, call.style);
    for (const tag_kind kind : tagger::tag_kinds) {
        text += counts_of(kind, seen.tags.at(static_cast<std::size_t>(kind)), top, call.style);
    }
    TRY(write_output(text + costs_of(seen.used, call.style)));
    return 0;
}

constexpr tag_action actions[] = {{.words = "stats", .run = show_statistics}};

}  // namespace

std::span<const tag_action> tag_stats_actions() {
    return actions;
}

}  // namespace sluice::cli
