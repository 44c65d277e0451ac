#include "apps/parts/git/git_history.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <git2.h>
#include <git2/sys/commit.h>

#include "base/text/ascii.hpp"

namespace sluice::parts {

namespace {

constexpr std::string_view trailer = "Sluice-Change: ";

std::string clean_name(std::string name, std::string_view otherwise) {
    std::ranges::replace_if(name, [](char c) { return base::is_control(c) || c == '<' || c == '>'; }, ' ');
    const auto first = name.find_first_not_of(" .,:;\"'\\");
    return first == std::string::npos ? std::string(otherwise) : name;
}

result<git_handle<::git_signature>> signature_of(const git_signature& author) {
    git_handle<::git_signature> made;
    const std::string name = clean_name(author.name, "unknown");
    const std::string email = clean_name(author.email, "unknown");
    TRY(check(
        git_signature_new(out(made), name.c_str(), email.c_str(), std::max<std::int64_t>(author.unix_seconds, 0), 0),
        "sign a commit"));
    return made;
}

std::string clean_message(std::string message) {
    std::erase(message, '\0');
    while (!message.empty() && (message.back() == '\n' || message.back() == ' ' || message.back() == '\r')) {
        message.pop_back();
    }
    return message.empty() ? "(no message)" : message;
}

// 0: not a commit of ours.
std::int64_t change_in(std::string_view message) {
    while (message.ends_with('\n')) {
        message.remove_suffix(1);
    }
    const auto last = message.rfind('\n');
    std::string_view line = last == std::string_view::npos ? message : message.substr(last + 1);
    if (!line.starts_with(trailer)) {
        return 0;
    }
    line.remove_prefix(trailer.size());
    std::int64_t id = 0;
    const auto read = std::from_chars(line.data(), line.data() + line.size(), id);
    return read.ec == std::errc() && read.ptr == line.data() + line.size() ? id : 0;
}

result<git_handle<::git_commit>> find_commit(::git_repository& repo, const std::string& hex) {
    ::git_oid id;
    TRY(parse_id(id, hex));
    git_handle<::git_commit> commit;
    TRY(check(git_commit_lookup(out(commit), &repo, &id), "read commit " + hex));
    return commit;
}

struct stamped {
    std::string commit;
    std::int64_t change = 0;
};

// The first commit from `tip` on with the id of a change of at most `change_max`.
result<stamped> first_stamped(::git_repository& repo, const std::string& tip, std::int64_t change_max) {
    TRY_ASSIGN(auto commit, find_commit(repo, tip));
    while (true) {
        const std::int64_t change = change_in(git_commit_message_raw(commit.get()));
        if (change > 0 && change <= change_max) {
            return stamped{to_hex(*git_commit_id(commit.get())), change};
        }
        if (git_commit_parentcount(commit.get()) == 0) {
            return stamped{};
        }
        git_handle<::git_commit> parent;
        TRY(check(git_commit_parent(out(parent), commit.get(), 0), "read a commit's parent"));
        commit = std::move(parent);
    }
}

}  // namespace

result<std::string> write_commit(::git_repository& repo, const commit_content& content) {
    TRY_ASSIGN(const auto author, signature_of(content.author));
    ::git_oid tree;
    TRY(parse_id(tree, content.tree));
    std::vector<::git_oid> parents(content.parents.size());
    std::vector<const ::git_oid*> parent_list;
    for (std::size_t i = 0; i < parents.size(); ++i) {
        TRY(parse_id(parents[i], content.parents[i]));
        parent_list.push_back(&parents[i]);
    }
    const std::string message = fmt::format("{}\n\n{}{}\n", clean_message(content.message), trailer, content.change);
    ::git_oid id;
    TRY(check(git_commit_create_from_ids(&id, &repo, nullptr, author.get(), author.get(), nullptr, message.c_str(),
                                         &tree, parent_list.size(), parent_list.data()),
              "store a commit"));
    return to_hex(id);
}

result<std::string> write_tag(::git_repository& repo, const std::string& name, const std::string& commit,
                              const git_signature& tagger, const std::string& message) {
    TRY_ASSIGN(const auto signature, signature_of(tagger));
    ::git_oid target;
    TRY(parse_id(target, commit));
    git_handle<::git_object> object;
    TRY(check(git_object_lookup(out(object), &repo, &target, GIT_OBJECT_COMMIT), "read commit " + commit));
    ::git_oid id;
    const std::string text = clean_message(message) + "\n";
    TRY(check(git_tag_annotation_create(&id, &repo, name.c_str(), object.get(), signature.get(), text.c_str()),
              "store tag " + name));
    return to_hex(id);
}

result<std::string> tree_of(::git_repository& repo, const std::string& commit) {
    TRY_ASSIGN(const auto found, find_commit(repo, commit));
    return to_hex(*git_commit_tree_id(found.get()));
}

result<std::string> commit_behind(::git_repository& repo, const std::string& hex) {
    ::git_oid id;
    TRY(parse_id(id, hex));
    git_handle<::git_object> object;
    TRY(check(git_object_lookup(out(object), &repo, &id, GIT_OBJECT_ANY), "read object " + hex));
    git_handle<::git_object> commit;
    TRY(check(git_object_peel(out(commit), object.get(), GIT_OBJECT_COMMIT), "find the commit of " + hex));
    return to_hex(*git_object_id(commit.get()));
}

result<std::int64_t> newest_change(::git_repository& repo, const std::string& tip) {
    TRY_ASSIGN(const stamped found, first_stamped(repo, tip, INT64_MAX));
    return found.change;
}

result<std::optional<std::string>> commit_of_change(::git_repository& repo, const std::string& tip,
                                                    std::int64_t change) {
    TRY_ASSIGN(const stamped found, first_stamped(repo, tip, change));
    return found.change == change ? std::optional(found.commit) : std::nullopt;
}

}  // namespace sluice::parts
