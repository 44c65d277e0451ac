#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <tuple>
#include <utility>

#include "apps/tagger/exchange/exchange_entries.hpp"
#include "apps/tagger/library/library.hpp"
#include "apps/tagger/library/library_list.hpp"
#include "apps/tagger/tags/vocabulary.hpp"

namespace sluice::tagger {

namespace {

// All entries, checked against one snapshot of the database, inside the transaction that applies them.
class import_plan {
  public:
    import_plan(const import_params& params, const vocabulary& words, import_entries unreadable)
        : params_(params), words_(words), problems_(std::move(unreadable)) {}

    result<> add(sqlite::connection& db, const import_entry& entry) {
        TRY_ASSIGN(auto file, find_file(db, entry.path));
        if (!file) {
            TRY_ASSIGN(file, find_file(db, (params_.folder / entry.path).lexically_normal().string()));
        }
        if (!file) {
            refuse(entry, "path", entry.path,
                   entry.path.empty() ? "it is empty" : "it is not in the library; scan its folder first");
            return {};
        }
        TRY_ASSIGN(const auto before, get_tags(db, file->recording_id));
        auto after = before;
        for (const tag_kind kind : tag_kinds) {
            if (const auto& written = entry.tags.at(static_cast<std::size_t>(kind)); written) {
                after[kind] = checked(entry, kind, *written, before[kind]);
            }
        }
        const auto [place, is_new] = wanted_.try_emplace(
            file->recording_id, recording_plan{.place = entry.place, .before = before, .after = after});
        if (!is_new && !has_same_tags(place->second.after, after)) {
            refuse(entry, "path", entry.path,
                   fmt::format("it is the same sound as at {}, with other tags", place->second.place));
        }
        unchanged_ += has_same_tags(before, after) ? 1 : 0;
        return {};
    }

    [[nodiscard]] bool is_clean() const { return problems_.problems.empty(); }

    result<import_report> apply(sqlite::connection& db) const {
        import_report report{.unchanged = unchanged_, .problems = problems_.problems};
        report.has_more_problems = problems_.has_more_problems;
        if (!is_clean()) {
            return report;
        }
        for (const auto& [recording_id, plan] : wanted_) {
            if (has_same_tags(plan.before, plan.after)) {
                continue;
            }
            ++report.changed;
            report.unclean += what_is_missing(plan.after).empty() ? 0 : 1;
            if (!params_.is_dry_run) {
                TRY(change(db, recording_id, plan.after, report));
            }
        }
        return report;
    }

  private:
    struct recording_plan {
        std::size_t place = 0;
        tag_set before;
        tag_set after;
    };

    void refuse(const import_entry& entry, std::string_view what, std::string_view value, std::string reason) {
        problems_.add_problem({.place = entry.place,
                               .what = std::string(what),
                               .value = std::string(value),
                               .reason = std::move(reason)});
    }

    std::vector<std::string> checked(const import_entry& entry, tag_kind kind, const std::vector<std::string>& written,
                                     const std::vector<std::string>& before) {
        std::vector<std::string> tags;
        for (const auto& each : written) {
            const auto* known = words_.find(kind, each);
            if (known == nullptr && std::ranges::find(before, each) == before.end()) {
                refuse(entry, to_text(kind), each, "it is not in the vocabulary");
                continue;
            }
            const auto& tag = known == nullptr ? each : *known;
            if (std::ranges::find(tags, tag) == tags.end()) {
                tags.push_back(tag);
            }
        }
        if (const auto most = tags_max.at(static_cast<std::size_t>(kind)); tags.size() > most) {
            refuse(entry, to_text(kind), "", fmt::format("more than {} of them", most));
        }
        return tags;
    }

    result<> change(sqlite::connection& db, std::int64_t recording_id, const tag_set& tags,
                    import_report& report) const {
        const auto now_ms = params_.time->unix_ms();
        if (report.tag_run_id == 0) {
            TRY_ASSIGN(report.tag_run_id, begin_tag_run(db, "import", params_.source, now_ms));
        }
        TRY(replace_tags(
            db, {.recording_id = recording_id, .tags = tags, .tag_run_id = report.tag_run_id, .now_ms = now_ms}));
        return {};
    }

    const import_params& params_;
    const vocabulary& words_;
    import_entries problems_;
    std::map<std::int64_t, recording_plan> wanted_;
    std::int64_t unchanged_ = 0;
};

}  // namespace

result<import_report> import_tags(const import_params& params) {
    TRY_ASSIGN(const auto read, read_entries(params.format, params.text, params.source));
    TRY_ASSIGN(const auto stored, load_vocabulary(*params.database));
    const auto& words = stored ? *stored : default_vocabulary();
    const auto work = [&](sqlite::connection& db) -> result<import_report> {
        import_plan plan(params, words,
                         {.entries = {}, .problems = read.problems, .has_more_problems = read.has_more_problems});
        for (const auto& each : read.entries) {
            TRY(plan.add(db, each));
        }
        TRY_ASSIGN(auto report, plan.apply(db));
        report.entries = static_cast<std::int64_t>(read.entries.size());
        std::ranges::sort(report.problems, [](const import_problem& one, const import_problem& other) {
            return std::tie(one.place, one.what, one.value) < std::tie(other.place, other.what, other.value);
        });
        return report;
    };
    return params.is_dry_run ? params.database->execute(work) : params.database->transaction(work);
}

}  // namespace sluice::tagger
