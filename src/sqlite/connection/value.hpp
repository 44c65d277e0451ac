// value.hpp - maps C++ types to SQLite's values, for parameters and for columns.
//
// Use:     db.run("insert into parts(number, mass) values(?1, ?2)", number, std::optional<double>{});
//          db.find<std::tuple<std::int64_t, std::string>>("select id, name from parts where number = ?1", number)
// Shapes:  integers and bool ↔ INTEGER; double ↔ REAL (an INTEGER is read as well); texts ↔ TEXT in UTF-8; bytes ↔ BLOB;
//          std::optional<T> and nullptr ↔ NULL. A struct is read by its `static T from_row(const row&)`.
// Rule:    reading is strict: NULL or TEXT in place of a number is error_kind::wrong_type, not 0.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace sluice::sqlite {

using bytes = std::vector<std::byte>;
using bytes_view = std::span<const std::byte>;

class row;

template <typename T>
struct is_optional : std::false_type {};
template <typename T>
struct is_optional<std::optional<T>> : std::true_type {};

template <typename T>
struct is_tuple : std::false_type {};
template <typename... Ts>
struct is_tuple<std::tuple<Ts...>> : std::true_type {};

template <typename T>
concept row_readable = requires(const row& from) {
    { T::from_row(from) } -> std::same_as<T>;
};

}  // namespace sluice::sqlite
