// git_refs.hpp - the refs of a batch of changes, before any of them moves on disk.
//
// Problem: objects must be on disk before a ref names them. A sync for each change would cost milliseconds; a batch
//          computes all its objects first, and sees its own refs meanwhile.
// Use:     git_ref_moves moves(*repo);  moves.set("refs/heads/main", commit);  moves.find("refs/heads/main");
//          sync;  TRY(moves.flush(wait));  sync
// Order:   flush() moves refs one by one in the order of set() and remove(): after a kill the refs are those of some
//          prefix of the changes.
// Threads: the thread of the repository's handle, under the git_lock.
// Errors:  conflict: another program moved a ref meanwhile, or locked it for the whole wait; git.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/parts/git/git_handles.hpp"

namespace sluice::parts {

class git_ref_moves {
  public:
    explicit git_ref_moves(::git_repository& repo) : repo_(&repo) {}

    // The id that the ref names.
    result<std::optional<std::string>> find(const std::string& name);
    result<> set(const std::string& name, const std::string& id);
    result<> remove(const std::string& name);
    [[nodiscard]] bool empty() const { return moves_.empty(); }
    // The refs that flush() will move, and their ids before it.
    [[nodiscard]] std::map<std::string, std::optional<std::string>> before() const;
    result<> flush(std::chrono::milliseconds wait);

  private:
    struct move {
        std::string name;
        std::optional<std::string> from;
        std::optional<std::string> to;
    };

    result<> change(const std::string& name, std::optional<std::string> to);
    [[nodiscard]] int move_once(const move& each) const;

    ::git_repository* repo_;
    std::map<std::string, std::optional<std::string>> known_;
    std::vector<move> moves_;
};

}  // namespace sluice::parts
