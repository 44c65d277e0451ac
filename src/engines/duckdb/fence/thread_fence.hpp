// thread_fence.hpp - lets the kernel keep the threads that run statements from files and sockets.
//
// Problem: extensions bring their own readers (Delta's is a library in Rust with its own HTTP client), which do not ask
//          DuckDB whether they may open a file or a connection; a directory can contain symbolic links that lead out.
// Use:     TRY_ASSIGN(auto fence, thread_fence::make({.rules = {{"/srv/data", fence_access::read}}}));
//          ... on each thread that runs statements: fence->enter();
// How:     Landlock for files, a seccomp filter that refuses socket() for the network. Both bind the calling thread and
//          the threads that it starts, permanently. Threads that do not enter, such as the io threads, stay free. If
//          the kernel lacks one of them, that is logged once, and the file guard and DuckDB's switches remain.
// Bounds:  rules are made for directories and files that exist now; a file that is replaced later needs a rule for its
//          directory.
// Threads: make() on one; enter() on any, once each.
// Errors:  make(): only if out of descriptors. A fence that cannot be entered ends the process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/core/result.hpp"
#include "engines/duckdb/fence/file_guard.hpp"

namespace sluice::duckdb {

enum class fence_access : std::uint8_t {
    read,        // files, and the names in directories
    append_log,  // make, write, rename and remove files, without reading any
    write,       // all of it
};

struct fence_rule {
    std::string path;
    fence_access access = fence_access::read;
    bool keep_open = false;  // for /proc, which drops an inode that no process holds
};

struct fence_params {
    std::vector<fence_rule> rules;
    bool network = false;
    file_guard_params guard;
    std::string made_directory;  // removed with the fence, if it is empty then
};

class thread_fence {
  public:
    static result<std::shared_ptr<const thread_fence>> make(fence_params params);
    ~thread_fence();
    thread_fence(const thread_fence&) = delete;
    thread_fence& operator=(const thread_fence&) = delete;

    void enter() const;
    // True if the calling thread has entered a fence that keeps it from the network.
    [[nodiscard]] static bool refuses_network();

    // True if this kernel can restrict files.
    [[nodiscard]] bool has_files() const { return ruleset_ >= 0; }

  private:
    explicit thread_fence(fence_params params);
    result<> build(const std::vector<fence_rule>& rules);

    int ruleset_ = -1;
    std::vector<int> kept_;
    std::string made_directory_;
    bool network_;
    file_guard guard_;
};

}  // namespace sluice::duckdb
