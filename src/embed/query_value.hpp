// query_value.hpp - C++ values of the query API: into the text of a parameter, and out of the text of a column.
//
// Problem: values cross the seam in PostgreSQL's text form, with any engine; a program has integers and strings.
// Use:     parameter_text one = to_parameter(42);                       // "42"; std::nullopt is NULL
//          TRY_ASSIGN(auto port, from_text<std::uint16_t>("5433"));
// Bounds:  every integer type of C++ except characters; 64 bits at most.
// Errors:  22P02 for a text that is not a value of the type, 22003 for a value that does not fit.
// Threads: plain functions.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/core/result.hpp"

namespace sluice::embed {

using parameter_text = std::optional<std::string>;  // nullopt: NULL

template <typename T, typename... Others>
concept one_of = (std::same_as<T, Others> || ...);

template <typename T>
concept query_integer = std::integral<T> && sizeof(T) <= sizeof(std::int64_t) &&
                        !one_of<T, bool, char, wchar_t, char8_t, char16_t, char32_t>;

template <typename T>
concept query_value = query_integer<T> || one_of<T, bool, double, std::string>;

[[nodiscard]] parameter_text to_parameter(double value);
[[nodiscard]] inline parameter_text to_parameter(std::nullopt_t /*null*/) {
    return std::nullopt;
}
[[nodiscard]] inline parameter_text to_parameter(parameter_text text) {
    return text;
}
template <typename T>
    requires(query_integer<T> || std::same_as<T, bool>)
[[nodiscard]] parameter_text to_parameter(T value) {
    if constexpr (std::same_as<T, bool>) {
        return value ? "true" : "false";
    } else {
        return std::to_string(value);
    }
}

// Shared by all types of a size.
result<std::int64_t> read_signed(std::string_view text, std::int64_t least, std::int64_t most);
result<std::uint64_t> read_unsigned(std::string_view text, std::uint64_t most);
result<double> read_double(std::string_view text);
result<bool> read_bool(std::string_view text);

template <query_value T>
result<T> from_text(std::string_view text) {
    if constexpr (std::same_as<T, bool>) {
        return read_bool(text);
    } else if constexpr (std::same_as<T, double>) {
        return read_double(text);
    } else if constexpr (std::same_as<T, std::string>) {
        return std::string(text);
    } else if constexpr (std::is_signed_v<T>) {
        using limits = std::numeric_limits<T>;
        TRY_ASSIGN(const auto value, read_signed(text, limits::min(), limits::max()));
        return static_cast<T>(value);
    } else {
        TRY_ASSIGN(const auto value, read_unsigned(text, std::numeric_limits<T>::max()));
        return static_cast<T>(value);
    }
}

}  // namespace sluice::embed
