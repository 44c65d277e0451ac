// served_folder.hpp - the views over a served folder, as its files are now.
//
// Problem: files appear, vanish and change while the folder is served, and a view that was made for the old ones would
//          show wrong rows or fail, until the server is started again.
// Use:     TRY_ASSIGN(auto served, served_folder::open({...}));  served->look(0);  // at the start of each statement
// How:     a view is `SELECT * FROM "files of NAME/"`, which no catalog has. DuckDB asks find_files() what that is when
//          it binds a statement, and gets the query of now; so the same view is right in every session, and in
//          transactions that began before. look() asks folder_watch whether anything has changed; if so, it scans the
//          folder, and makes, drops or binds again the views that it concerns, so that the catalog shows their columns.
// Order:   the first statement that meets a change carries it out, others wait for it. Plans that were made before are
//          made again (write_epoch; inside a block by version()). A block keeps the list of views that its snapshot
//          has, but finds new ones by their names.
// Errors:  none from look(): an unreadable view is logged once, and a statement that reads it gets the error.
// Threads: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/core/result.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/folder/duckdb_folder.hpp"
#include "engines/duckdb/folder/folder_watch.hpp"
#include "engines/duckdb/threads/write_epoch.hpp"

namespace sluice::duckdb {

// What find_files() answers; shared with DuckDB, which asks until it is closed.
class folder_answers {
  public:
    // Replaces all of them.
    void publish(const std::vector<folder_view>& views);
    // Says that `name` cannot be read; until the next publish().
    void refuse(const std::string& name, const error& failure);
    // The callback of duckdb_add_replacement_scan(); `data` is a shared_ptr to this.
    static void find_files(duckdb_replacement_scan_info info, const char* table, void* data);

  private:
    struct answer {
        std::string query;
        std::string failure;  // as the error table expects it
    };

    std::mutex mutex_;
    std::unordered_map<std::string, answer> answers_;  // by view, in lower case
};

class served_folder {
  public:
    struct params {
        std::string folder;
        std::string catalog;
        duckdb_database database;
        owned_connection connection;
        write_epoch& epoch;
        bool load_readers = false;  // at once, because it will not be allowed later
    };

    static result<std::unique_ptr<served_folder>> open(params from);

    // `block_version`: version() when the caller's transaction block began, which may lack views that were made since.
    // 0: it is in none.
    void look(std::uint64_t block_version);
    // Counts the changes that were seen.
    [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  private:
    explicit served_folder(params from);

    result<> update();
    void apply(std::vector<folder_view> now);
    void make_view(const folder_view& view);
    void bind_again(const folder_view& view);
    void drop_view(const std::string& name);
    result<> load_reader(const folder_view& view);
    void report(const folder_view& view, error failure);
    [[nodiscard]] std::string qualified(const std::string& name) const;

    const std::string folder_;
    const std::string catalog_;
    owned_connection connection_;
    write_epoch* epoch_;
    std::shared_ptr<folder_answers> answers_ = std::make_shared<folder_answers>();  // shared with DuckDB
    std::mutex mutex_;  // held while files are looked at: those who come meanwhile must see what is found
    std::atomic<bool> updating_{false};
    std::atomic<std::uint64_t> version_{1};
    folder_watch watch_;
    std::vector<folder_view> views_;
    std::set<std::string, std::less<>> loaded_;  // extensions
    bool lost_ = false;                          // the folder itself could not be read, which was logged
};

}  // namespace sluice::duckdb
