#include "embed/query_value.hpp"

#include <charconv>
#include <cmath>
#include <system_error>

namespace sluice::embed {

namespace {

std::unexpected<error> malformed(std::string_view text, std::string_view type) {
    return fail(sqlstates::invalid_text_representation,
                "invalid value for " + std::string(type) + ": \"" + std::string(text) + "\"");
}

std::unexpected<error> beyond(std::string_view text, std::string_view type) {
    return fail(sqlstates::numeric_value_out_of_range,
                "value \"" + std::string(text) + "\" is out of range for this " + std::string(type));
}

template <typename Number>
result<Number> read_number(std::string_view text, std::string_view type) {
    Number value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure == std::errc::invalid_argument || end != text.data() + text.size()) {
        return malformed(text, type);
    }
    if (failure == std::errc::result_out_of_range) {
        return beyond(text, type);
    }
    return value;
}

}  // namespace

parameter_text to_parameter(double value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value < 0 ? "-Infinity" : "Infinity";
    }
    // The shortest text that keeps every bit.
    constexpr std::size_t longest = 32;
    std::string text(longest, '\0');
    const auto [end, failure] = std::to_chars(text.data(), text.data() + text.size(), value);
    text.resize(failure == std::errc() ? static_cast<std::size_t>(end - text.data()) : 0);
    return text;
}

result<std::int64_t> read_signed(std::string_view text, std::int64_t least, std::int64_t most) {
    TRY_ASSIGN(const auto value, read_number<std::int64_t>(text, "integer"));
    if (value < least || value > most) {
        return beyond(text, "integer");
    }
    return value;
}

result<std::uint64_t> read_unsigned(std::string_view text, std::uint64_t most) {
    if (text.starts_with('-')) {
        TRY_ASSIGN(const auto negative, read_number<std::int64_t>(text, "integer"));
        return negative == 0 ? result<std::uint64_t>(0) : beyond(text, "integer");
    }
    TRY_ASSIGN(const auto value, read_number<std::uint64_t>(text, "integer"));
    if (value > most) {
        return beyond(text, "integer");
    }
    return value;
}

// from_chars() knows PostgreSQL's NaN, Infinity and -Infinity.
result<double> read_double(std::string_view text) {
    return read_number<double>(text, "double");
}

result<bool> read_bool(std::string_view text) {
    if (text == "t" || text == "f") {
        return text == "t";
    }
    return malformed(text, "bool");
}

}  // namespace sluice::embed
