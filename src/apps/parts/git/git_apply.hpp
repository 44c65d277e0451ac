// git_apply.hpp - applies each kind of change to objects and refs; git_repository.hpp explains why twice is safe.
//
// Use:     git_applier applier(*repo, moves, newest change whose batch ended);
//          TRY_ASSIGN(const std::string commit, applier.apply(change));
// Threads: the thread of the repository's handle, under the git_lock.
// Errors:  invalid, conflict (main was rewritten), git.
#pragma once

#include <string>

#include "apps/parts/git/git_refs.hpp"
#include "apps/parts/git/git_repository.hpp"

namespace sluice::parts {

// Writes the first commit. Returns its id, the same in every project.
result<std::string> write_first_commit(::git_repository& repo);

class git_applier {
  public:
    git_applier(::git_repository& repo, git_ref_moves& moves, std::int64_t ended)
        : repo_(&repo), moves_(&moves), ended_(ended) {}

    result<std::string> apply(const git_change& change);

  private:
    struct version_refs;

    result<std::string> save_draft(const git_change& change, const version_refs& at);
    result<std::string> open_review(const git_change& change, const version_refs& at);
    result<std::string> reject_review(const git_change& change, const version_refs& at);
    result<std::string> release(const git_change& change, const version_refs& at);
    result<std::string> obsolete(const git_change& change);

    result<std::string> main_tip();
    // The commit of the change on main, if main has it.
    result<std::optional<std::string>> found_on_main(const git_change& change);
    result<std::string> commit_on(const git_change& change, std::vector<std::string> parents);
    result<bool> is_past(const git_change& change, const std::optional<std::string>& draft);

    ::git_repository* repo_;
    git_ref_moves* moves_;
    std::int64_t ended_;
};

}  // namespace sluice::parts
