// list, search, history.
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>

#include "apps/parts/contents/part_records.hpp"
#include "apps/parts/contents/revision_records.hpp"
#include "apps/parts/contents/search.hpp"
#include "apps/parts/people/history_records.hpp"
#include "base/text/iso_8601.hpp"
#include "cli/parts/parts_call.hpp"
#include "cli/parts/show.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/table.hpp"

namespace sluice::cli {

namespace {

constexpr std::int64_t page_size = 1'000;

parts::result<int> print_parts(parts_call& call, const std::vector<parts::part>& found) {
    table rows({{.header = "NUMBER", .width_min = 14},
                {.header = "REV", .alignment = align::right},
                {.header = "STATUS", .width_min = 9},
                {.header = "NAME"}});
    json_array document;
    TRY_ASSIGN(const auto revisions, parts::revision_records(call.database()).list_current(found));
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto& each = found[i];
        const auto& now = revisions[i];
        if (call.wants_json()) {
            document.emplace_back(json_object{{"number", each.number},
                                              {"name", each.name},
                                              {"description", each.description},
                                              {"category", each.category + "-" + each.subcategory},
                                              {"version", now.version},
                                              {"status", to_text(now.status)}});
        } else {
            rows.add({{each.number, meaning::strong},
                      fmt::format("v{}", now.version),
                      {std::string(to_text(now.status)), meaning_of(now.status)},
                      each.name});
        }
    }
    if (call.wants_json()) {
        TRY(write_output(json_text(document)));
    } else if (!rows.is_empty()) {
        TRY(write_output(rows.text(call.style)));
    }
    return 0;
}

parts::result<int> list_parts(parts_call& call) {
    TRY_ASSIGN(const auto limit, call.limit());
    parts::part_filter filter{.category = call.given.text("category"), .text = call.given.text("text")};
    if (call.given.has("status")) {
        auto status = call.given.text("status");
        TRY_ASSIGN(filter.status, parts::parse_revision_status(status == "in-review" ? "in review" : status));
    }
    std::vector<parts::part> found;
    for (auto left = limit; left > 0;) {
        filter.limit = std::min(left, page_size);
        TRY_ASSIGN(auto page, parts::part_records(call.database()).list(filter));
        left -= std::ssize(page);
        const bool is_last = std::ssize(page) < filter.limit;
        std::ranges::move(page, std::back_inserter(found));
        if (is_last) {
            break;
        }
        filter.after_number = found.back().number;
    }
    TRY_ASSIGN(const int code, print_parts(call, found));
    if (std::ssize(found) == limit && !call.given.has("limit")) {
        filter.after_number = found.back().number;
        filter.limit = 1;
        TRY_ASSIGN(const auto more, parts::part_records(call.database()).list(filter));
        if (!more.empty()) {
            const auto line = fmt::format("sluice: parts list: the first {}; --limit 0 lists all\n", limit);
            std::fwrite(line.data(), 1, line.size(), stderr);
        }
    }
    return code;
}

parts::result<int> search_parts(parts_call& call) {
    TRY_ASSIGN(const auto limit, call.limit());
    std::string words;
    for (const auto& each : call.given.all("WORDS")) {
        words.append(words.empty() ? "" : " ").append(each);
    }
    TRY_ASSIGN(const auto found, parts::search_parts(call.database(), words, static_cast<std::size_t>(limit)));
    TRY_ASSIGN(const int code, print_parts(call, found.parts));
    if (found.found > found.parts.size() && call.style.is_terminal && !call.wants_json()) {
        TRY(write_output(painted(fmt::format("{} of {}; --limit 0 shows all\n", found.parts.size(), found.found),
                                 meaning::dim, call.style)));
    }
    return code;
}

parts::result<int> show_history(parts_call& call) {
    std::optional<std::int64_t> part_id;
    if (call.given.has("NUMBER")) {
        TRY_ASSIGN(const auto part, call.part());
        part_id = part.part_id;
    }
    TRY_ASSIGN(const auto limit, call.limit());
    TRY_ASSIGN(const auto events, parts::history_records(call.database()).list_named(part_id, limit));
    table rows({{.header = "TIME (UTC)", .width_min = 19},
                {.header = "USER"},
                {.header = "ACTION"},
                {.header = part_id ? "REV" : "PART"},
                {.header = "DETAIL"}});
    json_array document;
    for (const auto& each : events) {
        const auto& what = each.event;
        document.emplace_back(json_object{{"date", base::to_iso_8601(what.date)},
                                          {"user", what.username},
                                          {"action", what.action},
                                          {"number", each.number},
                                          {"version", each.version},
                                          {"detail", what.detail}});
        auto about = each.version ? fmt::format("v{}", *each.version) : "";
        if (!part_id && each.number) {
            about = *each.number + (about.empty() ? "" : " ") + about;
        }
        rows.add({{shown_time(what.date), meaning::dim}, what.username, what.action, about, one_line(what.detail)});
    }
    TRY(write_output(call.wants_json() ? json_text(document) : rows.is_empty() ? "" : rows.text(call.style)));
    return 0;
}

constexpr parts_action actions[] = {{.words = "list", .run = list_parts},
                                    {.words = "search", .run = search_parts},
                                    {.words = "show", .run = show_part},
                                    {.words = "history", .run = show_history}};

}  // namespace

std::span<const parts_action> part_view_actions() {
    return actions;
}

}  // namespace sluice::cli
