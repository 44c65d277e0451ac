// folder_watch.hpp - tells at once whether a tree of folders may have changed.
//
// Problem: a statement must see the present files, and checking all of them takes milliseconds.
// Use:     if (watch.has_news()) {
//              watch.begin(); ... watch.add(folder); list the folder ...; watch.finish(true, false); }
// How:     the kernel queues an event before the call that changes a file returns (inotify), so a check for an empty
//          queue is enough; it takes a tenth of a microsecond. A folder is watched before it is listed, so that no
//          change is missed in between. If inotify cannot help, has_news() is always true: no inotify, no watches left,
//          a file system whose files change on other machines, symbolic links to files elsewhere.
// Bounds:  a watch for each folder (the kernel's limit is fs.inotify.max_user_watches); files_written_max names.
// Threads: has_news() any; the rest one at a time.
// Source:  inotify(7).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace sluice::duckdb {

class folder_watch {
  public:
    static constexpr std::size_t files_written_max = 10'000;

    explicit folder_watch(std::string root);
    ~folder_watch();
    folder_watch(const folder_watch&) = delete;
    folder_watch& operator=(const folder_watch&) = delete;

    // False: there was no change since begin().
    [[nodiscard]] bool has_news() const;
    // Takes all events; a later change is news again.
    void begin();
    void add(const std::string& folder);
    // Removes folders that were not added since begin(). `complete`: all folders were listed. `has_links`: some files
    // are elsewhere.
    void finish(bool complete, bool has_links);
    // True if its writer has not closed it, as far as events show.
    [[nodiscard]] bool is_being_written(const std::string& file) const { return written_.contains(file); }
    // False: has_news() is always true, and the reader has to compare.
    [[nodiscard]] bool is_told() const { return !blind_.load(std::memory_order_relaxed); }

  private:
    struct watched {
        std::string folder;
        bool seen = false;
    };

    void take(const char* events, std::size_t bytes);
    void note(std::uint32_t what, const std::string& file);
    [[nodiscard]] bool root_was_replaced() const;
    void remember_root();

    const std::string root_;
    std::atomic<bool> behind_link_{false};  // the root's path may lead to another folder without an event
    std::atomic<std::uint64_t> root_device_{0};
    std::atomic<std::uint64_t> root_inode_{0};
    int queue_ = -1;
    bool remote_ = false;
    bool unwatched_ = false;          // a folder could not be watched since begin()
    std::atomic<bool> blind_{false};  // events do not show all changes
    std::atomic<bool> root_lost_{false};
    std::unordered_map<int, watched> watches_;
    std::unordered_set<std::string> written_;
};

}  // namespace sluice::duckdb
