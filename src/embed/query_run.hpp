// query_run.hpp - one execution of a query of the C++ API, from its text to its last row.
//
// Problem: a query of a program goes through the same as one of a client: profile, admission, time, retries, record.
// Use:     TRY_ASSIGN(auto run, query_run::start(home, order));  while (TRY(run->next())) ...
// How:     a session of the engine's for each; the first rows are fetched while it may still be tried again; the rest
//          a batch at a time, when the one before has been taken. Reservation, session and time end with the last batch,
//          the record with the last row or the object.
// Time:    the profile's timeout counts while the engine works, neither while it waits nor while the program does.
// Files:   query_run.cpp begins and ends it, query_read.cpp reads.
// Threads: one at a time; stop_point is how others reach it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "base/core/byte_buffer.hpp"
#include "embed/query_row.hpp"
#include "embed/query_watch.hpp"
#include "postgres/sql/statement.hpp"
#include "workload/governed_statement.hpp"
#include "workload/workload.hpp"

namespace sluice::embed {

// What the queries of one query_engine share.
struct query_home {
    backend::engine& engine;
    workload::governor& load;
    backend::session_params session;
    std::string application;
    workload::workload_user user;
    base::clock& time;
    query_watch watch{time};
};

// What is to be run, and how.
struct query_order {
    std::string sql;
    std::vector<parameter_text> parameters;
    std::string profile_name;                          // empty: as for a client's statement
    const workload::query_profile* profile = nullptr;  // goes before profile_name
    // Instead of the profile's.
    std::optional<std::uint64_t> memory_bytes;
    std::optional<std::chrono::milliseconds> timeout;
    std::optional<std::uint64_t> rows_expected;
    std::optional<canceller> stop;
};

class query_run {
  public:
    // shared: results may outlive their query_engine
    static result<std::unique_ptr<query_run>> start(std::shared_ptr<query_home> home, query_order order);
    query_run(const query_run&) = delete;
    query_run& operator=(const query_run&) = delete;
    ~query_run();

    // Nullopt behind the last row. Every call after a failed one fails alike.
    result<std::optional<row>> next();
    // Ends it for a reason of the reader's.
    [[nodiscard]] error refuse(error cause);

    [[nodiscard]] const std::vector<backend::column>& columns() const { return columns_; }
    [[nodiscard]] std::uint64_t rows_affected() const { return rows_affected_; }
    // Before the first row is taken.
    [[nodiscard]] std::optional<std::uint64_t> size_hint() const;
    [[nodiscard]] std::optional<std::uint64_t> memory_estimate() const;

  private:
    query_run(std::shared_ptr<query_home> home, query_order order);

    result<> begin();
    result<const workload::query_profile*> choose_profile(const postgres::statement_text& piece) const;
    result<> open();
    result<> prepare(const postgres::statement_text& piece);
    // Until it has run: admitted, and tried again where that may help.
    result<> run_admitted();
    result<> wait_for_permit();
    result<> execute();
    result<> fetch();
    result<> check_stopped() const;
    result<row> take_row();
    // Gives everything back but the rows that were fetched.
    void release();
    void end(sqlstate outcome);
    [[nodiscard]] error failed(error cause);
    [[nodiscard]] std::int64_t now_ns() const { return home_->time.steady_ns(); }

    std::shared_ptr<query_home> home_;  // shared: see start()
    const query_order order_;
    std::shared_ptr<stop_point> point_;  // shared: with whoever may stop it, or wake it
    workload::governed_statement governed_;
    const workload::query_profile* profile_ = nullptr;
    std::unique_ptr<backend::session> session_;  // null: not yet, or not any more
    std::shared_ptr<backend::prepared_statement> statement_;
    std::vector<backend::column> columns_;
    std::uint64_t rows_affected_ = 0;
    std::unique_ptr<backend::row_stream> rows_;
    base::byte_buffer batch_;  // DataRow messages
    std::uint64_t batch_rows_ = 0;
    std::size_t read_bytes_ = 0;
    bool exhausted_ = false;
    std::optional<error> error_;
};

}  // namespace sluice::embed
