// git_blobs.hpp - stores files of any size as git blobs, in constant memory.
//
// Use:     TRY_ASSIGN(const std::string id, write_blob(*repo, "sheet.pdf", {}));
// Bounds:  one buffer; but a packed blob is read as a whole (libgit2 streams loose objects only).
// Threads: the thread of the repository's handle.
// Errors:  io for the file, not_found for an unknown id, git for the rest.
#pragma once

#include <filesystem>
#include <string>

#include "apps/parts/git/git_handles.hpp"
#include "apps/parts/git/git_repository.hpp"

namespace sluice::parts {

// The blob is on disk when it returns, because the change that names it is recorded next.
result<std::string> write_blob(::git_repository& repo, const std::filesystem::path& file, const byte_sink& seen);
result<> read_blob(::git_repository& repo, const std::string& id, const byte_sink& sink);
result<> verify_blob(::git_repository& repo, const std::string& id);

}  // namespace sluice::parts
