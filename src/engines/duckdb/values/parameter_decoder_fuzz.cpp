// Parameters of every known type, text and binary, with and without a type that the statement expects: the result is a
// value or an error in valid UTF-8. The first byte chooses the type, the second format and target.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/core/assert.hpp"
#include "base/text/utf8.hpp"
#include "engines/duckdb/values/parameter_decoder.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::array<backend::oid, 42> types{0,    16,   17,   18,   19,   20,   21,   23,   25,   26,   114,
                                             199,  700,  701,  705,  1000, 1001, 1005, 1007, 1009, 1016, 1021,
                                             1022, 1042, 1043, 1082, 1083, 1114, 1115, 1184, 1186, 1231, 1266,
                                             1560, 1562, 1563, 1700, 2205, 2950, 2951, 3802, 3807};

// Null:    the statement expects no type.
owned_type make_target(std::uint8_t choice) {
    static constexpr std::array plain{DUCKDB_TYPE_TINYINT, DUCKDB_TYPE_BIGINT,       DUCKDB_TYPE_HUGEINT,
                                      DUCKDB_TYPE_UBIGINT, DUCKDB_TYPE_DOUBLE,       DUCKDB_TYPE_VARCHAR,
                                      DUCKDB_TYPE_DATE,    DUCKDB_TYPE_TIMESTAMP_NS, DUCKDB_TYPE_TIMESTAMP_S,
                                      DUCKDB_TYPE_TIME_NS, DUCKDB_TYPE_BIGNUM};
    const std::size_t index = choice % (plain.size() + 4);
    if (index < plain.size()) {
        return owned_type(duckdb_create_logical_type(plain[index]));
    }
    const owned_type decimal(duckdb_create_decimal_type(9, 2));
    switch (index - plain.size()) {
        case 0:
            return owned_type(duckdb_create_decimal_type(18, 2));
        case 1:
            return owned_type(duckdb_create_list_type(decimal.get()));
        case 2:
            return owned_type(duckdb_create_array_type(decimal.get(), 2));
        default:
            return {};
    }
}

void decode(std::uint8_t type, std::uint8_t how, std::string_view bytes) {
    const backend::wire_format format = (how & 1U) != 0 ? backend::wire_format::binary : backend::wire_format::text;
    const owned_type target = make_target(static_cast<std::uint8_t>(how >> 1U));
    const auto value =
        decode_parameter(types[type % types.size()], {.format = format, .value = bytes}, target.get(), time_zone());
    if (value) {
        SLUICE_ASSERT(value->get() != nullptr);
    } else {
        SLUICE_ASSERT(base::check_utf8(value.error().message).has_value());
        SLUICE_ASSERT(base::check_utf8(value.error().detail).has_value());
        SLUICE_ASSERT(value.error().code != sqlstates::internal_error);
    }
}

}  // namespace
}  // namespace sluice::duckdb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size >= 2) {
        sluice::duckdb::decode(data[0], data[1], {reinterpret_cast<const char*>(data + 2), size - 2});
    }
    return 0;
}
