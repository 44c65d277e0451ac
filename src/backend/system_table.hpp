// system_table.hpp - a table whose rows come from C++: the server's facts about itself, for clients to query.
//
// Use:     engine_params{.system_tables = {{.name = "sluice_query_log", .columns = {{"query", system_type::varchar}},
//                                           .rows = [&log](system_caller) { return log.rows(); }}}}
//          SELECT query FROM sluice.query_log   // becomes sluice_query_log() (postgres/query_text/system_tables.hpp)
// Threads: `rows` is called on any thread, by several queries at once, once for each time that a query names the table;
//          it must hold no lock that a query may need, and the objects that it refers to must outlive the backend.
// Text:    UTF-8; an engine may make null of other bytes, so a text that is cut is cut between characters.
// Errors:  XX000 to the client when a row does not fit the columns.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace sluice::backend {

// In the order of system_value's alternatives, behind null.
enum class system_type : std::uint8_t { bigint, double_precision, boolean, varchar, timestamptz, interval };

struct timestamp_us {
    std::int64_t since_1970 = 0;  // UTC
};
struct interval_us {
    std::int64_t length = 0;
};
using system_value = std::variant<std::monostate, std::int64_t, double, bool, std::string, timestamp_us, interval_us>;
using system_row = std::vector<system_value>;  // one for each column
// The number by which an engine's functions know the connection that asks.
using system_caller = std::uint64_t;

struct system_column {
    std::string name;
    system_type type = system_type::varchar;
};

struct system_table {
    std::string name;  // of the table function, in lower case
    std::vector<system_column> columns;
    std::function<std::vector<system_row>(system_caller caller)> rows;
};

}  // namespace sluice::backend
