// git_tree_edit.hpp - replaces one part's folder in a tree; everything else keeps its ids.
//
// Use:     TRY_ASSIGN(const std::string tree, replace_part(*repo, base_tree, "EL-RES-10000", files));
// Cost:    one tree for each level above the part. Folders of a hundred numbers keep the trees small: with all parts of
//          a category in one folder, the cost of a commit grew with their number.
// Threads: the thread of the repository's handle.
// Errors:  invalid for a number or a path that git or a file system would refuse; git.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "apps/parts/git/git_handles.hpp"
#include "apps/parts/git/git_repository.hpp"

namespace sluice::parts {

// "parts", CC, SSS, the hundred, number: parts/EL/RES/100/EL-RES-10000.
result<std::vector<std::string>> part_folder(const std::string& number);
result<std::string> replace_part(::git_repository& repo, const std::string& base_tree, const std::string& number,
                                 std::span<const git_file> files);
result<std::vector<git_part_file>> files_of_part(::git_repository& repo, const std::string& commit,
                                                 const std::string& number);

// ---- reading, for these and for git_snapshot

result<git_handle<::git_tree>> root_of(::git_repository& repo, const std::string& commit);
result<git_handle<::git_tree>> find_tree(::git_repository& repo, const ::git_oid& id);
// Null: there is no such folder, or no tree.
result<git_handle<::git_tree>> find_below(::git_repository& repo, const ::git_tree* tree, const std::string& name);
// Lists all files below `tree`, at any depth; `prefix` goes before each path.
result<> list_files(::git_repository& repo, const ::git_tree& tree, const std::string& prefix,
                    std::vector<git_part_file>& files);

// A tree with one file, for the first commit.
result<std::string> single_file_tree(::git_repository& repo, const git_file& file);

}  // namespace sluice::parts
