// git_history.hpp - writes commits that name their change, and searches for them.
//
// Use:     TRY_ASSIGN(const std::int64_t newest, newest_change(*repo, tip));
//          TRY_ASSIGN(const auto commit, commit_of_change(*repo, tip, 17));
// Rule:    the last line of such a commit's message is "Sluice-Change: <id>". Searches follow first parents, on which
//          ids only fall; they skip a user's own commits in between.
// Threads: the thread of the repository's handle.
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
    std::string message;  // without its last line
    git_signature author;
    std::int64_t change = 0;
};

// Deterministic: the id depends on `content` only. Characters that git forbids in a name become spaces.
result<std::string> write_commit(::git_repository& repo, const commit_content& content);
// Writes an annotated tag's object, but no ref.
result<std::string> write_tag(::git_repository& repo, const std::string& name, const std::string& commit,
                              const git_signature& tagger, const std::string& message);

result<std::string> tree_of(::git_repository& repo, const std::string& commit);
// The commit behind a tag's object, or the commit itself.
result<std::string> commit_behind(::git_repository& repo, const std::string& id);

// 0: no commit has one.
result<std::int64_t> newest_change(::git_repository& repo, const std::string& tip);
result<std::optional<std::string>> commit_of_change(::git_repository& repo, const std::string& tip,
                                                    std::int64_t change);

}  // namespace sluice::parts
