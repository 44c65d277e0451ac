// prepared.hpp - prepared statements by name.
//
// Problem: a client names statements and refers to them later; the unnamed one is replaced by each Parse and dropped by
//          each simple query.
// Use:     statements.put(name, prepared); statements.find(name) → nullptr if there is none
// Bounds:  statements_max named statements; 53400 beyond.
// Threads: one at a time.
// Source:  PostgreSQL 15 manual, 55.2.3.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "backend/backend.hpp"
#include "base/core/result.hpp"
#include "session/state/parsed_query.hpp"

namespace sluice::session {

// A statement that can be bound. Never changes, and outlives its name while a portal still runs it.
struct prepared {
    std::shared_ptr<const parsed_query> query;
    const postgres::analysed_statement* statement = nullptr;  // in query; nullptr: an empty query
    std::shared_ptr<backend::prepared_statement> plan;        // nullptr: the session itself runs it
    std::vector<backend::column> answer_columns;              // of a SHOW that the session answers
    std::shared_ptr<const prepared> cursor;                   // DECLARE: the query of the cursor

    [[nodiscard]] postgres::statement_kind kind() const {
        return statement == nullptr ? postgres::statement_kind::empty : statement->kind;
    }
    [[nodiscard]] std::span<const backend::oid> parameter_types() const {
        const auto& source = cursor ? cursor->plan : plan;
        return source ? source->parameter_types() : std::span<const backend::oid>{};
    }
};

// Finds by std::string_view without making a string.
struct name_hash {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
};
template <typename Value>
using by_name = std::unordered_map<std::string, Value, name_hash, std::equal_to<>>;

class statement_table {
  public:
    explicit statement_table(std::size_t named_max) : named_max_(named_max) {}

    // nullptr: there is none of that name. The empty name is that of the unnamed statement.
    [[nodiscard]] const std::shared_ptr<const prepared>* find(std::string_view name) const;
    // 26000 with PostgreSQL's message when there is none.
    result<std::shared_ptr<const prepared>> get(std::string_view name) const;
    // 42P05 when the name is taken, 53400 when there are too many.
    result<> check_new(std::string_view name) const;
    void put(std::string_view name, std::shared_ptr<const prepared> statement);
    // False if there was none.
    bool erase(std::string_view name);
    void clear_named() { named_.clear(); }
    void clear();

  private:
    std::size_t named_max_;
    std::shared_ptr<const prepared> unnamed_;
    by_name<std::shared_ptr<const prepared>> named_;
};

}  // namespace sluice::session
