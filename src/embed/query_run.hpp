// query_run.hpp - one execution of a query of the C++ API, from its text to its last row.
//
// Problem: a program's query passes through the same steps as a client's: profile, admission, time, retries, record.
// Use:     TRY_ASSIGN(auto run, query_run::start(home, order));  while (TRY(run->next())) ...
// How:     each query has a session of the engine; the first rows are fetched while it may still be tried again; the
//          rest a batch at a time, when the one before has been taken. Reservation, session and time end with the last
//          batch, the record with the last row or the object.
// Time:    the profile's timeout counts while the engine works, not while the query waits or the program is busy.
// Files:   query_run.cpp begins and ends it, query_read.cpp reads.
// Threads: one at a time; other threads reach it through stop_point.
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
#include "postgres/query_text/analysed_statement.hpp"
#include "workload/governed_statement.hpp"
#include "workload/workload.hpp"

namespace sluice::embed {

// State that the queries of one query_engine share.
struct query_home {
    backend::engine& engine;
    workload::governor& load;
    backend::session_params session;
    std::string application;
    workload::workload_user user;
    base::clock& time;
    query_watch watch{time};
};

// The text of a query, and how to run it.
struct query_order {
    std::string sql;
    std::vector<parameter_text> parameters;
    std::string profile_name;                          // empty: as for a client's statement
    const workload::query_profile* profile = nullptr;  // goes before profile_name
    // In place of the profile's values.
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

    // Nullopt behind the last row. After a failure every call returns the same error.
    result<std::optional<row>> next();
    // Ends it with an error of the reader.
    [[nodiscard]] error refuse(error cause);

    [[nodiscard]] const std::vector<backend::column>& columns() const { return columns_; }
    [[nodiscard]] std::uint64_t rows_affected() const { return rows_affected_; }
    // Call these before the first row is taken.
    [[nodiscard]] std::optional<std::uint64_t> size_hint() const;
    [[nodiscard]] std::optional<std::uint64_t> memory_estimate() const;

  private:
    query_run(std::shared_ptr<query_home> home, query_order order);

    result<> begin();
    result<const workload::query_profile*> choose_profile(const postgres::analysed_statement& statement) const;
    result<> open();
    result<> prepare(const postgres::analysed_statement& statement);
    // Runs the statement once it is admitted, and tries again where that may help.
    result<> run_admitted();
    result<> wait_for_permit();
    result<> execute();
    result<> fetch();
    result<> check_stopped() const;
    result<row> take_row();
    // Gives back everything except the fetched rows.
    void release();
    void end(sqlstate outcome);
    [[nodiscard]] error failed(error cause);
    [[nodiscard]] std::int64_t now_ns() const { return home_->time.steady_ns(); }

    std::shared_ptr<query_home> home_;  // shared: see start()
    const query_order order_;
    std::shared_ptr<stop_point> point_;  // shared: with the threads that may stop or wake it
    workload::governed_statement governed_;
    const workload::query_profile* profile_ = nullptr;
    std::unique_ptr<backend::session> session_;  // null: not opened yet, or given back
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
