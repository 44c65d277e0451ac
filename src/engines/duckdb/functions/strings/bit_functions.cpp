#include "engines/duckdb/functions/strings/bit_functions.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "engines/duckdb/functions/strings/string_text.hpp"
#include "engines/duckdb/values/parameter_decoder_fit.hpp"
#include "postgres/parse/decode_bytes.hpp"

namespace sluice::duckdb {
namespace {

// '0' and '1', one a bit: every function here works on that form.
std::string digits_of(bits_view value) {
    const std::string_view data = value.data;
    const std::size_t padding = static_cast<unsigned char>(data.front());
    const std::size_t all = 8 * (data.size() - 1);
    std::string digits;
    digits.reserve(all);
    for (std::size_t i = padding; i < all; ++i) {
        digits += ((static_cast<unsigned char>(data[1 + i / 8]) >> (7 - i % 8)) & 1U) != 0 ? '1' : '0';
    }
    return digits;
}
bits bits_of(std::string_view digits) {
    return {pack_bits(digits)};
}

result<bits> substring_for(bits_view value, std::int32_t start, std::int32_t length) {
    TRY_ASSIGN(const unit_range range, substring_range(start, length));
    const std::string digits = digits_of(value);
    const std::size_t from = std::min(static_cast<std::size_t>(range.from), digits.size());
    return bits_of(std::string_view(digits).substr(from, static_cast<std::size_t>(range.count)));
}
result<bits> substring(bits_view value, std::int32_t start) {
    const std::string digits = digits_of(value);
    const std::size_t from = std::min(static_cast<std::size_t>(substring_range(start).from), digits.size());
    return bits_of(std::string_view(digits).substr(from));
}

result<bits> overlay_for(bits_view value, bits_view placed, std::int32_t start, std::int32_t length) {
    TRY_ASSIGN(const overlay_places places, overlay_range(start, length));
    const std::string digits = digits_of(value);
    const std::size_t rest = std::min(static_cast<std::size_t>(places.rest), digits.size());
    return bits_of(digits.substr(0, static_cast<std::size_t>(places.from)) + digits_of(placed) + digits.substr(rest));
}
result<bits> overlay(bits_view value, bits_view placed, std::int32_t start) {
    const std::size_t length = 8 * (placed.data.size() - 1) - static_cast<unsigned char>(placed.data.front());
    return overlay_for(value, placed, start, static_cast<std::int32_t>(length));
}

std::int32_t position(bits_view value, bits_view wanted) {
    const std::string digits = digits_of(value);
    const std::size_t at = digits.empty() ? std::string::npos : digits.find(digits_of(wanted));
    return at == std::string::npos ? 0 : static_cast<std::int32_t>(at) + 1;
}
std::int64_t count(bits_view value) {
    return std::ranges::count(digits_of(value), '1');
}

result<> check_index(std::int32_t index, std::size_t size) {
    if (index < 0 || static_cast<std::size_t>(index) >= size) {
        return fail(sqlstates::array_subscript_error,
                    fmt::format("bit index {} out of valid range (0..{})", index, static_cast<std::int64_t>(size) - 1));
    }
    return {};
}
result<std::int32_t> get_bit(bits_view value, std::int32_t index) {
    const std::string digits = digits_of(value);
    TRY(check_index(index, digits.size()));
    return digits[static_cast<std::size_t>(index)] - '0';
}
result<bits> set_bit(bits_view value, std::int32_t index, std::int32_t bit) {
    std::string digits = digits_of(value);
    TRY(check_index(index, digits.size()));
    if (bit != 0 && bit != 1) {
        return fail(sqlstates::invalid_parameter_value, "new bit must be 0 or 1");
    }
    digits[static_cast<std::size_t>(index)] = bit == 0 ? '0' : '1';
    return bits_of(digits);
}

enum class operation : std::uint8_t { conjunction, disjunction, exclusion };

template <operation which>
result<bits> combine(bits_view left, bits_view right) {
    std::string digits = digits_of(left);
    const std::string other = digits_of(right);
    if (digits.size() != other.size()) {
        constexpr std::string_view name = which == operation::conjunction   ? "AND"
                                          : which == operation::disjunction ? "OR"
                                                                            : "XOR";
        return fail(length_mismatch, fmt::format("cannot {} bit strings of different sizes", name));
    }
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const bool one = digits[i] == '1';
        const bool two = other[i] == '1';
        const bool made = which == operation::conjunction   ? one && two
                          : which == operation::disjunction ? one || two
                                                            : one != two;
        digits[i] = made ? '1' : '0';
    }
    return bits_of(digits);
}
bits negate(bits_view value) {
    std::string digits = digits_of(value);
    std::ranges::transform(digits, digits.begin(), [](char digit) { return digit == '0' ? '1' : '0'; });
    return bits_of(digits);
}

// To the left by a positive distance; the length stays.
bits shift(bits_view value, std::int64_t distance) {
    const std::string digits = digits_of(value);
    const std::size_t lost = std::min(static_cast<std::size_t>(distance < 0 ? -distance : distance), digits.size());
    const std::string zeros(lost, '0');
    return bits_of(distance < 0 ? zeros + digits.substr(0, digits.size() - lost) : digits.substr(lost) + zeros);
}
bits shift_left(bits_view value, std::int32_t distance) {
    return shift(value, distance);
}
bits shift_right(bits_view value, std::int32_t distance) {
    return shift(value, -std::int64_t{distance});
}

// The length of a type, from 1; a value without one stays as it is.
bits bit_cut(bits_view value, std::int32_t length) {
    std::string digits = digits_of(value);
    if (length > 0) {
        digits.resize(static_cast<std::size_t>(length), '0');
    }
    return bits_of(digits);
}
result<bits> bit_fit(bits_view value, std::int32_t length) {
    const std::size_t present = digits_of(value).size();
    if (length > 0 && present != static_cast<std::size_t>(length)) {
        return fail(length_mismatch, fmt::format("bit string length {} does not match type bit({})", present, length));
    }
    return bits{std::string(value.data)};
}
bits varbit_cut(bits_view value, std::int32_t length) {
    const std::string digits = digits_of(value);
    return bits_of(std::string_view(digits).substr(0, length > 0 ? static_cast<std::size_t>(length) : digits.size()));
}
result<bits> varbit_fit(bits_view value, std::int32_t length) {
    if (length > 0 && digits_of(value).size() > static_cast<std::size_t>(length)) {
        return fail(sqlstates::string_data_right_truncation,
                    fmt::format("bit string too long for type bit varying({})", length));
    }
    return bits{std::string(value.data)};
}

// The lowest `width` bits; beyond 64 the sign goes on.
bits of_integer(std::int64_t value, std::int32_t width) {
    std::string digits(static_cast<std::size_t>(std::max(width, 1)), value < 0 ? '1' : '0');
    for (std::size_t i = 0; i < std::min<std::size_t>(digits.size(), 64); ++i) {
        digits[digits.size() - 1 - i] = ((static_cast<std::uint64_t>(value) >> i) & 1U) != 0 ? '1' : '0';
    }
    return bits_of(digits);
}
template <typename Integer>
result<Integer> to_integer(bits_view value) {
    const std::string digits = digits_of(value);
    if (digits.size() > 8 * sizeof(Integer)) {
        return fail(sqlstates::numeric_value_out_of_range,
                    fmt::format("{} out of range", sizeof(Integer) == 4 ? "integer" : "bigint"));
    }
    std::uint64_t made = 0;
    for (const char digit : digits) {
        made = made << 1U | static_cast<std::uint64_t>(digit == '1');
    }
    return static_cast<Integer>(made);
}

result<bits> read(std::string_view text) {
    TRY_ASSIGN(const std::string digits, postgres::decode_bits_text(text));
    return bits_of(digits);
}

}  // namespace

