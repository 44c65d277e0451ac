// git_history.hpp - commits that know which change made them, and the search for one.
//
// Use:     TRY_ASSIGN(const std::int64_t newest, newest_change(*repo, tip));
//          TRY_ASSIGN(const auto commit, commit_of_change(*repo, tip, 17));
// Rule:    the last line of such a commit's message is "Sluice-Change: <id>". Searches follow first parents, on which ids
//          only fall; commits of a user's own in between are passed over.
// Threads: those of the repository's handle.
// Errors:  git.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/parts/git/git_handles.hpp"
#include "apps/parts/git/git_repository.hpp"

namespace sluice::parts {

struct commit_content {
    std::string tree;
    std::vector<std::string> parents;
    std::string message;  // without the last line
    git_signature author;
    std::int64_t change = 0;
};

// Deterministic: depends on nothing else. What git forbids in a name becomes a space.
result<std::string> write_commit(::git_repository& repo, const commit_content& content);
// An annotated tag's object; no ref yet.
result<std::string> write_tag(::git_repository& repo, const std::string& name, const std::string& commit,
                              const git_signature& tagger, const std::string& message);

result<std::string> tree_of(::git_repository& repo, const std::string& commit);
// The commit behind a tag's object, or the commit itself.
result<std::string> commit_behind(::git_repository& repo, const std::string& id);

// 0 when no commit has one.
result<std::int64_t> newest_change(::git_repository& repo, const std::string& tip);
result<std::optional<std::string>> commit_of_change(::git_repository& repo, const std::string& tip,
                                                    std::int64_t change);

}  // namespace sluice::parts
