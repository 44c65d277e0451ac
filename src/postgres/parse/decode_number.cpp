#include "postgres/parse/decode_number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>
#include <type_traits>
#include <utility>

namespace sluice::postgres {
namespace {

template <typename T>
constexpr std::string_view type_name() {
    if constexpr (std::is_same_v<T, std::int16_t>) {
        return "smallint";
    } else if constexpr (std::is_same_v<T, std::int32_t>) {
        return "integer";
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
        return "bigint";
    } else if constexpr (std::is_same_v<T, std::uint32_t>) {
        return "oid";
    } else if constexpr (std::is_same_v<T, float>) {
        return "real";
    } else {
        return "double precision";
    }
}

// "nan", "inf" and "infinity" in any case, with an optional sign; false when it is none of them.
template <typename Float>
bool read_special_float(std::string_view text, Float& value) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    if (base::equals_ignoring_case(text, "nan")) {
        value = std::numeric_limits<Float>::quiet_NaN();
        return true;
    }
    if (base::equals_ignoring_case(text, "inf") || base::equals_ignoring_case(text, "infinity")) {
        value = std::numeric_limits<Float>::infinity();
        value = negative ? -value : value;
        return true;
    }
    return false;
}

// No other character may follow the sign and the digits.
template <typename Float>
std::errc read_digits(std::string_view text, Float& value) {
    const char* first = text.data();
    const char* const last = first + text.size();
    bool negative = false;
    if (first != last && (*first == '+' || *first == '-')) {
        negative = *first == '-';
        ++first;
    }
    std::chars_format format = std::chars_format::general;
    if (last - first > 2 && first[0] == '0' && base::to_lower(first[1]) == 'x') {
        format = std::chars_format::hex;
        first += 2;
    }
    if (first == last || (!base::is_digit(*first) && *first != '.' && format == std::chars_format::general) ||
        *first == '-') {
        return std::errc::invalid_argument;
    }
    const auto [end, code] = std::from_chars(first, last, value, format);
    if (end != last) {
        return std::errc::invalid_argument;
    }
    value = negative ? -value : value;
    return code;
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
    while (!text.empty() && base::is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && base::is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

result<bool> decode_bool_text(std::string_view text) {
    struct word {
        std::string_view spelling;
        std::size_t letters_min;  // shorter prefixes are ambiguous
        bool value;
    };
    static constexpr std::array<word, 8> words{{{"true", 1, true},
                                                {"false", 1, false},
                                                {"yes", 1, true},
                                                {"no", 1, false},
                                                {"on", 2, true},
                                                {"off", 2, false},
                                                {"1", 1, true},
                                                {"0", 1, false}}};
    const std::string_view trimmed = trim_blanks(text);
    for (const word& candidate : words) {
        if (trimmed.size() >= candidate.letters_min && trimmed.size() <= candidate.spelling.size() &&
            base::equals_ignoring_case(trimmed, candidate.spelling.substr(0, trimmed.size()))) {
            return candidate.value;
        }
    }
    return fail(invalid_syntax("boolean", text));
}

result<bool> decode_bool_binary(std::string_view bytes) {
    if (bytes.size() != 1) {
        return fail(invalid_binary());
    }
    return bytes[0] != 0;
}

template <typename Integer>
result<Integer> decode_integer_text(std::string_view text) {
    const std::string_view trimmed = trim_blanks(text);
    const char* first = trimmed.data();
    const char* const last = first + trimmed.size();
    if (first != last && *first == '+') {
        ++first;
        if (first != last && *first == '-') {
            return fail(invalid_syntax(type_name<Integer>(), text));
        }
    }
    Integer value{};
    const auto [end, code] = std::from_chars(first, last, value);
    if (end != last || code == std::errc::invalid_argument) {
        return fail(invalid_syntax(type_name<Integer>(), text));
    }
    if (code == std::errc::result_out_of_range) {
        return fail(value_out_of_range(type_name<Integer>(), text));
    }
    return value;
}

template <typename Float>
result<Float> decode_float_text(std::string_view text) {
    const std::string_view trimmed = trim_blanks(text);
    Float value{};
    const std::errc code = read_digits(trimmed, value);
    if (code == std::errc{}) {
        return value;
    }
    if (code == std::errc::result_out_of_range) {
        // PostgreSQL has another word order for floats.
        std::string message = "\"" + quotable(trimmed) + "\" is out of range for type ";
        message += type_name<Float>();
        return fail(sqlstates::numeric_value_out_of_range, std::move(message));
    }
    if (read_special_float(trimmed, value)) {
        return value;
    }
    return fail(invalid_syntax(type_name<Float>(), text));
}

template <typename Float>
result<Float> decode_float_binary(std::string_view bytes) {
    using bits = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
    if (bytes.size() != sizeof(Float)) {
        return fail(invalid_binary());
    }
    return std::bit_cast<Float>(read_be<bits>(bytes));
}

template result<std::int16_t> decode_integer_text<std::int16_t>(std::string_view);
template result<std::int32_t> decode_integer_text<std::int32_t>(std::string_view);
template result<std::int64_t> decode_integer_text<std::int64_t>(std::string_view);
template result<std::uint32_t> decode_integer_text<std::uint32_t>(std::string_view);
template result<float> decode_float_text<float>(std::string_view);
template result<double> decode_float_text<double>(std::string_view);
template result<float> decode_float_binary<float>(std::string_view);
template result<double> decode_float_binary<double>(std::string_view);

}  // namespace sluice::postgres
