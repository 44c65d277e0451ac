#include "apps/parts/git/git_repository.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <git2.h>
#include <mutex>
#include <utility>

#include "apps/parts/git/git_apply.hpp"
#include "apps/parts/git/git_blobs.hpp"
#include "apps/parts/git/git_handles.hpp"
#include "apps/parts/git/git_history.hpp"
#include "apps/parts/git/git_journal.hpp"
#include "apps/parts/git/git_lock.hpp"
#include "apps/parts/git/git_refs.hpp"
#include "apps/parts/git/git_tree_edit.hpp"
#include "base/os/durable.hpp"

namespace sluice::parts {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view branch_prefix = "refs/heads/";
constexpr std::string_view tag_prefix = "refs/tags/";
constexpr const char* main_branch = "refs/heads/main";

result<git_handle<::git_repository>> open_git(const fs::path& git_dir) {
    start_git();
    git_handle<::git_repository> repo;
    const int opened = git_repository_open_ext(out(repo), git_dir.c_str(),
                                               GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT, nullptr);
    if (opened == GIT_ENOTFOUND) {
        return fail(error_kind::not_found, fmt::format("{} is not a git repository", git_dir.string()));
    }
    TRY(check(opened, "open " + git_dir.string()));
    return repo;
}

result<git_handle<::git_repository>> init_git(const fs::path& git_dir) {
    start_git();
    git_repository_init_options options;
    TRY(check(git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION), "create a repository"));
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKDIR | GIT_REPOSITORY_INIT_MKPATH |
                    GIT_REPOSITORY_INIT_NO_DOTGIT_DIR;
    options.initial_head = "main";
    git_handle<::git_repository> repo;
    TRY(check(git_repository_init_ext(out(repo), git_dir.c_str(), &options), "create " + git_dir.string()));
    return repo;
}

result<std::vector<std::string>> ref_names(::git_repository& repo) {
    git_handle<::git_reference_iterator> each;
    TRY(check(git_reference_iterator_new(out(each), &repo), "list the refs"));
    std::vector<std::string> names;
    const char* name = nullptr;
    int next = 0;
    while ((next = git_reference_next_name(&name, each.get())) == 0) {
        names.emplace_back(name);
    }
    if (next != GIT_ITEROVER) {
        TRY(check(next, "list the refs"));
    }
    std::ranges::sort(names);
    return names;
}

// Packs loose refs into packed-refs, which is on disk before the loose ones go. libgit2 syncs only if a process-wide
// option is set, which a refs backend reads when it is opened.
result<> pack_refs(const fs::path& git_dir) {
    static std::mutex one_at_a_time;
    git_handle<::git_repository> repo;
    git_handle<::git_refdb> refs;
    {
        const std::scoped_lock lock(one_at_a_time);
        TRY_ASSIGN(repo, open_git(git_dir));
        git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
        const int opened = git_repository_refdb(out(refs), repo.get());
        git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0);
        TRY(check(opened, "open the refs"));
    }
    return check(git_refdb_compress(refs.get()), "pack the refs");
}

}  // namespace

class git_repository::impl {
  public:
    impl(fs::path git_dir, git_handle<::git_repository> repo, git_options options)
        : git_dir_(std::move(git_dir)), repo_(std::move(repo)), options_(options) {}

    [[nodiscard]] ::git_repository& repo() const { return *repo_; }

    result<> finish_creation();
    result<std::vector<std::string>> apply_batch(std::span<const git_change> changes, std::optional<error>& failure);
    result<> pack_after(std::size_t changes);
    result<> require_main();
    [[nodiscard]] std::size_t batch_max() const { return std::max<std::size_t>(options_.batch_changes_max, 1); }

  private:
    result<git_lock> lock(git_journal& journal);
    result<> settle(git_ref_moves& moves, git_journal& journal, bool must_sync);

    fs::path git_dir_;
    git_handle<::git_repository> repo_;
    git_options options_;
};

result<git_lock> git_repository::impl::lock(git_journal& journal) {
    TRY_ASSIGN(git_lock held, git_lock::take(git_dir_, options_.lock_wait));
    if (held.took_over()) {
        TRY(journal.restore());
    }
    return held;
}

result<> git_repository::impl::settle(git_ref_moves& moves, git_journal& journal, bool must_sync) {
    if (!moves.empty()) {
        TRY(journal.begin(moves.before()));
        TRY(base::sync_file_system(git_dir_));
        TRY(moves.flush(options_.lock_wait));
        must_sync = true;
    }
    return must_sync ? base::sync_file_system(git_dir_) : result<>{};
}

result<> git_repository::impl::require_main() {
    git_ref_moves refs(*repo_);
    TRY_ASSIGN(const auto main, refs.find(main_branch));
    if (!main) {
        return fail(error_kind::git, fmt::format("{} has no branch main", git_dir_.string()),
                    "its creation was cut off, or it is another program's repository");
    }
    return {};
}

result<> git_repository::impl::finish_creation() {
    git_journal journal(git_dir_);
    TRY_ASSIGN(const git_lock held, lock(journal));
    TRY_ASSIGN(const auto names, ref_names(*repo_));
    if (!names.empty()) {
        return fail(error_kind::exists, fmt::format("{} is a git repository with content already", git_dir_.string()));
    }
    git_ref_moves moves(*repo_);
    TRY_ASSIGN(const std::string commit, write_first_commit(*repo_));
    TRY(moves.set(main_branch, commit));
    TRY(settle(moves, journal, true));
    return journal.end(0);
}

