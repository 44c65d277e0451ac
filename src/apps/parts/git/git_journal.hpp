// git_journal.hpp - two small files beside the refs: the refs before a batch, and the newest applied change.
//
// Problem: refs move without a sync of their own, so a power loss may leave an empty file for a ref;
//          and a change that makes no commit leaves no trace that it was applied.
// Use:     TRY(journal.begin(refs before the batch));  sync, move refs, sync;  TRY(journal.end(newest change));
//          TRY(journal.restore());     // after the previous holder of the lock died
// Layout:  .git/sluice.moves has a line "<ref> <id or ->" for each ref of the batch under way, .git/sluice.applied the
//          newest change whose batch ended.
// Threads: any, under the git_lock.
// Errors:  io.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "apps/errors/error.hpp"

namespace sluice::parts {

class git_journal {
  public:
    explicit git_journal(std::filesystem::path git_dir) : git_dir_(std::move(git_dir)) {}

    result<> begin(const std::map<std::string, std::optional<std::string>>& before);
    result<> end(std::int64_t newest);
    // Sets a ref with an empty file back to its old id; a ref that moved stays.
    result<> restore();
    // 0: none.
    [[nodiscard]] std::int64_t newest() const;

  private:
    std::filesystem::path git_dir_;
};

}  // namespace sluice::parts
