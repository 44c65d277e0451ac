// frontend.hpp - the messages that a client sends after start-up, as plain structs over the frame's bytes.
//
// Use:     bind_message bind = TRY(parse_bind(frame.body));
// Order:   views point into the frame; they die with it.
// Errors:  08P01 for a message whose fields do not add up; 22021 for SQL, names and text parameters that are not UTF-8;
//          22023 for a format code other than 0 and 1. No error is fatal: the next message can still be found.
// Source:  PostgreSQL 15 manual, 55.7.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"

namespace sluice::postgres {

struct query_message {
    std::string_view sql;
};
struct parse_message {
    std::string_view statement;  // empty: unnamed
    std::string_view sql;
    std::vector<std::uint32_t> parameter_types;
};
struct bind_message {
    std::string_view portal;
    std::string_view statement;
    std::vector<std::int16_t> parameter_formats;  // 0, 1 or n entries, each 0 or 1
    std::vector<std::optional<std::string_view>> parameters;
    std::vector<std::int16_t> result_formats;  // 0, 1 or n entries, each 0 or 1
};
struct describe_message {
    char target = 'S';  // 'S' statement or 'P' portal
    std::string_view name;
};
struct close_message {
    char target = 'S';
    std::string_view name;
};
struct execute_message {
    std::string_view portal;
    std::int32_t rows_max = 0;  // 0 or less: all
};
struct copy_fail_message {
    std::string_view reason;
};

result<query_message> parse_query(std::string_view body);
result<parse_message> parse_parse(std::string_view body);
result<bind_message> parse_bind(std::string_view body);
result<describe_message> parse_describe(std::string_view body);
result<close_message> parse_close(std::string_view body);
result<execute_message> parse_execute(std::string_view body);
result<copy_fail_message> parse_copy_fail(std::string_view body);
// Sync, Flush and CopyDone have no fields.
result<> parse_empty(std::string_view body);

}  // namespace sluice::postgres
