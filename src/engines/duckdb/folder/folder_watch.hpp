// folder_watch.hpp - tells at once whether anything in a tree of folders may have changed.
//
// Problem: a statement must see the files of now, and looking at all of them costs milliseconds.
// Use:     if (watch.has_news()) { watch.begin(); ... watch.add(folder); list the folder ...; watch.finish(true, false); }
// How:     the kernel queues an event before the call that changes a file returns (inotify), so that asking whether the
//          queue is empty is enough; it takes a tenth of a microsecond. A folder is watched before it is listed, so that
//          nothing falls between. Where inotify is of no use, everything is news: no inotify, no watches left, a file
//          system whose files change on other machines, symbolic links to files elsewhere.
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

    // False: nothing has changed since begin().
    [[nodiscard]] bool has_news() const;
    // Takes all events; a later change is news again.
    void begin();
    void add(const std::string& folder);
    // Folders that were not added since begin() are forgotten.
    // `complete`: all folders were listed. `has_links`: some files are elsewhere.
    void finish(bool complete, bool has_links);
    // Its writer has not closed it, as far as events tell.
    [[nodiscard]] bool is_being_written(const std::string& file) const { return written_.contains(file); }
    // False: each has_news() is true, and the reader has to compare.
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
    std::atomic<bool> behind_link_{false};  // the path of the root may come to mean another folder without an event
    std::atomic<std::uint64_t> root_device_{0};
    std::atomic<std::uint64_t> root_inode_{0};
    int queue_ = -1;
    bool remote_ = false;
    bool unwatched_ = false;          // a folder could not be watched since begin()
    std::atomic<bool> blind_{false};  // events do not tell all
    std::atomic<bool> root_lost_{false};
    std::unordered_map<int, watched> watches_;
    std::unordered_set<std::string> written_;
};

}  // namespace sluice::duckdb
