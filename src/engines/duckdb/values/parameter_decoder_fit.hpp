// parameter_decoder_fit.hpp - turns a value from the wire into the bits of one DuckDB type.
//
// Use:     TRY_ASSIGN(const std::optional<stored_value> stored, fit(value, type, fit_rule::exactly, text));
// Rules:   exactly: nullopt when the type cannot hold exactly that value, or is of another family; parameters then go
//          to the engine with their own type, and it compares or casts them. as_column: as PostgreSQL stores into a
//          column: decimals and timestamps are rounded, and a value that does not fit is an error.
// Errors:  22003 out of range, 22P02 no such value of an enum, 0A000 a value that the engine does not have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.hpp"
#include "engines/duckdb/values/parameter_decoder_wire.hpp"
#include "engines/duckdb/values/value_type.hpp"

namespace sluice::duckdb {

struct stored_value {
    postgres::uint128 bits = 0;  // of fixed-size kinds, as in a vector, in the low bytes
    std::string_view bytes;      // of varchar, json, bignum (digits), blob and bit; points into the wire's bytes ...
    std::string made;            // ... or this, if they had to be made
    bool has_made = false;
    bool is_null = false;

    [[nodiscard]] std::string_view view() const { return has_made ? std::string_view(made) : bytes; }
};

enum class fit_rule : std::uint8_t { exactly, as_column };

// `bytes` are those of the value, for messages.
result<std::optional<stored_value>> fit(const wire_value& value, const value_type& type, fit_rule rule,
                                        std::string_view bytes);

// The type that holds such values, and the value in it. Numbers: DECIMAL with exactly its digits, beyond 38 digits
// HUGEINT or UHUGEINT if it is one of those, else DOUBLE.
struct natural_value {
    value_type type;
    stored_value stored;
};
result<natural_value> natural(const wire_value& value, backend::oid type);
// The same without a value: numbers are DOUBLE.
[[nodiscard]] value_type natural_type(backend::oid type);
[[nodiscard]] value_type decimal_type(std::uint32_t width, std::uint32_t scale);

// Bytes of a fixed-size kind in a vector; 0 for the others.
[[nodiscard]] std::size_t stored_bytes(value_kind kind);

// BIT in DuckDB's form: the number of padding bits, then the bits right-aligned with ones in front.
[[nodiscard]] std::string pack_bits(std::string_view digits);

}  // namespace sluice::duckdb
