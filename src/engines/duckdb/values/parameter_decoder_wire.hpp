// parameter_decoder_wire.hpp - reads a value's bytes as plain data, by the type that the client gives.
//
// Problem: the client's form of a value differs from the engine's; this plain form is between them.
// Use:     TRY_ASSIGN(const wire_value value, read_wire(type_oids::int4, wire_format::binary, bytes, context));
// Memory:  text and bytea may point into `bytes`.
// Errors:  as PostgreSQL's input and receive functions: 22P02, 22P03, 22003, 22007, 22008, 22021, 22023.
// Threads: one at a time for a context.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "backend/backend.hpp"
#include "base/core/result.hpp"
#include "engines/duckdb/values/time_zone.hpp"
#include "postgres/format/value_text_time.hpp"
#include "postgres/parse/decode_numeric.hpp"
#include "postgres/parse/decode_time.hpp"

namespace sluice::duckdb {

// The context for reading values; caches the zones that were needed. The session's zone must outlive it.
class decode_context {
  public:
    explicit decode_context(const time_zone& session) : session_(&session) {}

    [[nodiscard]] time_zone& zone() { return zone_ ? *zone_ : zone_.emplace(*session_); }
    result<time_zone*> named_zone(std::string_view name);

  private:
    const time_zone* session_;
    std::optional<time_zone> zone_;  // a copy: looking up offsets changes it
    std::optional<time_zone> named_;
    std::string name_;  // name of named_, as written
};

struct wire_text {
    std::string_view text;
};
struct wire_json {
    std::string_view text;
};
struct wire_bytes {
    std::string_view bytes;
    std::string decoded;  // from the text formats; then `bytes` is not used

    [[nodiscard]] std::string_view view() const { return decoded.empty() ? bytes : std::string_view(decoded); }
};
struct wire_date {
    std::int32_t days;
};
struct wire_time {
    postgres::precise_time time;
};
struct wire_timestamp {
    postgres::precise_time time;
};
struct wire_timestamptz {
    std::int64_t microseconds;
};
struct wire_uuid {
    postgres::uint128 value;
};
struct wire_bits {
    std::string digits;
};

using wire_value = std::variant<bool, std::int64_t, float, double, postgres::numeric_value, wire_text, wire_json,
                                wire_bytes, wire_date, wire_time, postgres::time_with_zone, wire_timestamp,
                                wire_timestamptz, postgres::interval_parts, wire_uuid, wire_bits>;

// The offset at which the zone's clocks show `local`, both in microseconds.
[[nodiscard]] std::int64_t offset_at_local(time_zone& zone, std::int64_t local);

// Unknown types are text; their binary form is refused with 42883.
result<wire_value> read_wire(backend::oid type, backend::wire_format format, std::string_view bytes,
                             decode_context& context);

// The element type of an array type; 0 when `type` is no array.
[[nodiscard]] backend::oid element_of(backend::oid type);

}  // namespace sluice::duckdb
