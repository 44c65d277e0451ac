// plan_cache.hpp - a session's statements by their text, so that a repeated text is not planned again.
//
// Problem: planning `select 1` costs six times as much as running it, and many clients send the same texts for ever.
// How:     a text is kept from its second appearance on; only a hash remembers the first one, so that texts with
//          literals in them do not fill the memory.
// Bounds:  entries_max statements, the least recently used is dropped; texts longer than text_bytes_max are never kept.
// Threads: as for the session.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engines/duckdb/statement/duckdb_statement.hpp"

namespace sluice::duckdb {

class plan_cache {
  public:
    static constexpr std::size_t text_bytes_max = std::size_t{16} * 1024;

    explicit plan_cache(std::size_t entries_max) : entries_max_(entries_max) {}

    // Null when the text is not cached.
    [[nodiscard]] std::shared_ptr<duckdb_statement> find(std::string_view text, std::span<const backend::oid> declared);
    // Keeps the statement if its text has come before, or replaces an older one of the same text.
    void add(const std::shared_ptr<duckdb_statement>& statement);
    void clear();
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    using entry_list = std::list<std::pair<std::string, std::shared_ptr<duckdb_statement>>>;

    std::size_t entries_max_;
    entry_list entries_;  // most recently used first
    std::unordered_map<std::string_view, entry_list::iterator> by_key_;
    using hash_table = std::array<std::uint32_t, 256>;
    std::unique_ptr<hash_table> seen_;  // hashes of texts that came once; null: none, so that idle sessions stay small
    std::string key_;                   // of the latest find(), to spare an allocation
};

}  // namespace sluice::duckdb
