// git_handles.hpp - libgit2's objects as owned values, its ids as text, its errors as ours.
//
// Use:     git_handle<::git_tree> tree;
//          TRY(check(git_tree_lookup(out(tree), repo, &id), "read a tree"));
// Threads: a handle belongs to one thread; start_git() may be called from any.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "apps/errors/error.hpp"

// libgit2's own declarations, so that its headers stay in .cpp files.
extern "C" {
struct git_repository;
struct git_odb;
struct git_odb_object;
struct git_odb_stream;
struct git_tree;
struct git_treebuilder;
struct git_commit;
struct git_reference;
struct git_reference_iterator;
struct git_refdb;
struct git_object;
struct git_signature;
struct git_oid;
}

namespace sluice::parts {

struct git_closer {
    void operator()(::git_repository* held) const;
    void operator()(::git_odb* held) const;
    void operator()(::git_odb_object* held) const;
    void operator()(::git_odb_stream* held) const;
    void operator()(::git_tree* held) const;
    void operator()(::git_treebuilder* held) const;
    void operator()(::git_commit* held) const;
    void operator()(::git_reference* held) const;
    void operator()(::git_reference_iterator* held) const;
    void operator()(::git_refdb* held) const;
    void operator()(::git_object* held) const;
    void operator()(::git_signature* held) const;
};

template <typename T>
using git_handle = std::unique_ptr<T, git_closer>;

// Output argument of a libgit2 call; the handle gets the object at the end of the full expression.
template <typename T>
class handle_out {
  public:
    explicit handle_out(git_handle<T>& handle) : handle_(handle) {}
    handle_out(const handle_out&) = delete;
    handle_out& operator=(const handle_out&) = delete;
    ~handle_out() {
        if (made_ != nullptr) {
            handle_.reset(made_);
        }
    }
    // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): what the C interface takes
    operator T**() { return &made_; }

  private:
    git_handle<T>& handle_;
    T* made_ = nullptr;
};

template <typename T>
[[nodiscard]] handle_out<T> out(git_handle<T>& handle) {
    return handle_out<T>(handle);
}

// Starts libgit2 and sets its global options, once for the process.
void start_git();

// `doing` completes "cannot ...". Uses libgit2's last error of this thread, if `code` is an error.
result<> check(int code, std::string_view doing);
[[nodiscard]] error to_error(int code, std::string_view doing);

result<> parse_id(::git_oid& id, const std::string& hex);
[[nodiscard]] std::string to_hex(const ::git_oid& id);

}  // namespace sluice::parts
