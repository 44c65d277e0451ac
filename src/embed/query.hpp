// query.hpp - queries from a C++ program, under the same limits and in the same log as those of clients.
//
// Problem: a program that embeds the engine must not starve the clients beside it, nor itself: its queries reserve
//          memory, wait their turn, end in time, can be cancelled and are listed, like those that come over the wire.
// Use:     query_engine engine({.engine = *backend, .load = load, .user = "report", .database = "main"});
//          TRY_ASSIGN(auto tables, engine.query("SHOW TABLES").hint("catalog").execute());
//          TRY_ASSIGN(auto rows, tables.collect_all());            // refused from 10,000 rows on
//          canceller stop;
//          TRY_ASSIGN(auto result, engine.query("SELECT * FROM t WHERE a > $1").bind(42).with_cancel(stop).execute());
//          query_stream all = result.stream();                     // as many as there are, a batch in memory
//          while (true) {
//              TRY_ASSIGN(const auto row, all.next());
//              if (!row) { break; }
//              TRY_ASSIGN(const auto id, row->get<std::int64_t>(0));
//          }
// Profile: hint() names one; else it is that of a client's statement (workload/query_profile.hpp): by a hint comment,
//          the user, the application, `catalog` for a query of the catalogs alone, `streaming`.
// Rows:    fewer than 10,000 rows are collected, more are streamed, whatever the hint says; a row hint is only the
//          answer of size_hint() while the number is not known. A program that wants more at once gives a limit:
//          collect_all(50'000).
// Memory:  memory_bytes() and a profile's memory are reserved, and bound how many queries run at a time; the engine's
//          own memory_limit bounds the memory that they use together. A reservation beyond the budget is cut to it
//          (query log: reserved_bytes).
// Session: each query is a session and a transaction of its own: no BEGIN, SET, DECLARE or COPY FROM STDIN. Functions
//          that tell about the session are the engine's own.
// Retries: a query that only reads and fails with a temporary error before its first row is tried again.
// Bounds:  execute() blocks while the query waits for admission, and until the first rows are there; next() for a batch
//          of rows (64 kB, or one row). A result holds its reservation until its last row is fetched or it is dropped.
// Threads: query_engine any; a builder, a result, a stream one at a time, but not always the same.
// Errors:  the engine's and admission's; 57014 cancelled or out of time; 54000 more rows than collect_all() collects;
//          22023 for an unknown profile; 42601 for no statement, several statements, or a wrong number of parameters.
// Ends:    backend and workload outlive the last result. A result may outlive its query_engine.
// Example: examples/query.cpp
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "backend/backend.hpp"
#include "base/core/clock.hpp"
#include "base/core/result.hpp"
#include "embed/query_row.hpp"
#include "embed/query_run.hpp"
#include "embed/query_value.hpp"
#include "embed/query_watch.hpp"
#include "workload/workload.hpp"

namespace sluice::embed {

// Rows that are fetched while they are read. Destroying it ends the statement.
class query_stream {
  public:
    query_stream() = default;  // has no rows
    explicit query_stream(std::unique_ptr<query_run> run) : run_(std::move(run)) {}

    // Nullopt behind the last row. After a failure every call returns the same error.
    result<std::optional<row>> next();

  private:
    friend class query_result;

    // `rows_below` rows or more: next() returns the rows that were read so far first.
    result<std::optional<std::vector<row>>> take_all(std::uint64_t rows_below);

    std::unique_ptr<query_run> run_;
    std::deque<row> front_;
};

// The outcome of a query, and its rows, which can be taken once.
class query_result {
  public:
    using rows_or_stream = std::variant<std::vector<row>, query_stream>;

    explicit query_result(std::unique_ptr<query_run> run);

    // Empty for a statement without rows.
    [[nodiscard]] const std::vector<backend::column>& columns() const { return columns_; }
    // Rows of INSERT, UPDATE, DELETE, CREATE TABLE AS.
    [[nodiscard]] std::uint64_t rows_affected() const { return rows_affected_; }

    static constexpr std::uint64_t collected_rows_below = 10'000;

    // Number of rows: exact if the engine had no more behind the first batch, else the row hint; nullopt: neither.
    [[nodiscard]] std::optional<std::uint64_t> size_hint() const { return size_hint_; }
    // Bytes of that many rows, estimated from the first ones.
    [[nodiscard]] std::optional<std::uint64_t> memory_estimate() const { return memory_estimate_; }

    // All remaining rows. 54000 for `rows_below` rows or more, which ends the statement.
    result<std::vector<row>> collect_all(std::uint64_t rows_below = collected_rows_below);
    result<std::optional<row>> next() { return rows_.next(); }
    // Afterwards the result has no rows.
    [[nodiscard]] query_stream stream() { return std::exchange(rows_, {}); }
    // All of them if they are fewer than `rows_below`, else a stream of all of them.
    result<rows_or_stream> automatic(std::uint64_t rows_below = collected_rows_below);

  private:
    std::vector<backend::column> columns_;
    std::uint64_t rows_affected_ = 0;
    std::optional<std::uint64_t> size_hint_;
    std::optional<std::uint64_t> memory_estimate_;
    query_stream rows_;
};

// How a query is to be run; execute() may be called again.
class query_builder {
  public:
    query_builder(std::shared_ptr<query_home> home, std::string sql);

    query_builder& hint(std::string_view profile);
    query_builder& hint(const workload::query_profile& profile);  // of the workload's table
    // In place of the profile's values; 0: the default amount, no timeout, unknown.
    query_builder& memory_bytes(std::uint64_t reserved);
    query_builder& timeout(std::chrono::milliseconds longest);
    query_builder& rows_expected(std::uint64_t most);
    // The next parameters, $1 first: integers, double, bool, texts, std::nullopt. They are sent as text, and get the
    // types that the statement infers for them.
    template <typename... Values>
    query_builder& bind(Values&&... values) {
        (order_.parameters.push_back(to_parameter(std::forward<Values>(values))), ...);
        return *this;
    }
    query_builder& with_cancel(canceller stop);

    result<query_result> execute() const;

  private:
    std::shared_ptr<query_home> home_;  // shared: with the engine and its results
    query_order order_;
};

struct query_engine_params {
    backend::engine& engine;
    workload::governor& load;
    std::string user;
    std::string database = "main";
    std::string application;
    std::uint64_t session_id = 0;  // in the query log
    base::clock* time = nullptr;   // the workload's; null: the system's
};

class query_engine {
  public:
    explicit query_engine(query_engine_params params);

    [[nodiscard]] query_builder query(std::string sql) const { return {home_, std::move(sql)}; }

  private:
    std::shared_ptr<query_home> home_;  // shared: with the results
};

}  // namespace sluice::embed
