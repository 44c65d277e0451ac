// served_folder.hpp - the views over a served folder, kept up to date with its files.
//
// Problem: files appear, vanish and change while the folder is served, and a view made for the old files would show
//          wrong rows or fail, until the server is restarted.
// Use:     TRY_ASSIGN(auto served, served_folder::open({...}));  served->look(0);  // at the start of each statement
// How:     a view is `SELECT * FROM "files of NAME/"`, a table that is in no catalog. When DuckDB binds a statement, it
//          asks find_files() for that table and gets the present query; so the same view is right in every session, and
//          in transactions that began before. look() asks folder_watch whether the folder may have changed; if so, it
//          scans the folder, and makes, drops or binds again the affected views, so that the catalog shows their
//          columns.
// Order:   the first statement that meets a change carries it out, others wait for it. Older plans are made again
//          (write_epoch; inside a block by version()). A block keeps the list of views of its snapshot, but finds new
//          ones by their names.
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

// The answers of find_files(); shared with DuckDB, which asks until it is closed.
class folder_answers {
  public:
    // Replaces all answers.
    void publish(const std::vector<folder_view>& views);
    // From now until the next publish() reading `name` fails with this error.
    void refuse(const std::string& name, const error& failure);
    // The callback of duckdb_add_replacement_scan(); `data` is a shared_ptr to this.
    static void find_files(duckdb_replacement_scan_info info, const char* table, void* data);

  private:
    struct answer {
        std::string query;
        std::string failure;  // in the form that the error table expects
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

    // `block_version`: version() when the caller's transaction block began; the block may lack newer views. 0: outside
    // of a block.
    void look(std::uint64_t block_version);
    // The number of changes that were noticed.
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
    std::mutex mutex_;  // held while files are scanned: other threads must wait for the result
    std::atomic<bool> updating_{false};
    std::atomic<std::uint64_t> version_{1};
    folder_watch watch_;
    std::vector<folder_view> views_;
    std::set<std::string, std::less<>> loaded_;  // extensions
    bool lost_ = false;                          // the folder itself could not be read, and that was logged
};

}  // namespace sluice::duckdb