result<> add_bit_functions(native_functions& functions) {
    TRY(functions.add<substring>("sluice_bit_substring"));
    TRY(functions.add<substring_for>("sluice_bit_substring_for"));
    TRY(functions.add<overlay>("sluice_bit_overlay"));
    TRY(functions.add<overlay_for>("sluice_bit_overlay_for"));
    TRY(functions.add<position>("sluice_bit_position"));
    TRY(functions.add<count>("sluice_bit_count"));
    TRY(functions.add<get_bit>("sluice_bit_get_bit"));
    TRY(functions.add<set_bit>("sluice_bit_set_bit"));
    TRY(functions.add<combine<operation::conjunction>>("sluice_bit_and"));
    TRY(functions.add<combine<operation::disjunction>>("sluice_bit_or"));
    TRY(functions.add<combine<operation::exclusion>>("sluice_bit_xor"));
    TRY(functions.add<negate>("sluice_bit_not"));
    TRY(functions.add<shift_left>("sluice_bit_shift_left"));
    TRY(functions.add<shift_right>("sluice_bit_shift_right"));
    TRY(functions.add<bit_cut>("sluice_bit_cut"));
    TRY(functions.add<bit_fit>("sluice_bit_fit"));
    TRY(functions.add<varbit_cut>("sluice_varbit_cut"));
    TRY(functions.add<varbit_fit>("sluice_varbit_fit"));
    TRY(functions.add<of_integer>("sluice_bit_of_int8"));
    TRY(functions.add<to_integer<std::int32_t>>("sluice_int4_of_bit"));
    TRY(functions.add<to_integer<std::int64_t>>("sluice_int8_of_bit"));
    TRY(functions.add<read>("sluice_bit_in"));
    return functions.add<read>("sluice_varbit_in");
}

}  // namespace sluice::duckdb
