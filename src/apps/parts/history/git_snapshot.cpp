#include "apps/parts/history/git_snapshot.hpp"

#include <fmt/format.h>
#include <git2.h>
#include <string_view>
#include <utility>

#include "apps/parts/git/git_history.hpp"
#include "apps/parts/git/git_tree_edit.hpp"

namespace sluice::parts {

namespace {

// parts/<CC>/<SSS>/<hundred>/<number>
constexpr int depth_of_part = 4;

part_content by_path(std::vector<git_part_file> files) {
    part_content content;
    for (git_part_file& each : files) {
        content.emplace(std::move(each.path), std::move(each.blob));
    }
    return content;
}

result<> read_parts(::git_repository& repo, const ::git_tree& tree, int depth,
                    std::map<std::string, part_content>& parts) {
    for (std::size_t i = 0; i < git_tree_entrycount(&tree); ++i) {
        const ::git_tree_entry* entry = git_tree_entry_byindex(&tree, i);
        if (git_tree_entry_type(entry) != GIT_OBJECT_TREE) {
            continue;
        }
        TRY_ASSIGN(const auto inner, find_tree(repo, *git_tree_entry_id(entry)));
        if (depth == depth_of_part) {
            std::vector<git_part_file> files;
            TRY(list_files(repo, *inner, "", files));
            parts[git_tree_entry_name(entry)] = by_path(std::move(files));
        } else {
            TRY(read_parts(repo, *inner, depth + 1, parts));
        }
    }
    return {};
}

}  // namespace

result<git_snapshot> git_snapshot::open(const std::filesystem::path& project_dir) {
    start_git();
    git_handle<::git_repository> repo;
    const std::string git_dir = (project_dir / ".git").string();
    TRY(check(git_repository_open_ext(out(repo), git_dir.c_str(),
                                      GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT, nullptr),
              "open " + git_dir));
    return git_snapshot(std::move(repo));
}

result<std::map<std::string, std::string>> git_snapshot::refs() const {
    git_handle<::git_reference_iterator> each;
    TRY(check(git_reference_iterator_new(out(each), repo_.get()), "list the refs"));
    std::map<std::string, std::string> found;
    for (;;) {
        git_handle<::git_reference> ref;
        const int next = git_reference_next(out(ref), each.get());
        if (next == GIT_ITEROVER) {
            return found;
        }
        TRY(check(next, "list the refs"));
        const std::string name = git_reference_name(ref.get());
        if (!name.starts_with("refs/heads/") && !name.starts_with("refs/tags/")) {
            continue;
        }
        git_handle<::git_object> commit;
        TRY(check(git_reference_peel(out(commit), ref.get(), GIT_OBJECT_COMMIT), "read " + name));
        found.emplace(name, to_hex(*git_object_id(commit.get())));
    }
}

result<std::map<std::string, part_content>> git_snapshot::parts_at(const std::string& commit) const {
    TRY_ASSIGN(const auto root, root_of(*repo_, commit));
    TRY_ASSIGN(const auto top, find_below(*repo_, root.get(), "parts"));
    std::map<std::string, part_content> parts;
    if (top) {
        TRY(read_parts(*repo_, *top, 1, parts));
    }
    return parts;
}

result<part_content> git_snapshot::part_at(const std::string& commit, const std::string& number) const {
    TRY_ASSIGN(auto files, files_of_part(*repo_, commit, number));
    return by_path(std::move(files));
}

bool git_snapshot::has_blob(const std::string& id) const {
    ::git_oid parsed;
    git_handle<::git_odb> objects;
    const auto opened = check(git_repository_odb(out(objects), repo_.get()), "open the objects");
    return opened && parse_id(parsed, id) && git_odb_exists(objects.get(), &parsed) == 1;
}

result<part_content> content_of(std::span<const git_file> files) {
    part_content content;
    for (const git_file& each : files) {
        if (!each.blob.empty()) {
            content.emplace(each.path, each.blob);
            continue;
        }
        ::git_oid id;
        TRY(check(git_odb_hash(&id, each.content.data(), each.content.size(), GIT_OBJECT_BLOB), "hash " + each.path));
        content.emplace(each.path, to_hex(id));
    }
    return content;
}

}  // namespace sluice::parts
