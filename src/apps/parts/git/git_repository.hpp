// git_repository.hpp - the git side of a project: applies the changes of an outbox to DIR/.git, repeatably.
//
// Problem: the database's changes have to reach git although the process may be killed at any moment, and several
//          processes may replay the same changes.
// Use:     auto repository = git_repository::create(project_dir);  // or open()
//          auto sheet = repository->write_blob("sheet.pdf");       // before the change that names it is recorded
//          repository->apply_all(changes, [](const git_change& done, const std::string& commit) { ... });
// Layout:  DIR/.git is bare (core.bare=true). Folder parts/<CC>/<SSS>/<nnn>/<number> (nnn: its hundred), branches main,
//          part/<number>/v<n>/draft and .../review, annotated tags <number>/v<n>.
// Again:   Every change may be applied again, at any time, as long as changes come in increasing id (the outbox's order).
//          A commit ends with the line "Sluice-Change: <id>"; since ids only increase, a branch whose newest id is not
//          below a change's has seen that change:
//          - save_draft: done when the draft's newest id says so, or the version's tag exists (the draft ended there).
//          - release, obsolete: done when main's newest id says so. Missing parts of a release (its tag, the two
//            deletions, in this order) are added. The tag is there before a branch goes, so a missing draft without a
//            tag was never saved.
//          - open_review, reject_review make no commit: done when the tag exists, when the draft has a newer id, or when
//            .git/sluice.applied (the newest id whose batch ended) says so. The latter keeps a late process with
//            an old list from undoing the work of others. After a crash in between, they are simply made again.
//          Names and times come from the change, never from a clock: the same changes give the same ids of commits.
// Bounds:  lock_wait for the lock, and for a ref that another program has locked. A batch is batch_changes_max changes.
// Order:   objects are on disk before the first ref moves, and the refs before a change is reported as done (two
//          syncfs() for each batch). Refs move one by one, in the order of the changes.
// Threads: one thread at a time for each object; any number of objects and processes may share a folder.
// Errors:  git (libgit2's message, one line), conflict (lock, or a ref that another program moved), invalid, not_found,
//          exists, wrong_state, io.
// Limits:  a blob that `git gc` has packed is read as a whole: libgit2 streams loose objects only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "apps/errors/error.hpp"

namespace sluice::parts {

// Has either `content`, or a non-empty `blob`.
struct git_file {
    std::string path;  // inside the part's folder: "part.json", "files/sheet.pdf"
    std::string content;
    std::string blob;  // id returned by write_blob()
};

struct git_signature {
    std::string name;
    std::string email;
    std::int64_t unix_seconds = 0;
};

enum class git_action : std::uint8_t { save_draft, open_review, reject_review, release, obsolete };

struct git_change {
    std::int64_t id = 0;  // from 1
    git_action action = git_action::save_draft;
    std::string number;           // CC-SSS-nnnnn
    int version = 0;              // from 1
    std::vector<git_file> files;  // all files of the part's folder; for save_draft, release and obsolete
    std::string message;
    git_signature author;
};

struct git_ref {
    std::string name;  // "main", "part/EL-RES-10000/v1/draft", "EL-RES-10000/v1"
    bool is_tag = false;
    std::string commit;
    std::int64_t change = 0;  // newest change id on it
};

struct git_part_file {
    std::string path;
    std::string blob;
};

struct git_options {
    std::chrono::milliseconds lock_wait{10'000};
    std::size_t batch_changes_max = 1'000;
    std::size_t pack_refs_above = 1'000;  // apply_all() of more changes rewrites packed-refs
};

using byte_sink = std::function<result<>(std::span<const std::byte>)>;
// Called without the lock, after the change is on disk.
using git_applied = std::function<void(const git_change&, const std::string& commit)>;

class git_repository {
  public:
    // The folder may exist; fails with `exists` if it holds a project's repository. Finishes an interrupted creation.
    static result<git_repository> create(const std::filesystem::path& project_dir, git_options options = {});
    static result<git_repository> open(const std::filesystem::path& project_dir, git_options options = {});
    git_repository(git_repository&& other) noexcept;
    git_repository& operator=(git_repository&& other) noexcept;
    git_repository(const git_repository&) = delete;
    git_repository& operator=(const git_repository&) = delete;
    ~git_repository();

    // Returns the blob's id, once it is on disk. Streams; `seen` gets every byte once, to hash or to count.
    result<std::string> write_blob(const std::filesystem::path& file, const byte_sink& seen = {});
    result<> read_blob(const std::string& id, const byte_sink& sink) const;
    // not_found, or git if the content does not match the id.
    result<> verify_blob(const std::string& id) const;

    // Returns the commit of the change.
    result<std::string> apply(const git_change& change);
    // Stops at the first change that fails; the earlier ones are applied and reported.
    result<> apply_all(std::span<const git_change> changes, const git_applied& applied = {});

    // All branches and tags, by name.
    result<std::vector<git_ref>> refs() const;
    // Files of the part's folder at `ref` (a full name, or one of git_ref), sorted by path.
    result<std::vector<git_part_file>> list_part(const std::string& ref, const std::string& number) const;

  private:
    class impl;
    explicit git_repository(std::unique_ptr<impl> made);
    std::unique_ptr<impl> impl_;
};

}  // namespace sluice::parts
