// fake_engine.hpp - an engine that answers from a script, fails on demand, and records its calls.
//
// Problem: sessions and the server must be tested without a database, including the exact engine calls and every fault.
// Use:     fake_engine engine;
//          engine.on("select 1") = {.columns = {int_column("?column?")}, .rows = {{"1"}}};
//          engine.fail_next("commit", error{...});
//          session client({.engine = engine.open(), ...});  ...
//          EXPECT_EQ(engine.take_calls(), "prepare select 1; ...")
// Rows:    as text, in any requested format; "$1" in a row stands for the parameter.
// Threads: script it before use; then any number of sessions may run, each on one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.hpp"
#include "base/core/error.hpp"

namespace sluice::testing {

[[nodiscard]] backend::column int_column(std::string name);
[[nodiscard]] backend::column text_column(std::string name);

struct fake_answer {
    using row = std::vector<std::optional<std::string>>;

    std::vector<backend::oid> parameter_types;
    std::vector<backend::column> columns;
    std::vector<row> rows;
    std::uint64_t counted_rows = 0;  // used in place of `rows`: one column that counts from 1
    std::uint64_t rows_affected = 0;
    bool reads_only = false;  // may be run again
    std::optional<error> prepare_error;
    std::optional<error> execute_error;
    std::optional<error> fetch_error;                   // behind the last row
    std::function<void(std::uint64_t row)> before_row;  // e.g. requests a cancel; counts from 1
};

class fake_engine {
  public:
    // The answer to a text, to be assigned. A text without an answer gets a syntax error at its first word.
    fake_answer& on(std::string sql) { return answers_[std::move(sql)]; }
    // The next call of that kind ("begin", "commit", "rollback", "copy_finish", ...) fails.
    void fail_next(std::string call, error cause);
    // Most rows of one next(); `finished` comes with the last rows, or in a call of its own.
    std::uint64_t rows_per_chunk = 2;
    bool finishes_separately = false;

    [[nodiscard]] std::unique_ptr<backend::session> open();

    // The calls since the last time: "begin; prepare select 1; execute select 1; commit".
    [[nodiscard]] std::string take_calls();
    // The data of COPY, by table.
    [[nodiscard]] std::string copied(const std::string& table);

    // For the fake's own parts.
    [[nodiscard]] const fake_answer* find(std::string_view sql) const;
    result<> record(std::string_view call, std::string_view argument = {});
    void store_copy(const std::string& table, std::string_view data);

  private:
    std::map<std::string, fake_answer, std::less<>> answers_;
    std::mutex mutex_;  // guards what follows
    std::map<std::string, error, std::less<>> faults_;
    std::map<std::string, std::string> copies_;
    std::string calls_;
};

// The same as an engine of the seam, for the server.
class fake_backend final : public backend::engine {
  public:
    explicit fake_backend(fake_engine& engine) : engine_(engine) {}

    result<std::unique_ptr<backend::session>> open_session(const backend::session_params& params) override;
    result<> check_ready() override;

  private:
    fake_engine& engine_;
};

}  // namespace sluice::testing
