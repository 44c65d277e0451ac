// file_extract.hpp - an attached file's content out of git, checked against what was attached.
//
// Use:     TRY(extract_file(repository, wanted, "copy.pdf", false));
//          TRY(check_content(repository, wanted, {}));
// Errors:  exists, io, git; conflict: its size or SHA-256 is not what was attached.
// Threads: those of the repository.
#pragma once

#include <filesystem>

#include "apps/parts/git/git_repository.hpp"
#include "apps/parts/model/domain.hpp"

namespace sluice::parts {

// `also` gets every byte, before it is known whether they are right.
result<> check_content(const git_repository& repository, const attached_file& wanted, const byte_sink& also);
// Without `replaces` a target that exists is left as it is, even if it comes while this runs.
result<> extract_file(const git_repository& repository, const attached_file& wanted,
                      const std::filesystem::path& target, bool replaces);

}  // namespace sluice::parts
