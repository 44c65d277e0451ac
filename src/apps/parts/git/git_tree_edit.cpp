#include "apps/parts/git/git_tree_edit.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <git2.h>
#include <map>
#include <ranges>

#include "base/text/ascii.hpp"

namespace sluice::parts {

namespace {

// The files of a folder and of its subfolders.
struct folder {
    std::map<std::string, const git_file*> files;
    std::map<std::string, folder> folders;
};

bool is_safe_name(std::string_view name) {
    const std::string small = base::lower_case(name);
    return !name.empty() && name != "." && name != ".." && !small.starts_with(".git") && !small.starts_with("git~") &&
           !name.contains('\\') && std::ranges::none_of(name, base::is_control);
}

result<folder> arrange(std::span<const git_file> files) {
    folder top;
    for (const git_file& file : files) {
        folder* at = &top;
        std::string_view rest = file.path;
        for (auto slash = rest.find('/'); slash != std::string_view::npos; slash = rest.find('/')) {
            const std::string name(rest.substr(0, slash));
            if (!is_safe_name(name) || at->files.contains(name)) {
                return fail(error_kind::invalid, fmt::format("'{}' is no path for a part's file", file.path));
            }
            at = &at->folders[name];
            rest.remove_prefix(slash + 1);
        }
        if (!is_safe_name(rest) || at->folders.contains(std::string(rest)) ||
            !at->files.emplace(std::string(rest), &file).second) {
            return fail(error_kind::invalid, fmt::format("'{}' is no path for a part's file", file.path));
        }
    }
    return top;
}

result<::git_oid> store_file(::git_repository& repo, const git_file& file) {
    ::git_oid id;
    if (!file.blob.empty()) {
        TRY(parse_id(id, file.blob));
        return id;
    }
    TRY(check(git_blob_create_from_buffer(&id, &repo, file.content.data(), file.content.size()), "store " + file.path));
    return id;
}

result<git_handle<::git_treebuilder>> build_on(::git_repository& repo, const ::git_tree* base) {
    git_handle<::git_treebuilder> builder;
    TRY(check(git_treebuilder_new(out(builder), &repo, base), "build a tree"));
    return builder;
}

result<> insert(::git_treebuilder& builder, const std::string& name, const ::git_oid& id, git_filemode_t mode) {
    return check(git_treebuilder_insert(nullptr, &builder, name.c_str(), &id, mode), "add " + name);
}

result<::git_oid> write(::git_treebuilder& builder) {
    ::git_oid id;
    TRY(check(git_treebuilder_write(&id, &builder), "store a tree"));
    return id;
}

result<::git_oid> store_folder(::git_repository& repo, const folder& top) {
    TRY_ASSIGN(const auto builder, build_on(repo, nullptr));
    for (const auto& [name, file] : top.files) {
        TRY_ASSIGN(const ::git_oid id, store_file(repo, *file));
        TRY(insert(*builder, name, id, GIT_FILEMODE_BLOB));
    }
    for (const auto& [name, below] : top.folders) {
        TRY_ASSIGN(const ::git_oid id, store_folder(repo, below));
        TRY(insert(*builder, name, id, GIT_FILEMODE_TREE));
    }
    return write(*builder);
}

// A copy of `base` with the entry at `path` replaced by `below`.
result<::git_oid> graft(::git_repository& repo, const ::git_tree* base, std::span<const std::string> path,
                        const ::git_oid& below) {
    TRY_ASSIGN(const auto builder, build_on(repo, base));
    if (path.size() == 1) {
        TRY(insert(*builder, path.front(), below, GIT_FILEMODE_TREE));
        return write(*builder);
    }
    TRY_ASSIGN(const auto next, find_below(repo, base, path.front()));
    TRY_ASSIGN(const ::git_oid grown, graft(repo, next.get(), path.subspan(1), below));
    TRY(insert(*builder, path.front(), grown, GIT_FILEMODE_TREE));
    return write(*builder);
}

}  // namespace

result<git_handle<::git_tree>> find_tree(::git_repository& repo, const ::git_oid& id) {
    git_handle<::git_tree> tree;
    TRY(check(git_tree_lookup(out(tree), &repo, &id), "read tree " + to_hex(id)));
    return tree;
}

result<git_handle<::git_tree>> find_below(::git_repository& repo, const ::git_tree* tree, const std::string& name) {
    const ::git_tree_entry* entry = tree == nullptr ? nullptr : git_tree_entry_byname(tree, name.c_str());
    if (entry == nullptr || git_tree_entry_type(entry) != GIT_OBJECT_TREE) {
        return git_handle<::git_tree>{};
    }
    return find_tree(repo, *git_tree_entry_id(entry));
}

result<> list_files(::git_repository& repo, const ::git_tree& tree, const std::string& prefix,
                    std::vector<git_part_file>& files) {
    for (std::size_t i = 0; i < git_tree_entrycount(&tree); ++i) {
        const ::git_tree_entry* entry = git_tree_entry_byindex(&tree, i);
        const std::string path = prefix + git_tree_entry_name(entry);
        if (git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
            TRY_ASSIGN(const auto below, find_tree(repo, *git_tree_entry_id(entry)));
            TRY(list_files(repo, *below, path + "/", files));
        } else {
            files.push_back({path, to_hex(*git_tree_entry_id(entry))});
        }
    }
    return {};
}

result<git_handle<::git_tree>> root_of(::git_repository& repo, const std::string& commit) {
    ::git_oid id;
    TRY(parse_id(id, commit));
    git_handle<::git_commit> read;
    TRY(check(git_commit_lookup(out(read), &repo, &id), "read commit " + commit));
    git_handle<::git_tree> root;
    TRY(check(git_commit_tree(out(root), read.get()), "read the tree of " + commit));
    return root;
}

result<std::vector<std::string>> part_folder(const std::string& number) {
    std::vector<std::string> path{"parts"};
    for (const auto word : std::views::split(number, '-')) {
        path.emplace_back(word.begin(), word.end());
    }
    const auto is_code = [](char c) { return base::is_upper(c) || base::is_digit(c); };
    const auto is_word = [&](const std::string& word) { return !word.empty() && std::ranges::all_of(word, is_code); };
    constexpr std::size_t digits_apart = 2;
    if (path.size() != 4 || path.back().size() <= digits_apart ||
        !std::ranges::all_of(path | std::views::drop(1), is_word)) {
        return fail(error_kind::invalid, fmt::format("'{}' is no part's number", number), "for example EL-RES-10000");
    }
    path.back().resize(path.back().size() - digits_apart);
    path.push_back(number);
    return path;
}

result<std::string> replace_part(::git_repository& repo, const std::string& base_tree, const std::string& number,
                                 std::span<const git_file> files) {
    TRY_ASSIGN(const auto path, part_folder(number));
    if (files.empty()) {
        return fail(error_kind::invalid, fmt::format("part {} has no files", number));
    }
    ::git_oid base_id;
    TRY(parse_id(base_id, base_tree));
    TRY_ASSIGN(const auto base, find_tree(repo, base_id));
    TRY_ASSIGN(const folder top, arrange(files));
    TRY_ASSIGN(const ::git_oid below, store_folder(repo, top));
    TRY_ASSIGN(const ::git_oid grown, graft(repo, base.get(), path, below));
    return to_hex(grown);
}

result<std::vector<git_part_file>> files_of_part(::git_repository& repo, const std::string& commit,
                                                 const std::string& number) {
    TRY_ASSIGN(const auto path, part_folder(number));
    TRY_ASSIGN(auto tree, root_of(repo, commit));
    for (const std::string& name : path) {
        TRY_ASSIGN(tree, find_below(repo, tree.get(), name));
    }
    std::vector<git_part_file> files;
    if (tree) {
        TRY(list_files(repo, *tree, "", files));
    }
    std::ranges::sort(files, {}, &git_part_file::path);
    return files;
}

result<std::string> single_file_tree(::git_repository& repo, const git_file& file) {
    TRY_ASSIGN(const folder top, arrange(std::span(&file, 1)));
    TRY_ASSIGN(const ::git_oid id, store_folder(repo, top));
    return to_hex(id);
}

}  // namespace sluice::parts
