// search and vocabulary.
#include <fmt/format.h>

#include "apps/tagger/library/library.hpp"
#include "apps/tagger/library/library_list.hpp"
#include "base/text/display_width.hpp"
#include "base/text/json_string.hpp"
#include "cli/tag/tag_call.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/table.hpp"

namespace sluice::cli {

namespace {

using tagger::tag_kind;

constexpr std::int64_t second_ms = 1000;

json_array json_list(const std::vector<std::string>& texts) {
    json_array list;
    for (const auto& each : texts) {
        list.emplace_back(each);
    }
    return list;
}

json_object json_of(const tagger::listed_file& file) {
    json_object entry{{"path", file.path},
                      {"artist", file.artist},
                      {"title", file.title},
                      {"album", file.album},
                      {"seconds", static_cast<double>(file.duration_ms) / static_cast<double>(second_ms)}};
    for (const tag_kind kind : tagger::tag_kinds) {
        entry.push_back({to_text(kind), json_list(file.tags[kind])});
    }
    return entry;
}

std::string length_of(const tagger::listed_file& file) {
    const auto seconds = (file.duration_ms + second_ms / 2) / second_ms;
    return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

// Collects the files found, in the form in which they are printed.
class found_files {
  public:
    explicit found_files(const tag_call& call, std::int64_t limit) : call_(call), limit_(limit) {}

    void add(const tagger::listed_file& file) {
        if (++count_ > limit_) {
            return;
        }
        if (call_.wants_json()) {
            document_.emplace_back(json_of(file));
        } else if (call_.given.has("paths")) {
            paths_ += (call_.style.is_terminal ? base::visible(file.path) : file.path) + "\n";
        } else {
            rows_.add({file.path,
                       {length_of(file), meaning::dim},
                       list_of(file.tags[tag_kind::genre]),
                       list_of(file.tags[tag_kind::mood]),
                       list_of(file.tags[tag_kind::occasion]),
                       list_of(file.tags[tag_kind::keyword])});
        }
    }

    [[nodiscard]] std::string text() const {
        if (call_.wants_json()) {
            return json_text(document_);
        }
        if (call_.given.has("paths")) {
            return paths_;
        }
        if (rows_.is_empty()) {
            return "";
        }
        const auto more = count_ > limit_ ? fmt::format("{} of {} files; --limit 0 shows all\n", limit_, count_) : "";
        return rows_.text(call_.style) + more;
    }

  private:
    const tag_call& call_;
    std::int64_t limit_;
    std::int64_t count_ = 0;
    json_array document_;
    std::string paths_;
    table rows_{{{.header = "PATH", .width_min = 20},
                 {.header = "LENGTH", .alignment = align::right},
                 {.header = "GENRE"},
                 {.header = "MOOD"},
                 {.header = "OCCASION"},
                 {.header = "KEYWORD"}}};
};

tagger::result<int> search(tag_call& call) {
    TRY_ASSIGN(const auto limit, call.limit());
    TRY_ASSIGN(const auto condition, call.condition());
    found_files found(call, limit);
    TRY(tagger::each_listed_file(call.database(), condition, [&](const tagger::listed_file& file) -> tagger::result<> {
        found.add(file);
        return {};
    }));
    TRY(write_output(found.text()));
    return 0;
}

// The text of a file that vocabulary::load() reads.
std::string toml_of(const tagger::vocabulary& words) {
    std::string text;
    for (const tag_kind kind : tagger::tag_kinds) {
        text += fmt::format("{} = [\n", to_text(kind));
        for (const auto& each : words.list(kind)) {
            text += fmt::format("    {},\n", base::json_string(each));
        }
        text += "]\n";
    }
    return text;
}

tagger::result<int> print_vocabulary(tag_call& call) {
    std::optional<tagger::vocabulary> stored;
    if (!database_of(call.given).empty()) {
        TRY_ASSIGN(call.opened, open_tag_database(call.given));
        TRY_ASSIGN(stored, tagger::load_vocabulary(call.database()));
    }
    if (call.wants_json()) {
        json_object document;
        for (const tag_kind kind : tagger::tag_kinds) {
            document.push_back(
                {to_text(kind), json_list((stored ? *stored : tagger::default_vocabulary()).list(kind))});
        }
        TRY(write_output(json_text(document)));
        return 0;
    }
    TRY(write_output(stored ? toml_of(*stored) : tagger::default_vocabulary_toml()));
    return 0;
}

constexpr tag_action actions[] = {{.words = "search", .run = search},
                                  {.words = "vocabulary", .run = print_vocabulary, .needs_database = false}};

}  // namespace

std::span<const tag_action> tag_search_actions() {
    return actions;
}

}  // namespace sluice::cli
