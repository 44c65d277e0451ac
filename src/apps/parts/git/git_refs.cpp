#include "apps/parts/git/git_refs.hpp"

#include <fmt/format.h>
#include <git2.h>

#include "apps/parts/git/git_lock.hpp"

namespace sluice::parts {

namespace {

int remove_once(::git_repository* repo, const std::string& name, const ::git_oid& from) {
    git_handle<::git_reference> ref;
    const int found = git_reference_lookup(out(ref), repo, name.c_str());
    if (found == GIT_ENOTFOUND) {
        return 0;
    }
    if (found < 0) {
        return found;
    }
    const ::git_oid* target = git_reference_target(ref.get());
    if (target == nullptr || !git_oid_equal(target, &from)) {
        return GIT_EMODIFIED;
    }
    return git_reference_delete(ref.get());
}

}  // namespace

result<std::optional<std::string>> git_ref_moves::find(const std::string& name) {
    if (const auto at = known_.find(name); at != known_.end()) {
        return at->second;
    }
    ::git_oid id;
    const int found = git_reference_name_to_id(&id, repo_, name.c_str());
    std::optional<std::string> target;
    if (found != GIT_ENOTFOUND) {
        TRY(check(found, "read " + name));
        target = to_hex(id);
    }
    known_.emplace(name, target);
    return target;
}

result<> git_ref_moves::set(const std::string& name, const std::string& id) {
    return change(name, id);
}

result<> git_ref_moves::remove(const std::string& name) {
    return change(name, std::nullopt);
}

result<> git_ref_moves::change(const std::string& name, std::optional<std::string> to) {
    TRY_ASSIGN(auto from, find(name));
    if (from != to) {
        known_[name] = to;
        moves_.push_back({name, std::move(from), std::move(to)});
    }
    return {};
}

std::map<std::string, std::optional<std::string>> git_ref_moves::before() const {
    std::map<std::string, std::optional<std::string>> first;
    for (const move& each : moves_) {
        first.emplace(each.name, each.from);
    }
    return first;
}

int git_ref_moves::move_once(const move& each) const {
    ::git_oid from{};
    if (each.from) {
        git_oid_fromstr(&from, each.from->c_str());
    }
    if (!each.to) {
        return remove_once(repo_, each.name, from);
    }
    ::git_oid to{};
    git_oid_fromstr(&to, each.to->c_str());
    git_handle<::git_reference> made;
    // An expected id of zeros means that the ref must not exist.
    return git_reference_create_matching(out(made), repo_, each.name.c_str(), &to, 1, &from, nullptr);
}

result<> git_ref_moves::flush(std::chrono::milliseconds wait) {
    for (const move& each : moves_) {
        int done = 0;
        const bool ended = poll_until(wait, [&] {
            done = move_once(each);
            return done != GIT_ELOCKED;
        });
        if (!ended) {
            return fail(
                error_kind::conflict,
                fmt::format("another program has kept {} locked for {} ms", each.name, wait.count()),
                "when no git is at work on the project, remove the .lock file of that ref (or packed-refs.lock) "
                "in its .git folder");
        }
        if (done == GIT_EMODIFIED) {
            return fail(error_kind::conflict, fmt::format("another program moved {} meanwhile", each.name),
                        "try again");
        }
        TRY(check(done, "move " + each.name));
    }
    moves_.clear();
    return {};
}

}  // namespace sluice::parts
