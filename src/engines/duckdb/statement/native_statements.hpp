// native_statements.hpp - PREPARE, EXECUTE and DEALLOCATE as SQL, which DuckDB runs but with plans that go stale.
//
// Problem: DuckDB keeps the plan of PREPARE name AS ... for ever (see write_epoch.hpp), replaces a name silently, and
//          knows neither PREPARE name (types) nor DEALLOCATE ALL.
// How:     the session remembers each text and has DuckDB prepare it again before every EXECUTE.
// Threads: as the session.
// Source:  PostgreSQL 15 manual, PREPARE, EXECUTE, DEALLOCATE.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/core/result.hpp"
#include "engines/duckdb/threads/write_epoch.hpp"

namespace sluice::duckdb {

enum class result_shape : std::uint8_t;

struct native_command {
    enum class verb : std::uint8_t { prepare, execute, deallocate };
    verb what = verb::prepare;
    std::string name;                // lower case unless quoted; empty: DEALLOCATE ALL
    std::vector<std::string> types;  // of PREPARE, as written
    std::string_view body;           // of PREPARE: into the text that was parsed
};

// nullopt: some other statement. 42601 for one that cannot be understood.
result<std::optional<native_command>> parse_native(std::string_view sql);

struct native_statement {
    std::string sql;  // PREPARE "name" AS ..., for DuckDB
    result_shape shape;
    change effect;
};

class native_statements {
  public:
    static constexpr std::size_t statements_max = 1000;

    // 42P05 if the name is in use, 54000 if there are too many.
    result<> add(const std::string& name, const native_statement& statement);
    // 26000 for a name that was not prepared.
    result<const native_statement*> find(const std::string& name) const;
    result<> remove(const std::string& name);
    [[nodiscard]] std::vector<std::string> names() const;
    void clear() { statements_.clear(); }

  private:
    std::unordered_map<std::string, native_statement> statements_;
};

}  // namespace sluice::duckdb
