// file_records.hpp - the files of a draft: their names and hashes in the database, their content in git.
//
// Use:     file_records files(database, repository);
//          TRY_ASSIGN(const auto stored, files.store("sheet.pdf", {}));      // no transaction: this may take long
//          TRY(files.attach(draft, stored));                                 // the row in the database
//          TRY(files.extract(draft, "sheet.pdf", "copy.pdf"));
// Rule:    the content is on disk before a row names it. A file is read once: git and SHA-256 see the same bytes.
// Extract: writes beside the target, compares the SHA-256, and only then takes the target's name: other programs see
//          the whole file or none.
// Bounds:  size_bytes_max a file; 200 bytes a name, which must not lead out of a folder and must be allowed in git.
// Errors:  invalid (name, size), not_found, exists, wrong_state, io, git; conflict: the content has another hash.
// Threads: one at a time, like the repository.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apps/parts/git/git_repository.hpp"
#include "apps/parts/model/domain.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

struct store_file_options {
    std::string name;  // empty: the last part of the path
    std::int64_t size_bytes_max = std::int64_t{1024} * 1024 * 1024;
};

struct damaged_file {
    std::string name;
    error cause;
};

result<> check_file_name(std::string_view name);

// Sorted by name; empty for a revision that does not exist.
result<std::vector<attached_file>> list_files(sqlite::database& database, std::int64_t revision_id);

class file_records {
  public:
    file_records(sqlite::database& database, git_repository& repository)
        : database_(database), repository_(repository) {}

    // Stores it in git, without a revision. If no revision ever gets it, it is garbage for git.
    result<attached_file> store(const std::filesystem::path& path, const store_file_options& options = {});
    enum class when_present : std::uint8_t { refuse, replace };
    result<> attach(std::int64_t revision_id, const attached_file& stored, when_present present = when_present::refuse);
    result<> detach(std::int64_t revision_id, std::string_view name);
    // Sorted by name.
    result<std::vector<attached_file>> list(std::int64_t revision_id);
    result<attached_file> get(std::int64_t revision_id, std::string_view name);

    result<> extract(std::int64_t revision_id, std::string_view name, const std::filesystem::path& target,
                     when_present present = when_present::refuse);
    // Reads all files; returns those whose content does not match.
    result<std::vector<damaged_file>> verify(std::int64_t revision_id);

  private:
    sqlite::database& database_;
    git_repository& repository_;
};

}  // namespace sluice::parts
