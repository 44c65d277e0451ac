#include "engines/duckdb/functions/numbers/numeric_functions.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "engines/duckdb/functions/numbers/number.hpp"
#include "engines/duckdb/functions/numbers/numeric_aggregates.hpp"

namespace sluice::duckdb {
namespace {

using kind = number::kind;
using text = result<std::string>;

template <number (*operation)(const number&, const number&)>
text plain(std::string_view left, std::string_view right) {
    TRY_ASSIGN(const number one, parse_number(left));
    TRY_ASSIGN(const number other, parse_number(right));
    return text_of(operation(one, other));
}
template <result<number> (*operation)(const number&, const number&)>
text checked(std::string_view left, std::string_view right) {
    TRY_ASSIGN(const number one, parse_number(left));
    TRY_ASSIGN(const number other, parse_number(right));
    TRY_ASSIGN(const number made, operation(one, other));
    return text_of(made);
}
template <result<number> (*operation)(const number&)>
text checked(std::string_view value) {
    TRY_ASSIGN(const number one, parse_number(value));
    TRY_ASSIGN(const number made, operation(one));
    return text_of(made);
}

result<number> divided(const number& left, const number& right) {
    return divide(left, right);
}
result<number> divided_whole(const number& left, const number& right) {
    TRY_ASSIGN(const number made, divide(left, right, 0));
    if (!made.finite()) {
        return made;
    }
    // Cut, not rounded.
    const int scale = std::max(left.scale, right.scale);
    const big_integer above = left.units * power_of_ten(scale - left.scale);
    const big_integer below = right.units * power_of_ten(scale - right.scale);
    return number{.units = above / below, .scale = 0};
}
result<number> rooted(const number& value) {
    return square_root(value);
}

text read(std::string_view value) {
    TRY_ASSIGN(const number one, parse_number(value));
    return text_of(one);
}
text minus(std::string_view value) {
    TRY_ASSIGN(const number one, parse_number(value));
    return text_of(subtract({.units = 0}, one));
}
text magnitude(std::string_view value) {
    TRY_ASSIGN(number one, parse_number(value));
    one.units = boost::multiprecision::abs(one.units);
    one.is = one.is == kind::minus_infinity ? kind::infinity : one.is;
    return text_of(one);
}
text sign(std::string_view value) {
    TRY_ASSIGN(const number one, parse_number(value));
    if (one.is == kind::nan) {
        return "NaN";
    }
    return std::to_string(compare(one, {.units = 0}) > 0 ? 1 : compare(one, {.units = 0}) < 0 ? -1 : 0);
}
text round_to(std::string_view value, std::int32_t digits) {
    TRY_ASSIGN(const number one, parse_number(value));
    return text_of(rounded(one, std::clamp(digits, -131072, 16383)));
}
text truncate_to(std::string_view value, std::int32_t digits) {
    TRY_ASSIGN(const number one, parse_number(value));
    return text_of(truncated(one, std::clamp(digits, -131072, 16383)));
}
text ceiling(std::string_view value) {
    TRY_ASSIGN(const number one, parse_number(value));
    number whole = truncated(one, 0);
    if (one.finite() && compare(whole, one) < 0) {
        ++whole.units;
    }
    return text_of(whole);
}
text floored(std::string_view value) {
    TRY_ASSIGN(const number one, parse_number(value));
    number whole = truncated(one, 0);
    if (one.finite() && compare(whole, one) > 0) {
        --whole.units;
    }
    return text_of(whole);
}
text factorial(std::int64_t value) {
    if (value < 0) {
        return fail(sqlstates::numeric_value_out_of_range, "factorial of a negative number is undefined");
    }
    if (value > 32177) {
        return fail(sqlstates::numeric_value_out_of_range, "value overflows numeric format");
    }
    big_integer made = 1;
    for (std::int64_t i = 2; i <= value; ++i) {
        made *= i;
    }
    return made.str();
}
text common_divisor(std::string_view left, std::string_view right) {
    TRY_ASSIGN(const number one, parse_number(left));
    TRY_ASSIGN(const number other, parse_number(right));
    if (!one.finite() || !other.finite()) {
        return "NaN";
    }
    const int scale = std::max(one.scale, other.scale);
    return text_of({.units = boost::multiprecision::gcd(one.units * power_of_ten(scale - one.scale),
                                                        other.units * power_of_ten(scale - other.scale)),
                    .scale = scale});
}
text common_multiple(std::string_view left, std::string_view right) {
    TRY_ASSIGN(const number one, parse_number(left));
    TRY_ASSIGN(const number other, parse_number(right));
    if (!one.finite() || !other.finite()) {
        return "NaN";
    }
    const int scale = std::max(one.scale, other.scale);
    return text_of({.units = boost::multiprecision::lcm(one.units * power_of_ten(scale - one.scale),
                                                        other.units * power_of_ten(scale - other.scale)),
                    .scale = scale});
}
int least_scale(const number& value) {
    int scale = value.scale;
    big_integer units = value.units;
    while (scale > 0 && units % 10 == 0) {
        units /= 10;
        --scale;
    }
    return units == 0 ? 0 : scale;
}
result<std::optional<std::int32_t>> scale_of(std::string_view value) {
    TRY_ASSIGN(const number one, parse_number(value));
    return one.finite() ? std::optional<std::int32_t>(one.scale) : std::nullopt;
}
result<std::optional<std::int32_t>> min_scale_of(std::string_view value) {
    TRY_ASSIGN(const number one, parse_number(value));
    return one.finite() ? std::optional<std::int32_t>(least_scale(one)) : std::nullopt;
}
text without_zeros(std::string_view value) {
    TRY_ASSIGN(const number one, parse_number(value));
    return text_of(one.finite() ? rounded(one, least_scale(one)) : one);
}
result<bytes> key(std::string_view value) {
    TRY_ASSIGN(const number one, parse_number(value));
    return bytes{sort_key(one)};
}

// numeric(precision, scale)
text fitted(std::string_view value, std::int32_t precision, std::int32_t scale) {
    TRY_ASSIGN(const number one, parse_number(value));
    if (one.is == kind::nan) {
        return "NaN";
    }
    const number made = rounded(one, scale);
    if (!one.finite() || boost::multiprecision::abs(made.units) >= power_of_ten(precision - scale + made.scale)) {
        error cause = fail(sqlstates::numeric_value_out_of_range, "numeric field overflow").error();
        cause.detail =
            one.finite()
                ? fmt::format("A field with precision {}, scale {} must round to an absolute value less than {}{}.",
                              precision, scale, precision == scale ? "" : "10^",
                              precision == scale ? 1 : precision - scale)
                : fmt::format("A field with precision {}, scale {} cannot hold an infinite value.", precision, scale);
        return fail(std::move(cause));
    }
    return text_of(made);
}

result<std::int64_t> to_int8(std::string_view value) {
    TRY_ASSIGN(const number one, parse_number(value));
    if (!one.finite()) {
        return fail(sqlstates::feature_not_supported,
                    fmt::format("cannot convert {} to bigint", one.is == kind::nan ? "NaN" : "infinity"));
    }
    const number whole = rounded(one, 0);
    if (whole.units > std::numeric_limits<std::int64_t>::max() ||
        whole.units < std::numeric_limits<std::int64_t>::min()) {
        return fail(sqlstates::numeric_value_out_of_range, "bigint out of range");
    }
    return static_cast<std::int64_t>(whole.units);
}

text of_float(double value, int digits) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value < 0 ? "-Infinity" : "Infinity";
    }
    return read(fmt::format("{:.{}g}", value, digits));
}
text of_float8(double value) {
    return of_float(value, 15);
}
text of_float4(float value) {
    return of_float(static_cast<double>(value), 6);
}

