// cursor_list.hpp - pg_cursors() and sluice_pg_settings(): functions over the asking session's cursors and settings.
//
// Problem: cursors and settings belong to the session, but tools look for them in SQL, with joins and conditions.
// Use:     install_system_table(connection, lists.cursor_table()) once; lists.set(client, what) when a session takes a
//          connection, remove(client) when it gives it back. `FROM pg_cursors` becomes `FROM pg_cursors()` in
//          sql/translate; the view pg_settings (sql/catalog_views) reads the other.
// Bounds:  at most one list for each connection; it is removed when the connection closes (entry).
// Threads: any. A list is called on one of DuckDB's threads while its session waits for the query.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backend/backend.hpp"
#include "backend/system_table.hpp"

namespace sluice::duckdb {

class cursor_lists {
  public:
    struct session_lists {
        std::function<std::vector<backend::cursor_facts>()> cursors;
        std::function<std::vector<base::setting_facts>()> settings;
    };

    // Belongs to a connection: removes its list when the connection is closed.
    class entry {
      public:
        entry() = default;
        entry(cursor_lists& owner, backend::system_caller client) : owner_(&owner), client_(client) {}
        entry(entry&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), client_(other.client_) {}
        entry& operator=(entry&& other) noexcept {
            std::swap(owner_, other.owner_);
            std::swap(client_, other.client_);
            return *this;
        }
        entry(const entry&) = delete;
        entry& operator=(const entry&) = delete;
        ~entry() {
            if (owner_ != nullptr) {
                owner_->remove(client_);
            }
        }

      private:
        cursor_lists* owner_ = nullptr;
        backend::system_caller client_ = 0;
    };

    // The lists outlive the database in which the table is installed, or at least the last query there.
    [[nodiscard]] backend::system_table cursor_table() const;
    [[nodiscard]] backend::system_table setting_table() const;
    void set(backend::system_caller client, session_lists what);
    void remove(backend::system_caller client);
    [[nodiscard]] std::size_t size() const;

  private:
    // Empty for a connection without a session.
    [[nodiscard]] session_lists of(backend::system_caller client) const;

    mutable std::mutex mutex_;
    std::unordered_map<backend::system_caller, session_lists> lists_;
};

}  // namespace sluice::duckdb
