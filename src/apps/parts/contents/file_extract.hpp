// file_extract.hpp - reads an attached file's content out of git, and checks it.
//
// Use:     TRY(extract_file(repository, wanted, "copy.pdf", false));
//          TRY(check_content(repository, wanted, {}));
// Errors:  exists, io, git; conflict: its size or SHA-256 differs from the recorded one.
// Threads: the thread of the repository.
#pragma once

#include <filesystem>

#include "apps/parts/git/git_repository.hpp"
#include "apps/parts/model/domain.hpp"

namespace sluice::parts {

// `also` gets every byte before the hash is checked.
result<> check_content(const git_repository& repository, const attached_file& wanted, const byte_sink& also);
// Without `replaces` an existing target is kept, even if it appears while this runs.
result<> extract_file(const git_repository& repository, const attached_file& wanted,
                      const std::filesystem::path& target, bool replaces);

}  // namespace sluice::parts
