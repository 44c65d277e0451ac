// Exponentials and logarithms of numbers: computed with as many digits as the result shows.
#include <algorithm>
#include <cmath>

#include <boost/multiprecision/cpp_dec_float.hpp>

#include "engines/duckdb/functions/numbers/number.hpp"

namespace sluice::duckdb {
namespace {

using kind = number::kind;
namespace mp = boost::multiprecision;
using usual_float = mp::number<mp::cpp_dec_float<120>>;
using long_float = mp::number<mp::cpp_dec_float<2200>>;

constexpr int significant_digits_min = 16;
constexpr int usual_digits = 90;
constexpr double log10_of_e = 0.43429448190325182765;
constexpr double exponent_max = 131072 * 2.302585092994046;

template <typename Float>
Float to_float(const number& value) {
    return Float(value.units.str()) / mp::pow(Float(10), value.scale);
}

template <typename Float>
number from_float(const Float& value, int scale) {
    const Float scaled = value * mp::pow(Float(10), scale);
    const Float whole = mp::round(scaled);
    return {.units = big_integer(whole.str(0, std::ios_base::fixed)), .scale = scale};
}

// Runs the computation with a type of enough digits.
template <typename Compute>
number computed(int digits, int scale, const Compute& compute) {
    return digits <= usual_digits ? from_float(compute(usual_float()), scale)
                                  : from_float(compute(long_float()), scale);
}

double approximate(const number& value) {
    const std::string digits = magnitude_text(value);
    const double leading = std::stod(digits.substr(0, 17));
    const double shown = leading * std::pow(10.0, static_cast<double>(digits.size()) -
                                                      static_cast<double>(std::min<std::size_t>(digits.size(), 17)) -
                                                      static_cast<double>(value.scale));
    return value.units < 0 ? -shown : shown;
}
// log10 of the value, which may be beyond a double.
double approximate_log10(const number& value) {
    const std::string digits = magnitude_text(value);
    const std::string leading = digits.substr(0, 17);
    return std::log10(std::stod(leading)) + static_cast<double>(digits.size() - leading.size()) - value.scale;
}

int clamped(int scale) {
    return std::min(std::max(scale, 0), scale_max);
}

// The exponent of ln(value)'s first digit.
int logarithm_exponent(const number& value) {
    const double near = approximate(value);
    if (near >= 0.9 && near <= 1.1) {
        const number rest = subtract(value, {.units = 1});
        return rest.units == 0 ? 0 : static_cast<int>(std::floor(approximate_log10(rest)));
    }
    const double logarithm = std::abs(approximate_log10(value) * 2.302585092994046);
    return static_cast<int>(std::log10(logarithm));
}

result<> check_logarithm(const number& value) {
    if (value.is == kind::minus_infinity || (value.finite() && value.units < 0)) {
        return fail(sqlstate{"2201E"}, "cannot take logarithm of a negative number");
    }
    if (value.finite() && value.units == 0) {
        return fail(sqlstate{"2201E"}, "cannot take logarithm of zero");
    }
    return {};
}

std::unexpected<error> overflow() {
    return fail(sqlstates::numeric_value_out_of_range, "value overflows numeric format");
}

}  // namespace

result<number> exponential(const number& value) {
    if (!value.finite()) {
        return value.is == kind::minus_infinity ? number{.units = 0} : value;
    }
    const double near = approximate(value);
    if (near > exponent_max) {
        return overflow();
    }
    const double digits = std::clamp(near * log10_of_e, -1000.0, 131072.0);
    const int scale = clamped(std::max(significant_digits_min - static_cast<int>(digits), value.scale));
    const int whole = std::max(static_cast<int>(digits), 0) + 1;
    return computed(scale + whole, scale,
                    [&](auto zero) { return decltype(zero)(mp::exp(to_float<decltype(zero)>(value))); });
}

result<number> natural_logarithm(const number& value) {
    if (value.is == kind::nan) {
        return value;
    }
    TRY(check_logarithm(value));
    if (!value.finite()) {
        return value;
    }
    const int scale = clamped(std::max(significant_digits_min - logarithm_exponent(value), value.scale));
    return computed(scale + 8, scale,
                    [&](auto zero) { return decltype(zero)(mp::log(to_float<decltype(zero)>(value))); });
}

result<number> logarithm(const number& base, const number& value) {
    if (base.is == kind::nan || value.is == kind::nan) {
        return number{.is = kind::nan, .units = 0};
    }
    TRY(check_logarithm(base));
    TRY(check_logarithm(value));
    if (!base.finite() || !value.finite()) {
        if (base.finite()) {
            return value;
        }
        return value.finite() ? number{.units = 0} : number{.is = kind::nan, .units = 0};
    }
    if (compare(base, {.units = 1}) == 0) {
        return fail(sqlstates::division_by_zero, "division by zero");
    }
    const int exponent = logarithm_exponent(value) - logarithm_exponent(base);
    const int scale = clamped(std::max({significant_digits_min - exponent, base.scale, value.scale}));
    return computed(scale + 8, scale, [&](auto zero) {
        using type = decltype(zero);
        return type(mp::log(to_float<type>(value)) / mp::log(to_float<type>(base)));
    });
}

result<number> power(const number& base, const number& exponent) {
    const number one{.units = 1};
    if (base.is == kind::nan) {
        return exponent.finite() && exponent.units == 0 ? one : base;
    }
    if (exponent.is == kind::nan) {
        return base.finite() && compare(base, one) == 0 ? one : exponent;
    }
    const bool whole = exponent.finite() && exponent.units % power_of_ten(exponent.scale) == 0;
    const bool base_zero = base.finite() && base.units == 0;
    const bool exponent_negative = exponent.is == kind::minus_infinity || (exponent.finite() && exponent.units < 0);
    if (base_zero && exponent_negative) {
        return fail(sqlstate{"2201F"}, "zero raised to a negative power is undefined");
    }
    const bool base_negative = base.is == kind::minus_infinity || (base.finite() && base.units < 0);
    if (base_negative && !whole && exponent.finite()) {
        return fail(sqlstate{"2201F"}, "a negative number raised to a non-integer power yields a complex result");
    }
    if (!base.finite() || !exponent.finite()) {
        if (exponent.finite() && exponent.units == 0) {
            return one;
        }
        if (!exponent.finite()) {
            const int size = base.finite() ? compare({.units = mp::abs(base.units), .scale = base.scale}, one) : 1;
            if (size == 0) {
                return one;
            }
            return (size > 0) == (exponent.is == kind::infinity) ? number{.is = kind::infinity, .units = 0}
                                                                 : number{.units = 0};
        }
        if (exponent_negative) {
            return number{.units = 0};
        }
        const bool odd = whole && (exponent.units / power_of_ten(exponent.scale)) % 2 != 0;
        return number{.is = base_negative && odd ? kind::minus_infinity : kind::infinity, .units = 0};
    }
    if (base_zero) {
        const int scale = exponent.units == 0 ? significant_digits_min : significant_digits_min;
        return rounded(exponent.units == 0 ? one : number{.units = 0}, std::max({scale, base.scale, exponent.scale}));
    }
    const double digits = approximate_log10(base) * approximate(exponent);
    if (digits > 131072) {
        return overflow();
    }
    const int scale = clamped(
        std::max({significant_digits_min - static_cast<int>(std::max(digits, -2000.0)), base.scale, exponent.scale}));
    const int needed = scale + std::max(static_cast<int>(digits), 0) + 4;
    if (whole) {
        const big_integer times = exponent.units / power_of_ten(exponent.scale);
        const big_integer count = mp::abs(times);
        if (count * magnitude_text(base).size() > 400000) {
            return overflow();
        }
        const auto repeated = static_cast<unsigned>(count);
        const number product{.units = mp::pow(base.units, repeated), .scale = base.scale * static_cast<int>(repeated)};
        return times < 0 ? divide(one, product, scale) : result<number>(rounded(product, scale));
    }
    return computed(needed, scale, [&](auto zero) {
        using type = decltype(zero);
        return type(mp::exp(mp::log(to_float<type>(base)) * to_float<type>(exponent)));
    });
}

}  // namespace sluice::duckdb