template <int direction>
result<std::optional<std::string>> extreme(list_view<std::string_view> values) {
    std::optional<std::string> best;
    number best_number;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto each = values[i];
        if (each) {
            TRY_ASSIGN(number one, parse_number(*each));
            if (!best || compare(one, best_number) * direction > 0) {
                best = std::string(*each);
                best_number = std::move(one);
            }
        }
    }
    return best;
}

result<std::int32_t> width_bucket(std::string_view value, std::string_view low, std::string_view high,
                                  std::int32_t count) {
    constexpr sqlstate invalid_argument{"2201G"};
    TRY_ASSIGN(const number one, parse_number(value));
    TRY_ASSIGN(const number from, parse_number(low));
    TRY_ASSIGN(const number to, parse_number(high));
    if (count <= 0) {
        return fail(invalid_argument, "count must be greater than zero");
    }
    if (one.is == kind::nan || from.is == kind::nan || to.is == kind::nan) {
        return fail(invalid_argument, "operand, lower bound, and upper bound cannot be NaN");
    }
    if (!from.finite() || !to.finite()) {
        return fail(invalid_argument, "lower and upper bounds must be finite");
    }
    const int order = compare(from, to);
    if (order == 0) {
        return fail(invalid_argument, "lower bound cannot equal upper bound");
    }
    const bool down = order > 0;
    if ((down ? compare(one, from) > 0 : compare(one, from) < 0)) {
        return 0;
    }
    if ((down ? compare(one, to) <= 0 : compare(one, to) >= 0)) {
        return count + 1;
    }
    const number above = multiply(subtract(one, from), {.units = count});
    TRY_ASSIGN(const number place, divided_whole(above, subtract(to, from)));
    return static_cast<std::int32_t>(place.units) + 1;
}

}  // namespace

