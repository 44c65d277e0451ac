// Checks git against the database.
#include <fmt/format.h>
#include <map>
#include <optional>

#include "apps/parts/history/git_payload.hpp"
#include "apps/parts/project/consistency_parts.hpp"

namespace sluice::parts {

namespace {

constexpr const char* main_branch = "refs/heads/main";

class git_check {
  public:
    git_check(sqlite::connection& db, const git_snapshot& git, bool deep, std::vector<finding>& findings)
        : db_(db), git_(git), deep_(deep), findings_(findings) {}

    result<> run();

  private:
    struct version_refs {
        std::string draft;
        std::string review;
        std::string tag;
    };

    void add(const part& of, std::string what) { findings_.push_back({.what = std::move(what), .number = of.number}); }
    result<> check_part(const part& of, const std::vector<revision>& versions);
    result<> check_open(const part& of, const revision& which, const version_refs& at);
    result<> check_closed(const part& of, const revision& which, const version_refs& at);
    result<> check_main(const part& of, const revision* on_main);
    result<> compare(const part& of, const revision& which, const part_content& found, const std::string& where);
    result<> check_blobs();
    // Returns the ref's commit and marks the ref as known.
    [[nodiscard]] std::optional<std::string> take(const std::string& name);
    void report_unknown();

    sqlite::connection& db_;
    const git_snapshot& git_;
    const bool deep_;
    std::vector<finding>& findings_;
    std::map<std::string, std::string> refs_;  // refs not taken yet
    std::map<std::string, part_content> main_;
};

std::optional<std::string> git_check::take(const std::string& name) {
    auto found = refs_.extract(name);
    return found.empty() ? std::nullopt : std::optional(std::move(found.mapped()));
}

result<> git_check::compare(const part& of, const revision& which, const part_content& found,
                            const std::string& where) {
    TRY_ASSIGN(const auto files, git_payload(db_, of, which));
    TRY_ASSIGN(const part_content wanted, content_of(files));
    for (const auto& [path, blob] : wanted) {
        const auto held = found.find(path);
        if (held == found.end()) {
            add(of, fmt::format("{} does not have {} of v{}", where, path, which.version));
        } else if (held->second != blob) {
            add(of, fmt::format("{} has another {} than v{} in the database", where, path, which.version));
        }
    }
    for (const auto& [path, blob] : found) {
        if (!wanted.contains(path)) {
            add(of, fmt::format("{} has {}, which v{} does not have", where, path, which.version));
        }
    }
    return {};
}

result<> git_check::check_open(const part& of, const revision& which, const version_refs& at) {
    const auto draft = take(at.draft);
    const auto review = take(at.review);
    if (take(at.tag)) {
        add(of, fmt::format("v{} is {}, but git has a tag for it", which.version, to_text(which.status)));
    }
    const bool is_in_review = which.status == revision_status::in_review;
    if (is_in_review && review != draft) {
        add(of, fmt::format("v{} is In Review, but its branch review is {}", which.version,
                            review ? "not at the draft's commit" : "missing"));
    }
    if (!is_in_review && review) {
        add(of, fmt::format("v{} is a draft, but git has a branch review for it", which.version));
    }
    if (!draft) {
        add(of, fmt::format("v{} is {}, but git has no branch draft for it", which.version, to_text(which.status)));
        return {};
    }
    TRY_ASSIGN(const part_content found, git_.part_at(*draft, of.number));
    return compare(of, which, found, "branch draft");
}

result<> git_check::check_closed(const part& of, const revision& which, const version_refs& at) {
    const bool has_draft = take(at.draft).has_value();
    const bool has_review = take(at.review).has_value();
    if (has_draft || has_review) {
        add(of, fmt::format("v{} is {}, but git has a branch for it", which.version, to_text(which.status)));
    }
    const auto tag = take(at.tag);
    if (!tag) {
        add(of, fmt::format("v{} is {}, but git has no tag for it", which.version, to_text(which.status)));
        return {};
    }
    if (!deep_) {
        return {};
    }
    revision as_released = which;
    as_released.status = revision_status::released;
    as_released.obsoleted_date.reset();
    TRY_ASSIGN(const part_content found, git_.part_at(*tag, of.number));
    return compare(of, as_released, found, fmt::format("tag v{}", which.version));
}

result<> git_check::check_main(const part& of, const revision* on_main) {
    const auto found = main_.extract(of.number);
    if (on_main == nullptr) {
        if (!found.empty()) {
            add(of, "main has the part, which was never released");
        }
        return {};
    }
    if (found.empty()) {
        add(of,
            fmt::format("main does not have the part, whose v{} is {}", on_main->version, to_text(on_main->status)));
        return {};
    }
    return compare(of, *on_main, found.mapped(), "main");
}

result<> git_check::check_part(const part& of, const std::vector<revision>& versions) {
    const revision* on_main = nullptr;
    for (const revision& each : versions) {
        const std::string branch = fmt::format("refs/heads/part/{}/v{}/", of.number, each.version);
        const version_refs at{branch + "draft", branch + "review",
                              fmt::format("refs/tags/{}/v{}", of.number, each.version)};
        if (each.status == revision_status::draft || each.status == revision_status::in_review) {
            TRY(check_open(of, each, at));
            continue;
        }
        TRY(check_closed(of, each, at));
        const bool is_better = on_main == nullptr || each.status == revision_status::released ||
                               on_main->status == revision_status::obsolete;
        on_main = is_better ? &each : on_main;
    }
    return check_main(of, on_main);
}

// Reports unknown refs of the project's kinds; other branches and tags belong to the users.
void git_check::report_unknown() {
    constexpr std::string_view branches = "refs/heads/part/";
    constexpr std::string_view tags = "refs/tags/";
    for (const auto& [name, commit] : refs_) {
        const bool is_branch = name.starts_with(branches);
        const std::string_view rest = std::string_view(name).substr(is_branch ? branches.size() : tags.size());
        const auto number = parse_number(rest.substr(0, rest.find('/')));
        if (is_branch || (name.starts_with(tags) && number && rest.find("/v") != std::string_view::npos)) {
            findings_.push_back({.what = fmt::format("git has {} {}, which the database does not know",
                                                     is_branch ? "branch" : "tag", is_branch ? name.substr(11) : rest),
                                 .number = number.value_or("")});
        }
    }
    for (const auto& [number, content] : main_) {
        findings_.push_back({.what = "main has the part, which the database does not know", .number = number});
    }
}

result<> git_check::check_blobs() {
    return db_.each(
        "SELECT DISTINCT p.number, f.name, f.blob FROM Files f JOIN Revisions r USING(revision_id) "
        "JOIN Parts p USING(part_id) ORDER BY part_id, f.name",
        [&](const sqlite::row& from) {
            if (!git_.has_blob(from.get<std::string>(2))) {
                findings_.push_back({.what = fmt::format("git does not have the content of file {}, blob {}",
                                                         from.get<std::string_view>(1), from.get<std::string_view>(2)),
                                     .number = from.get<std::string>(0)});
            }
        });
}

result<> git_check::run() {
    // One snapshot for the whole check; cleaning the connection ends the transaction.
    TRY(db_.run("BEGIN"));
    TRY_ASSIGN(refs_, git_.refs());
    const auto main = take(main_branch);
    if (!main) {
        findings_.push_back({.what = "git has no branch main", .number = {}});
    } else {
        TRY_ASSIGN(main_, git_.parts_at(*main));
    }
    std::map<std::int64_t, std::vector<revision>> versions;
    TRY(db_.each(fmt::format("SELECT {} FROM Revisions ORDER BY part_id, version", revision::columns),
                 [&](const sqlite::row& from) {
                     revision each = revision::from_row(from);
                     versions[each.part_id].push_back(std::move(each));
                 }));
    TRY_ASSIGN(const auto parts, db_.list<part>(fmt::format("SELECT {} FROM Parts ORDER BY part_id", part::columns)));
    for (const part& each : parts) {
        TRY(check_part(each, versions[each.part_id]));
    }
    report_unknown();
    TRY(check_blobs());
    TRY(db_.run("COMMIT"));
    return {};
}

}  // namespace

result<> check_git(sqlite::connection& db, const git_snapshot& git, bool deep, std::vector<finding>& findings) {
    return git_check(db, git, deep, findings).run();
}

}  // namespace sluice::parts
