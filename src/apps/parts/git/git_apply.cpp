#include "apps/parts/git/git_apply.hpp"

#include <fmt/format.h>

#include "apps/parts/git/git_history.hpp"
#include "apps/parts/git/git_tree_edit.hpp"

namespace sluice::parts {

namespace {

constexpr const char* main_branch = "refs/heads/main";

std::string name_of(const git_change& change) {
    return fmt::format("{} v{}", change.number, change.version);
}

}  // namespace

struct git_applier::version_refs {
    explicit version_refs(const git_change& change)
        : draft(fmt::format("refs/heads/part/{}/v{}/draft", change.number, change.version)),
          review(fmt::format("refs/heads/part/{}/v{}/review", change.number, change.version)),
          tag_name(fmt::format("{}/v{}", change.number, change.version)),
          tag("refs/tags/" + tag_name) {}

    std::string draft;
    std::string review;
    std::string tag_name;
    std::string tag;
};

result<std::string> write_first_commit(::git_repository& repo) {
    const git_file readme{.path = "README.md",
                          .content =
                              "# Parts\n\n"
                              "Released parts, each in its folder `parts/<class>/<group>/<number>`.\n"
                              "Drafts and reviews are branches `part/<number>/v<n>/draft` and `.../review`,\n"
                              "releases are tags `<number>/v<n>`. Sluice writes all of them.\n",
                          .blob = {}};
    TRY_ASSIGN(std::string tree, single_file_tree(repo, readme));
    return write_commit(repo, {.tree = std::move(tree),
                               .parents = {},
                               .message = "Create the project",
                               .author = {.name = "Sluice", .email = "sluice", .unix_seconds = 0},
                               .change = 0});
}

result<std::string> git_applier::apply(const git_change& change) {
    TRY(part_folder(change.number));
    if (change.id < 1 || change.version < 1) {
        return fail(error_kind::invalid,
                    fmt::format("change {} of {}: ids and versions begin with 1", change.id, name_of(change)));
    }
    const version_refs at(change);
    switch (change.action) {
        case git_action::save_draft:
            return save_draft(change, at);
        case git_action::open_review:
            return open_review(change, at);
        case git_action::reject_review:
            return reject_review(change, at);
        case git_action::release:
            return release(change, at);
        case git_action::obsolete:
            return obsolete(change);
    }
    return fail(error_kind::invalid, fmt::format("change {} has no known action", change.id));
}

result<std::string> git_applier::save_draft(const git_change& change, const version_refs& at) {
    TRY_ASSIGN(const auto tag, moves_->find(at.tag));
    if (tag) {
        return commit_behind(*repo_, *tag);
    }
    TRY_ASSIGN(auto parent, moves_->find(at.draft));
    if (parent) {
        TRY_ASSIGN(const std::int64_t newest, newest_change(*repo_, *parent));
        if (newest >= change.id) {
            TRY_ASSIGN(const auto own, commit_of_change(*repo_, *parent, change.id));
            return own.value_or(*parent);
        }
    } else {
        TRY_ASSIGN(parent, main_tip());
    }
    TRY_ASSIGN(std::string commit, commit_on(change, {*parent}));
    TRY(moves_->set(at.draft, commit));
    return commit;
}

result<bool> git_applier::is_past(const git_change& change, const std::optional<std::string>& draft) {
    if (change.id <= ended_) {
        return true;
    }
    if (!draft) {
        return false;
    }
    TRY_ASSIGN(const std::int64_t newest, newest_change(*repo_, *draft));
    return newest > change.id;
}

result<std::string> git_applier::open_review(const git_change& change, const version_refs& at) {
    TRY_ASSIGN(const auto tag, moves_->find(at.tag));
    if (tag) {
        return commit_behind(*repo_, *tag);
    }
    TRY_ASSIGN(const auto draft, moves_->find(at.draft));
    if (!draft) {
        return main_tip();  // another program has removed the branch; the next edit makes it anew
    }
    TRY_ASSIGN(const bool past, is_past(change, draft));
    if (!past) {
        TRY(moves_->set(at.review, *draft));
    }
    return *draft;
}

result<std::string> git_applier::reject_review(const git_change& change, const version_refs& at) {
    TRY_ASSIGN(const auto tag, moves_->find(at.tag));
    if (tag) {
        return commit_behind(*repo_, *tag);
    }
    TRY_ASSIGN(const auto draft, moves_->find(at.draft));
    if (!draft) {
        return main_tip();
    }
    TRY_ASSIGN(const bool past, is_past(change, draft));
    if (!past) {
        TRY(moves_->remove(at.review));
    }
    return *draft;
}

result<std::string> git_applier::release(const git_change& change, const version_refs& at) {
    TRY_ASSIGN(auto commit, found_on_main(change));
    if (!commit) {
        TRY_ASSIGN(const std::string main, main_tip());
        std::vector<std::string> parents{main};
        // The change has all files, so a branch that another program removed does not matter.
        TRY_ASSIGN(const auto review, moves_->find(at.review));
        TRY_ASSIGN(const auto draft, moves_->find(at.draft));
        if (review || draft) {
            parents.push_back(review ? *review : *draft);
        }
        TRY_ASSIGN(commit, commit_on(change, std::move(parents)));
        TRY(moves_->set(main_branch, *commit));
    }
    TRY_ASSIGN(const auto tag, moves_->find(at.tag));
    if (!tag) {
        TRY_ASSIGN(const std::string made, write_tag(*repo_, at.tag_name, *commit, change.author, change.message));
        TRY(moves_->set(at.tag, made));
    }
    TRY(moves_->remove(at.draft));
    TRY(moves_->remove(at.review));
    return *commit;
}

result<std::string> git_applier::obsolete(const git_change& change) {
    TRY_ASSIGN(auto commit, found_on_main(change));
    if (!commit) {
        TRY_ASSIGN(const std::string main, main_tip());
        TRY_ASSIGN(commit, commit_on(change, {main}));
        TRY(moves_->set(main_branch, *commit));
    }
    return *commit;
}

result<std::string> git_applier::main_tip() {
    TRY_ASSIGN(const auto tip, moves_->find(main_branch));
    if (!tip) {
        return fail(error_kind::git, "the project's repository has no branch main");
    }
    return *tip;
}

result<std::optional<std::string>> git_applier::found_on_main(const git_change& change) {
    TRY_ASSIGN(const std::string main, main_tip());
    TRY_ASSIGN(const std::int64_t newest, newest_change(*repo_, main));
    if (newest < change.id) {
        return std::nullopt;
    }
    TRY_ASSIGN(auto commit, commit_of_change(*repo_, main, change.id));
    if (!commit) {
        return fail(error_kind::conflict,
                    fmt::format("branch main has change {}, but not change {} before it", newest, change.id),
                    "main was rewritten, or the database is older than the repository; `sluice parts check` compares");
    }
    return commit;
}

result<std::string> git_applier::commit_on(const git_change& change, std::vector<std::string> parents) {
    TRY_ASSIGN(const std::string base, tree_of(*repo_, parents.front()));
    TRY_ASSIGN(std::string tree, replace_part(*repo_, base, change.number, change.files));
    return write_commit(*repo_, {.tree = std::move(tree),
                                 .parents = std::move(parents),
                                 .message = change.message.empty() ? name_of(change) : change.message,
                                 .author = change.author,
                                 .change = change.id});
}

}  // namespace sluice::parts
