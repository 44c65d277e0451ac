// git_snapshot.hpp - reads the content of all parts from a repository at once, for comparing.
//
// Problem: reading one part at a time reads the folder of its whole category again and again.
// Use:     TRY_ASSIGN(auto git, git_snapshot::open(folder));  TRY_ASSIGN(const auto refs, git.refs());
//          TRY_ASSIGN(const auto parts, git.parts_at(main));   parts.at("EL-RES-10000") == content_of(payload)
// Shapes:  a part's content is a map from path to blob id.
// Threads: one at a time.
// Errors:  git.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "apps/parts/git/git_handles.hpp"
#include "apps/parts/git/git_repository.hpp"

namespace sluice::parts {

using part_content = std::map<std::string, std::string>;

class git_snapshot {
  public:
    static result<git_snapshot> open(const std::filesystem::path& project_dir);

    // Branches and tags by full name, "refs/tags/EL-RES-10000/v1", with the commit of each.
    result<std::map<std::string, std::string>> refs() const;
    // The parts by number.
    result<std::map<std::string, part_content>> parts_at(const std::string& commit) const;
    // Empty: the commit has no such part.
    result<part_content> part_at(const std::string& commit, const std::string& number) const;
    [[nodiscard]] bool has_blob(const std::string& id) const;

  private:
    explicit git_snapshot(git_handle<::git_repository> opened) : repo_(std::move(opened)) {}

    git_handle<::git_repository> repo_;
};

// The content of files before they are written.
result<part_content> content_of(std::span<const git_file> files);

}  // namespace sluice::parts
