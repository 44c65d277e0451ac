#include "apps/tagger/exchange/exchange_entries.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/csv/csv.hpp"

namespace sluice::tagger {

namespace {

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    const auto end = text.find_last_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin, end - begin + 1);
}

std::optional<std::vector<std::string>>& tags_of(import_entry& entry, tag_kind kind) {
    return entry.tags.at(static_cast<std::size_t>(kind));
}

// ---- JSON

class json_entry_reader {
  public:
    explicit json_entry_reader(import_entries& read) : read_(read) {}

    // Takes each entry when it is complete, so that the whole document is never in memory.
    result<> run(std::string_view text, const std::string& source) {
        const auto callback = [this](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
            using event_t = nlohmann::json::parse_event_t;
            is_array_ = is_array_ || (depth == 0 && event == event_t::array_start);
            const bool is_complete =
                event == event_t::object_end || event == event_t::array_end || event == event_t::value;
            if (depth != 1 || !is_complete || !is_array_) {
                return true;
            }
            take(parsed);
            return false;
        };
        try {
            (void)nlohmann::json::parse(text, callback);
        } catch (const nlohmann::json::exception& wrong) {
            return fail(error_kind::invalid, fmt::format("{}: {}", source, wrong.what()));
        }
        return is_array_ ? result<>() : fail(error_kind::invalid, fmt::format("{}: it is no array of entries", source));
    }

  private:
    void take(const nlohmann::json& parsed) {
        import_entry entry{.place = ++place_, .path = {}, .tags = {}};
        if (!parsed.is_object() || !parsed.contains("path") || !parsed["path"].is_string()) {
            refuse("", "it is no object with a text \"path\"");
            return;
        }
        entry.path = parsed["path"].get<std::string>();
        for (const auto& [name, value] : parsed.items()) {
            const auto kind = parse_tag_kind(name);
            const bool is_list =
                value.is_array() && std::ranges::all_of(value, [](const auto& each) { return each.is_string(); });
            if (name == "path") {
                continue;
            }
            if (!kind || !is_list) {
                refuse(name, kind ? "it is no array of texts" : "it is none of path, genre, mood, occasion, keyword");
                return;
            }
            tags_of(entry, *kind) = value.get<std::vector<std::string>>();
        }
        read_.entries.push_back(std::move(entry));
    }

    void refuse(std::string what, std::string reason) {
        read_.add_problem({.place = place_, .what = std::move(what), .value = {}, .reason = std::move(reason)});
    }

    import_entries& read_;
    std::size_t place_ = 0;
    bool is_array_ = false;
};

// ---- CSV

result<> read_csv(std::string_view text, const std::string& source, import_entries& read) {
    base::csv_reader_params params{.columns = {{.name = "path"}}, .open_prefix = {}, .source = source};
    for (const tag_kind kind : tag_kinds) {
        params.columns.push_back({.name = to_text(kind), .is_required = false});
    }
    base::csv_reader reader(std::move(params), [&](const base::csv_record& row) -> sluice::result<> {
        import_entry entry{.place = row.line, .path = std::string(row[0]), .tags = {}};
        for (const tag_kind kind : tag_kinds) {
            if (const auto column = static_cast<std::size_t>(kind) + 1; row.has(column)) {
                tags_of(entry, kind) = split_tags(row[column]);
            }
        }
        read.entries.push_back(std::move(entry));
        return {};
    });
    TRY(reader.feed(text));
    TRY(reader.finish());
    return {};
}

// ---- M3U

result<> read_playlist(std::string_view text, const std::string& source, import_entries& read) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    if (text.contains('\0')) {
        return fail(error_kind::invalid, fmt::format("{}: it is no text", source));
    }
    import_entry next{.place = 0, .path = {}, .tags = {}};
    for (std::size_t line_number = 1; !text.empty(); ++line_number) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
        if (trimmed(line).empty()) {
            continue;
        }
        if (!line.starts_with('#')) {
            next.place = line_number;
            next.path = line;
            read.entries.push_back(std::exchange(next, {.place = 0, .path = {}, .tags = {}}));
            continue;
        }
        for (const tag_kind kind : tag_kinds) {
            if (line.starts_with(playlist_line_of(kind))) {
                tags_of(next, kind) = split_tags(line.substr(playlist_line_of(kind).size()));
            }
        }
    }
    return {};
}

}  // namespace

void import_entries::add_problem(import_problem problem) {
    if (problems.size() < import_problems_max) {
        problems.push_back(std::move(problem));
    } else {
        has_more_problems = true;
    }
}

result<import_entries> read_entries(exchange_format format, std::string_view text, const std::string& source) {
    import_entries read;
    switch (format) {
        case exchange_format::json:
            TRY(json_entry_reader(read).run(text, source));
            break;
        case exchange_format::csv:
            TRY(read_csv(text, source, read));
            break;
        case exchange_format::m3u:
            TRY(read_playlist(text, source, read));
            break;
    }
    return read;
}

std::string join_tags(const std::vector<std::string>& tags) {
    return fmt::format("{}", fmt::join(tags, "; "));
}

std::vector<std::string> split_tags(std::string_view text) {
    std::vector<std::string> tags;
    while (!text.empty()) {
        const auto end = std::min(text.find(';'), text.size());
        if (const auto tag = trimmed(text.substr(0, end)); !tag.empty()) {
            tags.emplace_back(tag);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return tags;
}

std::string_view playlist_line_of(tag_kind kind) {
    switch (kind) {
        case tag_kind::genre:
            return "#EXTGENRE:";
        case tag_kind::mood:
            return "#SLUICE-MOOD:";
        case tag_kind::occasion:
            return "#SLUICE-OCCASION:";
        case tag_kind::keyword:
            return "#SLUICE-KEYWORD:";
    }
    return "";
}

}  // namespace sluice::tagger
