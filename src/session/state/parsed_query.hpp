// parsed_query.hpp - a query text, split and classified once, and a small cache of the last ones.
//
// Problem: drivers send the same few texts again and again; splitting and classifying them each time would cost more
//          than running the cheapest of them.
// Use:     TRY_ASSIGN(std::shared_ptr<const parsed_query> query, cache.parse(text));
// Bounds:  entries_max texts of at most text_bytes_max each; longer ones are parsed and not kept.
// Threads: one at a time. A parsed_query never changes.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/core/error.hpp"
#include "base/core/result.hpp"
#include "postgres/query_text/analysed_statement.hpp"
#include "postgres/query_text/secret_text.hpp"

namespace sluice::session {

struct parsed_query {
    explicit parsed_query(std::string_view whole) : text(whole), may_hold_secret(postgres::may_hold_secret(whole)) {}
    parsed_query(const parsed_query&) = delete;
    parsed_query& operator=(const parsed_query&) = delete;
    ~parsed_query() = default;

    const std::string text;                                // the statements' views point into it
    const bool may_hold_secret;                            // logs show postgres::without_secret() of it
    std::vector<postgres::analysed_statement> statements;  // none: an empty query
};

// Changes an error's position: an engine counts from the statement's first character, a client from the text's.
[[nodiscard]] error position_in_query(error cause, const parsed_query& query, std::string_view statement);

class parsed_query_cache {
  public:
    static constexpr std::size_t entries_max = 64;
    static constexpr std::size_t text_bytes_max = 4096;

    // 42601 with its position when one of the statements cannot be classified; then none of them may run.
    result<std::shared_ptr<const parsed_query>> parse(std::string_view text);

  private:
    using entries = std::list<std::shared_ptr<const parsed_query>>;  // the most recently used in front

    void keep(std::shared_ptr<const parsed_query> query);

    entries recent_;
    std::unordered_map<std::string_view, entries::iterator> by_text_;  // keys live in the entries
};

}  // namespace sluice::session
