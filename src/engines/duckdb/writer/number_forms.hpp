// number_forms.hpp - how DuckDB holds each value of PostgreSQL's type numeric.
//
// Problem: a numeric of PostgreSQL has a scale of its own, up to 1,000 digits, and shows it: 1.50, 10 / 3 =
//          3.3333333333333333. DuckDB's DECIMAL has one scale for a whole expression and 38 digits, but is fast.
// How:     a value whose scale follows from the text and the columns is a DECIMAL: literals, columns of numeric(p, s), and
//          sums, differences and products of them. Any other is a VARCHAR with PostgreSQL's text of the number, on which
//          functions of ours compute (engines/duckdb/functions/numbers/numeric_functions.hpp).
// Use:     number_forms forms; if (const auto form = forms.of(expression); form.is_decimal()) ...
// Source:  PostgreSQL 15 manual, 8.1.2 and 9.3, for the scales of results.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/tree/query_tree.hpp"

namespace sluice::duckdb {

struct number_form {
    enum class kind : std::uint8_t {
        other,    // not a number of this type
        text,     // VARCHAR
        decimal,  // DECIMAL(precision, scale)
        null,     // NULL, which fits all
    };
    kind is = kind::other;
    int precision = 0;
    int scale = 0;

    [[nodiscard]] bool is_decimal() const { return is == kind::decimal; }
    [[nodiscard]] bool is_text() const { return is == kind::text; }
    friend bool operator==(const number_form&, const number_form&) = default;
};

inline constexpr int decimal_digits_max = 38;

[[nodiscard]] number_form decimal_form(int precision, int scale);
inline constexpr number_form text_form{.is = number_form::kind::text};
// numeric(precision, scale); text if DECIMAL cannot hold it.
[[nodiscard]] number_form form_of_modifier(std::int32_t modifier);
// The smallest DECIMAL that holds the text; text for NaN and long numbers.
[[nodiscard]] number_form form_of_digits(std::string_view text);
// DECIMAL(10,2), HUGEINT and the like, as the engine writes a column's type; also of an array's elements.
[[nodiscard]] number_form form_of_stored(std::string_view engine_type);

class number_forms {
  public:
    // `loose`: differing scales may become one, as inside of sum(). For arrays: the form of their elements.
    [[nodiscard]] number_form of(const analysis::expression& value, bool loose = false);
    [[nodiscard]] const std::vector<number_form>& of(const analysis::query& select);
    [[nodiscard]] const std::vector<number_form>& of(const analysis::source& from);
    // One form for values side by side: CASE, UNION, VALUES.
    [[nodiscard]] static number_form united(const std::vector<number_form>& forms, bool loose);

  private:
    [[nodiscard]] number_form of_call(const analysis::function_call& call, bool loose);
    [[nodiscard]] number_form of_aggregate(const analysis::aggregate_call& call);
    [[nodiscard]] number_form of_cast(const analysis::expression& value, const analysis::cast& cast, bool loose);

    std::map<const analysis::query*, std::vector<number_form>> queries_;
    std::map<const analysis::source*, std::vector<number_form>> sources_;
    std::map<const analysis::common_table*, std::vector<number_form>> common_tables_;
};

}  // namespace sluice::duckdb
