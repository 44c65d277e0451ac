#include "engines/duckdb/functions/numbers/arithmetic_functions.hpp"

#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <type_traits>

namespace sluice::duckdb {
namespace {

constexpr sqlstate invalid_logarithm_argument{"2201E"};
constexpr sqlstate invalid_power_argument{"2201F"};
constexpr sqlstate invalid_bucket_argument{"2201G"};

std::unexpected<error> division_by_zero() {
    return fail(sqlstates::division_by_zero, "division by zero");
}
std::unexpected<error> out_of_range(std::string_view type) {
    return fail(sqlstates::numeric_value_out_of_range, fmt::format("{} out of range", type));
}
std::unexpected<error> overflow() {
    return fail(sqlstates::numeric_value_out_of_range, "value out of range: overflow");
}
std::unexpected<error> underflow() {
    return fail(sqlstates::numeric_value_out_of_range, "value out of range: underflow");
}

template <typename Integer>
constexpr std::string_view name_of_integer() {
    return sizeof(Integer) == 2 ? "smallint" : sizeof(Integer) == 4 ? "integer" : "bigint";
}

template <typename Integer>
result<Integer> divide(Integer left, Integer right) {
    if (right == 0) {
        return division_by_zero();
    }
    if (right == -1) {
        return left == std::numeric_limits<Integer>::min() ? result<Integer>(out_of_range(name_of_integer<Integer>()))
                                                           : result<Integer>(static_cast<Integer>(-left));
    }
    return static_cast<Integer>(left / right);
}
template <typename Integer>
result<Integer> remainder(Integer left, Integer right) {
    if (right == 0) {
        return division_by_zero();
    }
    return right == -1 ? Integer{0} : static_cast<Integer>(left % right);
}
// The distance counts modulo the width, as the processor does.
template <typename Integer>
Integer shift_left(Integer value, std::int32_t by) {
    using bits = std::make_unsigned_t<Integer>;
    return static_cast<Integer>(static_cast<bits>(value) << (static_cast<std::uint32_t>(by) % (8 * sizeof(Integer))));
}
template <typename Integer>
Integer shift_right(Integer value, std::int32_t by) {
    return static_cast<Integer>(value >> (static_cast<std::uint32_t>(by) % (8 * sizeof(Integer))));
}

template <typename Float>
result<Float> checked(Float value, bool may_be_infinite, bool may_be_zero) {
    if (std::isinf(value) && !may_be_infinite) {
        return overflow();
    }
    if (value == 0 && !may_be_zero) {
        return underflow();
    }
    return value;
}
template <typename Float>
result<Float> plus(Float left, Float right) {
    return checked<Float>(left + right, std::isinf(left) || std::isinf(right), true);
}
template <typename Float>
result<Float> minus(Float left, Float right) {
    return checked<Float>(left - right, std::isinf(left) || std::isinf(right), true);
}
template <typename Float>
result<Float> times(Float left, Float right) {
    return checked<Float>(left * right, std::isinf(left) || std::isinf(right), left == 0 || right == 0);
}
template <typename Float>
result<Float> quotient(Float left, Float right) {
    if (right == 0 && !std::isnan(left)) {
        return division_by_zero();
    }
    return checked<Float>(left / right, std::isinf(left), left == 0 || std::isinf(right));
}

result<double> square_root(double value) {
    if (value < 0) {
        return fail(invalid_power_argument, "cannot take square root of a negative number");
    }
    return std::sqrt(value);
}
result<double> exponential(double value) {
    const double made = std::exp(value);
    return checked(made, std::isinf(value), std::isinf(value));
}
result<> check_logarithm(double value) {
    if (value == 0) {
        return fail(invalid_logarithm_argument, "cannot take logarithm of zero");
    }
    if (value < 0) {
        return fail(invalid_logarithm_argument, "cannot take logarithm of a negative number");
    }
    return {};
}
result<double> natural_logarithm(double value) {
    TRY(check_logarithm(value));
    return std::log(value);
}
result<double> common_logarithm(double value) {
    TRY(check_logarithm(value));
    return std::log10(value);
}
result<double> power(double base, double exponent) {
    if (std::isnan(base)) {
        return exponent == 0 ? 1.0 : base;
    }
    if (std::isnan(exponent)) {
        return base == 1 ? 1.0 : exponent;
    }
    if (base == 0 && exponent < 0) {
        return fail(invalid_power_argument, "zero raised to a negative power is undefined");
    }
    if (base < 0 && std::floor(exponent) != exponent) {
        return fail(invalid_power_argument, "a negative number raised to a non-integer power yields a complex result");
    }
    const double made = std::pow(base, exponent);
    const bool endless = std::isinf(base) || std::isinf(exponent);
    return checked(made, endless, endless || base == 0);
}

template <typename Integer>
result<Integer> integer_of_float(double value) {
    const double whole = std::nearbyint(value);  // half to even
    constexpr double limit = sizeof(Integer) == 2   ? 32768.0
                             : sizeof(Integer) == 4 ? 2147483648.0
                                                    : 9223372036854775808.0;
    if (std::isnan(whole) || whole < -limit || whole >= limit) {
        return out_of_range(name_of_integer<Integer>());
    }
    return static_cast<Integer>(whole);
}
result<float> float4_of_float8(double value) {
    const auto made = static_cast<float>(value);
    return checked<float>(made, std::isinf(value), value == 0);
}

result<std::int32_t> width_bucket(double value, double low, double high, std::int32_t count) {
    if (count <= 0) {
        return fail(invalid_bucket_argument, "count must be greater than zero");
    }
    if (std::isnan(value) || std::isnan(low) || std::isnan(high)) {
        return fail(invalid_bucket_argument, "operand, lower bound, and upper bound cannot be NaN");
    }
    if (std::isinf(low) || std::isinf(high)) {
        return fail(invalid_bucket_argument, "lower and upper bounds must be finite");
    }
    if (low == high) {
        return fail(invalid_bucket_argument, "lower bound cannot equal upper bound");
    }
    const bool down = low > high;
    if (down ? value > low : value < low) {
        return 0;
    }
    if (down ? value <= high : value >= high) {
        return count == std::numeric_limits<std::int32_t>::max() ? result<std::int32_t>(out_of_range("integer"))
                                                                 : result<std::int32_t>(count + 1);
    }
    const double share = (value - low) / (high - low);
    return static_cast<std::int32_t>(share * count) + 1;
}

std::string to_hex(std::int64_t value, std::int32_t width) {
    return width == 32 ? fmt::format("{:x}", static_cast<std::uint32_t>(value))
                       : fmt::format("{:x}", static_cast<std::uint64_t>(value));
}

// start, start + step, ... up to stop
result<std::vector<std::optional<std::int64_t>>> series(std::int64_t start, std::int64_t stop, std::int64_t step) {
    if (step == 0) {
        return fail(sqlstates::invalid_parameter_value, "step size cannot equal zero");
    }
    std::vector<std::optional<std::int64_t>> made;
    for (std::int64_t at = start; step > 0 ? at <= stop : at >= stop;) {
        made.emplace_back(at);
        if (__builtin_add_overflow(at, step, &at)) {
            break;
        }
    }
    return made;
}

}  // namespace

result<> add_arithmetic_functions(native_functions& functions) {
    TRY(functions.add<divide<std::int16_t>>("sluice_int2_div"));
    TRY(functions.add<divide<std::int32_t>>("sluice_int4_div"));
    TRY(functions.add<divide<std::int64_t>>("sluice_int8_div"));
    TRY(functions.add<remainder<std::int16_t>>("sluice_int2_mod"));
    TRY(functions.add<remainder<std::int32_t>>("sluice_int4_mod"));
    TRY(functions.add<remainder<std::int64_t>>("sluice_int8_mod"));
    TRY(functions.add<shift_left<std::int32_t>>("sluice_int4_shift_left"));
    TRY(functions.add<shift_left<std::int64_t>>("sluice_int8_shift_left"));
    TRY(functions.add<shift_right<std::int32_t>>("sluice_int4_shift_right"));
    TRY(functions.add<shift_right<std::int64_t>>("sluice_int8_shift_right"));
    TRY(functions.add<plus<float>>("sluice_float4_add"));
    TRY(functions.add<minus<float>>("sluice_float4_sub"));
    TRY(functions.add<times<float>>("sluice_float4_mul"));
    TRY(functions.add<quotient<float>>("sluice_float4_div"));
    TRY(functions.add<plus<double>>("sluice_float8_add"));
    TRY(functions.add<minus<double>>("sluice_float8_sub"));
    TRY(functions.add<times<double>>("sluice_float8_mul"));
    TRY(functions.add<quotient<double>>("sluice_float8_div"));
    TRY(functions.add<square_root>("sluice_float8_sqrt"));
    TRY(functions.add<exponential>("sluice_float8_exp"));
    TRY(functions.add<natural_logarithm>("sluice_float8_ln"));
    TRY(functions.add<common_logarithm>("sluice_float8_log"));
    TRY(functions.add<power>("sluice_float8_power"));
    TRY(functions.add<integer_of_float<std::int16_t>>("sluice_int2_of_float8"));
    TRY(functions.add<integer_of_float<std::int32_t>>("sluice_int4_of_float8"));
    TRY(functions.add<integer_of_float<std::int64_t>>("sluice_int8_of_float8"));
    TRY(functions.add<float4_of_float8>("sluice_float4_of_float8"));
    TRY(functions.add<width_bucket>("sluice_width_bucket"));
    TRY(functions.add<to_hex>("sluice_to_hex"));
    return functions.add<series>("sluice_series");
}

}  // namespace sluice::duckdb