// Returns the commits of the changes that are on disk; `failure` is that of the next change.
result<std::vector<std::string>> git_repository::impl::apply_batch(std::span<const git_change> changes,
                                                                   std::optional<error>& failure) {
    git_journal journal(git_dir_);
    TRY_ASSIGN(const git_lock held, lock(journal));
    git_ref_moves moves(*repo_);
    git_applier applier(*repo_, moves, journal.newest());
    std::vector<std::string> commits;
    for (const git_change& change : changes) {
        auto commit = applier.apply(change);
        if (!commit) {
            failure = std::move(commit).error();
            break;
        }
        commits.push_back(std::move(*commit));
    }
    if (commits.empty() && failure) {
        return commits;
    }
    // A process that ended well left no ref unsynced, but a dead one may have.
    TRY(settle(moves, journal, held.took_over()));
    TRY(journal.end(changes[commits.size() - 1].id));
    return commits;
}

result<> git_repository::impl::pack_after(std::size_t changes) {
    if (changes <= options_.pack_refs_above) {
        return {};
    }
    git_journal journal(git_dir_);
    TRY_ASSIGN(const git_lock held, lock(journal));
    return pack_refs(git_dir_);
}

git_repository::git_repository(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
git_repository::git_repository(git_repository&& other) noexcept = default;
git_repository& git_repository::operator=(git_repository&& other) noexcept = default;
git_repository::~git_repository() = default;

result<git_repository> git_repository::create(const fs::path& project_dir, git_options options) {
    const fs::path git_dir = project_dir / ".git";
    TRY_ASSIGN(auto repo, init_git(git_dir));
    auto made = std::make_unique<impl>(git_dir, std::move(repo), options);
    TRY(made->finish_creation());
    return git_repository(std::move(made));
}

result<git_repository> git_repository::open(const fs::path& project_dir, git_options options) {
    const fs::path git_dir = project_dir / ".git";
    TRY_ASSIGN(auto repo, open_git(git_dir));
    auto made = std::make_unique<impl>(git_dir, std::move(repo), options);
    TRY(made->require_main());
    return git_repository(std::move(made));
}

result<std::string> git_repository::write_blob(const fs::path& file, const byte_sink& seen) {
    return parts::write_blob(impl_->repo(), file, seen);
}

result<> git_repository::read_blob(const std::string& id, const byte_sink& sink) const {
    return parts::read_blob(impl_->repo(), id, sink);
}

result<> git_repository::verify_blob(const std::string& id) const {
    return parts::verify_blob(impl_->repo(), id);
}

result<std::string> git_repository::apply(const git_change& change) {
    std::string ended_in;
    TRY(apply_all(std::span(&change, 1), [&](const git_change&, const std::string& commit) { ended_in = commit; }));
    return ended_in;
}

result<> git_repository::apply_all(std::span<const git_change> changes, const git_applied& applied) {
    if (std::ranges::adjacent_find(changes, std::greater_equal{}, &git_change::id) != changes.end()) {
        return fail(error_kind::invalid, "changes must come in increasing id");
    }
    const std::size_t count = changes.size();
    while (!changes.empty()) {
        std::optional<error> failure;
        TRY_ASSIGN(const auto commits,
                   impl_->apply_batch(changes.first(std::min(changes.size(), impl_->batch_max())), failure));
        for (std::size_t i = 0; applied && i < commits.size(); ++i) {
            applied(changes[i], commits[i]);
        }
        if (failure) {
            return std::unexpected(std::move(*failure));
        }
        changes = changes.subspan(commits.size());
    }
    return impl_->pack_after(count);
}

result<std::vector<git_ref>> git_repository::refs() const {
    git_ref_moves on_disk(impl_->repo());
    TRY_ASSIGN(const auto names, ref_names(impl_->repo()));
    std::vector<git_ref> found;
    for (const std::string& name : names) {
        const bool is_tag = name.starts_with(tag_prefix);
        if (!is_tag && !name.starts_with(branch_prefix)) {
            continue;
        }
        TRY_ASSIGN(const auto id, on_disk.find(name));
        if (!id) {
            continue;  // the ref was removed meanwhile
        }
        TRY_ASSIGN(std::string commit, commit_behind(impl_->repo(), *id));
        TRY_ASSIGN(const std::int64_t change, newest_change(impl_->repo(), commit));
        found.push_back({.name = name.substr(is_tag ? tag_prefix.size() : branch_prefix.size()),
                         .is_tag = is_tag,
                         .commit = std::move(commit),
                         .change = change});
    }
    return found;
}

result<std::vector<git_part_file>> git_repository::list_part(const std::string& ref, const std::string& number) const {
    git_handle<::git_reference> found;
    const int looked = git_reference_dwim(out(found), &impl_->repo(), ref.c_str());
    if (looked == GIT_ENOTFOUND || looked == GIT_EINVALIDSPEC) {
        return fail(error_kind::not_found, fmt::format("there is no branch or tag {}", ref));
    }
    TRY(check(looked, "read " + ref));
    git_ref_moves on_disk(impl_->repo());
    TRY_ASSIGN(const auto id, on_disk.find(git_reference_name(found.get())));
    TRY_ASSIGN(const std::string commit, commit_behind(impl_->repo(), id.value_or("")));
    return files_of_part(impl_->repo(), commit, number);
}

}  // namespace sluice::parts
