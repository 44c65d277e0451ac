// query_row.hpp - one row of a query's result, read by column number.
//
// Problem: the seam delivers rows as wire messages of text; a program wants the value of column 2 as an integer.
// Use:     TRY_ASSIGN(auto id, row.get<std::int64_t>(0));
//          TRY_ASSIGN(auto name, row.get<std::optional<std::string>>(1));  // nullopt: NULL
//          if (!row.is_null(2)) { std::string_view text = row.text(2); }   // as PostgreSQL writes it
// Cost:    a copy of the row's bytes and one allocation for the places of its values, whatever the number of columns.
// Threads: a value; constant once made.
// Errors:  42703 for a column that does not exist, 22004 for NULL, 22P02 and 22003 as in query_value.hpp, with the
//          column's number. text() and is_null() must be called for an existing column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/result.hpp"
#include "embed/query_value.hpp"

namespace sluice::embed {

class row {
  public:
    row() = default;
    // From the body of a DataRow message; 08P01 for any other bytes. Source: PostgreSQL 15 manual, 55.7.
    static result<row> parse(std::string_view body);

    [[nodiscard]] std::size_t size() const { return places_.size(); }
    [[nodiscard]] bool is_null(std::size_t column) const;
    // Empty for NULL. Lives as long as the row.
    [[nodiscard]] std::string_view text(std::size_t column) const;

    template <query_value T>
    result<T> get(std::size_t column) const {
        TRY_ASSIGN(const auto text, value_at(column));
        return named(from_text<T>(text), column);
    }
    template <typename Optional>
        requires query_value<typename Optional::value_type> &&
                 std::same_as<Optional, std::optional<typename Optional::value_type>>
    result<Optional> get(std::size_t column) const {
        if (column < size() && is_null(column)) {
            return Optional{};
        }
        TRY_ASSIGN(auto value, get<typename Optional::value_type>(column));
        return Optional(std::move(value));
    }

  private:
    struct place {
        std::uint32_t start = 0;
        std::int32_t size_bytes = 0;  // negative: NULL
    };

    result<std::string_view> value_at(std::size_t column) const;
    [[nodiscard]] static error with_column(error cause, std::size_t column);
    template <typename T>
    static result<T> named(result<T> value, std::size_t column) {
        return value ? std::move(value) : result<T>(fail(with_column(std::move(value).error(), column)));
    }

    std::string body_;
    std::vector<place> places_;
};

}  // namespace sluice::embed
