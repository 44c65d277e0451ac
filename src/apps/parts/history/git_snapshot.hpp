// git_snapshot.hpp - what a repository holds of all parts at once, for comparing.
//
// Problem: asking for one part at a time reads the folder of its whole category again and again.
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

    // Branches and tags by their full name, "refs/tags/EL-RES-10000/v1", with the commit each leads to.
    result<std::map<std::string, std::string>> refs() const;
    // By number.
    result<std::map<std::string, part_content>> parts_at(const std::string& commit) const;
    // Empty when the commit has no such part.
    result<part_content> part_at(const std::string& commit, const std::string& number) const;
    [[nodiscard]] bool has_blob(const std::string& id) const;

  private:
    explicit git_snapshot(git_handle<::git_repository> opened) : repo_(std::move(opened)) {}

    git_handle<::git_repository> repo_;
};

// Of files as they would be written.
result<part_content> content_of(std::span<const git_file> files);

}  // namespace sluice::parts