result<> add_numeric_functions(native_functions& functions) {
    TRY(functions.add<read>("sluice_numeric_in"));
    TRY((functions.add<plain<add>>("sluice_numeric_add")));
    TRY((functions.add<plain<subtract>>("sluice_numeric_sub")));
    TRY((functions.add<plain<multiply>>("sluice_numeric_mul")));
    TRY((functions.add<static_cast<text (*)(std::string_view, std::string_view)>(&checked<divided>)>(
        "sluice_numeric_div")));
    TRY((functions.add<static_cast<text (*)(std::string_view, std::string_view)>(&checked<divided_whole>)>(
        "sluice_numeric_div_trunc")));
    TRY((functions.add<static_cast<text (*)(std::string_view, std::string_view)>(&checked<remainder>)>(
        "sluice_numeric_mod")));
    TRY((functions.add<static_cast<text (*)(std::string_view, std::string_view)>(&checked<power>)>(
        "sluice_numeric_power")));
    TRY((functions.add<static_cast<text (*)(std::string_view, std::string_view)>(&checked<logarithm>)>(
        "sluice_numeric_log")));
    TRY((functions.add<static_cast<text (*)(std::string_view)>(&checked<rooted>)>("sluice_numeric_sqrt")));
    TRY((functions.add<static_cast<text (*)(std::string_view)>(&checked<exponential>)>("sluice_numeric_exp")));
    TRY((functions.add<static_cast<text (*)(std::string_view)>(&checked<natural_logarithm>)>("sluice_numeric_ln")));
    TRY(functions.add<minus>("sluice_numeric_minus"));
    TRY(functions.add<magnitude>("sluice_numeric_abs"));
    TRY(functions.add<sign>("sluice_numeric_sign"));
    TRY(functions.add<round_to>("sluice_numeric_round"));
    TRY(functions.add<truncate_to>("sluice_numeric_trunc"));
    TRY(functions.add<ceiling>("sluice_numeric_ceil"));
    TRY(functions.add<floored>("sluice_numeric_floor"));
    TRY(functions.add<factorial>("sluice_numeric_factorial"));
    TRY(functions.add<common_divisor>("sluice_numeric_gcd"));
    TRY(functions.add<common_multiple>("sluice_numeric_lcm"));
    TRY(functions.add<scale_of>("sluice_numeric_scale"));
    TRY(functions.add<min_scale_of>("sluice_numeric_min_scale"));
    TRY(functions.add<without_zeros>("sluice_numeric_trim_scale"));
    TRY(functions.add<key>("sluice_numeric_key"));
    TRY(functions.add<fitted>("sluice_numeric_fit"));
    TRY(functions.add<to_int8>("sluice_int8_of_numeric"));
    TRY(functions.add<of_float8>("sluice_numeric_of_float8"));
    TRY(functions.add<of_float4>("sluice_numeric_of_float4"));
    TRY(functions.add<extreme<1>>("sluice_numeric_greatest"));
    TRY(functions.add<extreme<-1>>("sluice_numeric_least"));
    TRY(functions.add<width_bucket>("sluice_numeric_width_bucket"));
    return add_numeric_aggregates(functions.connection());
}

}  // namespace sluice::duckdb
