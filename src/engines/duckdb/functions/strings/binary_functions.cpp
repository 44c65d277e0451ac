#include "engines/duckdb/functions/strings/binary_functions.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <fmt/format.h>
#include <openssl/evp.h>

#include "engines/duckdb/functions/strings/string_byte_texts.hpp"
#include "engines/duckdb/functions/strings/string_text.hpp"

namespace sluice::duckdb {
namespace {

std::string_view cut(std::string_view data, const unit_range& range) {
    data.remove_prefix(std::min(static_cast<std::size_t>(range.from), data.size()));
    return data.substr(0, static_cast<std::size_t>(range.count));
}
bytes_view substring(bytes_view given, std::int32_t start) {
    return {cut(given.data, substring_range(start))};
}
result<bytes_view> substring_for(bytes_view given, std::int32_t start, std::int32_t length) {
    TRY_ASSIGN(const unit_range range, substring_range(start, length));
    return bytes_view{cut(given.data, range)};
}

result<bytes> overlay_for(bytes_view old, bytes_view placed, std::int32_t start, std::int32_t length) {
    TRY_ASSIGN(const overlay_places places, overlay_range(start, length));
    const std::string_view before = old.data.substr(0, static_cast<std::size_t>(places.from));
    const std::string_view behind = old.data.substr(std::min(static_cast<std::size_t>(places.rest), old.data.size()));
    TRY(check_value_size(before.size() + placed.data.size() + behind.size()));
    return bytes{std::string(before).append(placed.data).append(behind)};
}
result<bytes> overlay(bytes_view old, bytes_view placed, std::int32_t start) {
    return overlay_for(old, placed, start, static_cast<std::int32_t>(placed.data.size()));
}

std::int32_t position(bytes_view given, bytes_view wanted) {
    const std::size_t at = given.data.find(wanted.data);
    return at == std::string_view::npos ? 0 : static_cast<std::int32_t>(at) + 1;
}
std::int64_t bit_count(bytes_view given) {
    std::int64_t count = 0;
    for (const char byte : given.data) {
        count += std::popcount(static_cast<unsigned char>(byte));
    }
    return count;
}

enum class ends : std::uint8_t { left, right, both };

template <ends which>
bytes_view trim(bytes_view given, bytes_view unwanted) {
    std::string_view data = given.data;
    if (which != ends::right) {
        data.remove_prefix(std::min(data.find_first_not_of(unwanted.data), data.size()));
    }
    if (which != ends::left) {
        data = data.substr(0, data.find_last_not_of(unwanted.data) + 1);
    }
    return {data};
}

result<> check_index(std::int64_t index, std::size_t size) {
    if (index < 0 || static_cast<std::size_t>(index) >= size) {
        return fail(sqlstates::array_subscript_error,
                    fmt::format("index {} out of valid range, 0..{}", index, static_cast<std::int64_t>(size) - 1));
    }
    return {};
}
result<std::int32_t> get_byte(bytes_view given, std::int32_t index) {
    TRY(check_index(index, given.data.size()));
    return static_cast<unsigned char>(given.data[static_cast<std::size_t>(index)]);
}
result<bytes> set_byte(bytes_view given, std::int32_t index, std::int32_t value) {
    TRY(check_index(index, given.data.size()));
    std::string made(given.data);
    made[static_cast<std::size_t>(index)] = static_cast<char>(value);
    return bytes{std::move(made)};
}
// Bits count from the lowest of each byte.
result<std::int32_t> get_bit(bytes_view given, std::int64_t index) {
    TRY(check_index(index, 8 * given.data.size()));
    const auto place = static_cast<std::size_t>(index);
    return (static_cast<unsigned char>(given.data[place / 8]) >> (place % 8)) & 1;
}
result<bytes> set_bit(bytes_view given, std::int64_t index, std::int32_t bit) {
    TRY(check_index(index, 8 * given.data.size()));
    if (bit != 0 && bit != 1) {
        return fail(sqlstates::invalid_parameter_value, "new bit must be 0 or 1");
    }
    std::string made(given.data);
    const auto place = static_cast<std::size_t>(index);
    const auto mask = static_cast<unsigned char>(1U << (place % 8));
    const auto old = static_cast<unsigned char>(made[place / 8]);
    made[place / 8] = static_cast<char>(bit == 0 ? old & ~mask : old | mask);
    return bytes{std::move(made)};
}

template <const EVP_MD* (*algorithm)()>
result<bytes> digest(bytes_view given) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> room;
    unsigned int size = 0;
    if (EVP_Digest(given.data.data(), given.data.size(), room.data(), &size, algorithm(), nullptr) != 1) {
        return fail(sqlstates::internal_error, "could not compute a digest");
    }
    return bytes{std::string(reinterpret_cast<const char*>(room.data()), size)};
}

result<std::string> encode(bytes_view given, std::string_view format) {
    return encode_bytes(given.data, format);
}
result<bytes> decode(std::string_view given, std::string_view format) {
    TRY_ASSIGN(std::string made, decode_bytes(given, format));
    return bytes{std::move(made)};
}

}  // namespace

result<> add_binary_functions(native_functions& functions) {
    TRY(functions.add<substring>("sluice_bytea_substring"));
    TRY(functions.add<substring_for>("sluice_bytea_substring_for"));
    TRY(functions.add<overlay>("sluice_bytea_overlay"));
    TRY(functions.add<overlay_for>("sluice_bytea_overlay_for"));
    TRY(functions.add<position>("sluice_bytea_position"));
    TRY(functions.add<bit_count>("sluice_bytea_bit_count"));
    TRY(functions.add<trim<ends::both>>("sluice_bytea_btrim"));
    TRY(functions.add<trim<ends::left>>("sluice_bytea_ltrim"));
    TRY(functions.add<trim<ends::right>>("sluice_bytea_rtrim"));
    TRY(functions.add<get_byte>("sluice_get_byte"));
    TRY(functions.add<set_byte>("sluice_set_byte"));
    TRY(functions.add<get_bit>("sluice_get_bit"));
    TRY(functions.add<set_bit>("sluice_set_bit"));
    TRY(functions.add<digest<EVP_sha224>>("sluice_sha224"));
    TRY(functions.add<digest<EVP_sha256>>("sluice_sha256"));
    TRY(functions.add<digest<EVP_sha384>>("sluice_sha384"));
    TRY(functions.add<digest<EVP_sha512>>("sluice_sha512"));
    TRY(functions.add<encode>("sluice_encode"));
    return functions.add<decode>("sluice_decode");
}

}  // namespace sluice::duckdb
