#include "apps/parts/git/git_handles.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <git2.h>

namespace sluice::parts {

void git_closer::operator()(::git_repository* held) const {
    git_repository_free(held);
}
void git_closer::operator()(::git_odb* held) const {
    git_odb_free(held);
}
void git_closer::operator()(::git_odb_object* held) const {
    git_odb_object_free(held);
}
void git_closer::operator()(::git_odb_stream* held) const {
    git_odb_stream_free(held);
}
void git_closer::operator()(::git_tree* held) const {
    git_tree_free(held);
}
void git_closer::operator()(::git_treebuilder* held) const {
    git_treebuilder_free(held);
}
void git_closer::operator()(::git_commit* held) const {
    git_commit_free(held);
}
void git_closer::operator()(::git_reference* held) const {
    git_reference_free(held);
}
void git_closer::operator()(::git_reference_iterator* held) const {
    git_reference_iterator_free(held);
}
void git_closer::operator()(::git_refdb* held) const {
    git_refdb_free(held);
}
void git_closer::operator()(::git_object* held) const {
    git_object_free(held);
}
void git_closer::operator()(::git_signature* held) const {
    git_signature_free(held);
}

void start_git() {
    [[maybe_unused]] static const int started = [] {
        const int count = git_libgit2_init();
        // A user's configuration (folder of hooks, logs of refs, signing) applies to the user's own git only.
        for (const int level : {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
            git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
        }
        // The check guards against programs that a foreign repository's configuration names; libgit2 starts none. A
        // mounted folder often belongs to another user.
        git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
        return count;
    }();
}

error to_error(int code, std::string_view doing) {
    const ::git_error* last = git_error_last();
    std::string cause = last != nullptr && last->message != nullptr ? last->message : fmt::format("code {}", code);
    std::ranges::replace(cause, '\n', ' ');
    std::string hint;
    if (cause.contains("No space left") || cause.contains("quota exceeded")) {
        hint = "make room on the disk of the project's folder and try again; nothing is lost";
    } else if (cause.contains("Permission denied") || cause.contains("Read-only file system")) {
        hint = "the project's .git folder must be writable";
    } else if (last != nullptr &&
               (last->klass == GIT_ERROR_ZLIB || last->klass == GIT_ERROR_OBJECT || last->klass == GIT_ERROR_ODB)) {
        hint = "`git fsck` in the project's folder tells whether the repository is damaged";
    }
    return {error_kind::git, fmt::format("cannot {}: {}", doing, cause), std::move(hint)};
}

result<> check(int code, std::string_view doing) {
    if (code < 0) {
        return std::unexpected(to_error(code, doing));
    }
    return {};
}

result<> parse_id(::git_oid& id, const std::string& hex) {
    if (hex.size() != GIT_OID_HEXSZ || git_oid_fromstr(&id, hex.c_str()) < 0) {
        return fail(error_kind::invalid, fmt::format("'{}' is no object id", hex));
    }
    return {};
}

std::string to_hex(const ::git_oid& id) {
    std::string hex(GIT_OID_HEXSZ, '0');
    git_oid_fmt(hex.data(), &id);
    return hex;
}

}  // namespace sluice::parts
