// statement_cache.hpp - the prepared statements of one connection, so that a text is compiled once.
//
// Use:     auto cached = cache.take(sql);  ... cache.give_back(cached);
// Rule:    a statement in use is not lent twice: a second user of the same text gets a statement that is not kept.
// Bounds:  size_max statements; the least recently used one is dropped first.
// Threads: the thread of the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sqlite3_stmt;

namespace sluice::sqlite {

// Effects of a statement on its connection besides rows, as SQLite's authorizer reports them at compile time.
struct statement_effects {
    bool settings = false;    // a PRAGMA with a value
    bool temporary = false;   // objects in the temp schema
    bool attachment = false;  // ATTACH, DETACH
    std::string written;      // the first table that it writes
};

struct cached_statement {
    cached_statement(sqlite3_stmt* compiled, std::string_view text, statement_effects left);
    cached_statement(const cached_statement&) = delete;
    cached_statement& operator=(const cached_statement&) = delete;
    ~cached_statement() { finalize(); }
    void finalize();

    sqlite3_stmt* handle;  // null: the connection was given back while this was in use
    std::string sql;
    statement_effects effects;
    bool is_read_only;
    bool is_in_use = true;
    bool is_kept = false;  // in the cache
};

class statement_cache {
  public:
    explicit statement_cache(std::size_t size_max) : size_max_(size_max) {}

    // Null: not in the cache, or in use.
    [[nodiscard]] std::shared_ptr<cached_statement> take(std::string_view sql);
    // Adds a statement that was just compiled for its user.
    void add(const std::shared_ptr<cached_statement>& made);
    void give_back(cached_statement& used);
    // Ends the statements that are in use; true if there was one.
    bool revoke();
    void resize(std::size_t size_max);
    void clear();

  private:
    using entry_list = std::list<std::shared_ptr<cached_statement>>;  // most recently used first
    void shrink(std::size_t size_max);

    std::size_t size_max_;
    entry_list entries_;
    std::unordered_map<std::string_view, entry_list::iterator> by_sql_;  // the keys are the entries' texts
    std::vector<std::weak_ptr<cached_statement>> strays_;                // in use and not kept
    std::size_t in_use_ = 0;
};

}  // namespace sluice::sqlite
