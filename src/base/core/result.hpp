// result.hpp - a value or an error, and the macros that pass errors on.
//
// Use:     result<int> port = parse_port(text);
//          TRY_ASSIGN(auto rows, session.prepare(sql));  // returns the error to the caller, else defines rows
//          TRY(sink.write(bytes));                       // the same for result<void>
//          The macros pass on any error type that converts to the caller's own.
// Threads: none; plain values.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/core/error.hpp"

namespace sluice {

// A std::expected that a caller cannot ignore.
template <typename T = void, typename Error = error>
class [[nodiscard]] result : public std::expected<T, Error> {
  public:
    using std::expected<T, Error>::expected;
    using std::expected<T, Error>::operator=;
};

[[nodiscard]] inline std::unexpected<error> fail(sqlstate code, std::string message) {
    return std::unexpected<error>(error{.code = code, .message = std::move(message)});
}
[[nodiscard]] inline std::unexpected<error> fail(error cause) {
    return std::unexpected<error>(std::move(cause));
}

}  // namespace sluice

#define SLUICE_CONCAT_INNER(a, b) a##b
#define SLUICE_CONCAT(a, b) SLUICE_CONCAT_INNER(a, b)

#define TRY(expression)                                              \
    do {                                                             \
        if (auto try_result = (expression); !try_result) {           \
            return ::std::unexpected(std::move(try_result).error()); \
        }                                                            \
    } while (false)

// NOLINTBEGIN(bugprone-macro-parentheses): a declaration cannot stand in parentheses
#define TRY_ASSIGN_INNER(holder, declaration, expression)    \
    auto holder = (expression);                              \
    if (!holder) {                                           \
        return ::std::unexpected(std::move(holder).error()); \
    }                                                        \
    declaration = std::move(*holder)
#define TRY_ASSIGN(declaration, expression) \
    TRY_ASSIGN_INNER(SLUICE_CONCAT(try_holder_, __LINE__), declaration, expression)
// NOLINTEND(bugprone-macro-parentheses)
