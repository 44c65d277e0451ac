// git_blobs.hpp - files of any size as git's blobs, in flat memory.
//
// Use:     TRY_ASSIGN(const std::string id, write_blob(*repo, "sheet.pdf", {}));
// Bounds:  one buffer; but a packed blob is read as a whole (libgit2 streams loose objects only).
// Threads: those of the repository's handle.
// Errors:  io for the file, not_found for an unknown id, git for the rest.
#pragma once

#include <filesystem>
#include <string>

#include "apps/parts/git/git_handles.hpp"
#include "apps/parts/git/git_repository.hpp"

namespace sluice::parts {

// On disk when it returns: the change that names the blob is recorded next.
result<std::string> write_blob(::git_repository& repo, const std::filesystem::path& file, const byte_sink& seen);
result<> read_blob(::git_repository& repo, const std::string& id, const byte_sink& sink);
result<> verify_blob(::git_repository& repo, const std::string& id);

}  // namespace sluice::parts
