#include "engines/duckdb/functions/numbers/numeric_aggregates.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <string>

#include "engines/duckdb/functions/native_function.hpp"
#include "engines/duckdb/functions/numbers/number.hpp"

namespace sluice::duckdb {
namespace {

using kind = number::kind;

enum class measure : std::uint8_t {
    sum,
    average,
    variance_population,
    variance_sample,
    deviation_population,
    deviation_sample
};

constexpr std::array<std::pair<const char*, measure>, 6> measures{{
    {"sluice_numeric_sum", measure::sum},
    {"sluice_numeric_avg", measure::average},
    {"sluice_numeric_var_pop", measure::variance_population},
    {"sluice_numeric_var_samp", measure::variance_sample},
    {"sluice_numeric_stddev_pop", measure::deviation_population},
    {"sluice_numeric_stddev_samp", measure::deviation_sample},
}};

struct state {
    std::int64_t count = 0;
    number sum{.units = 0};
    number squares{.units = 0};

    void add(const number& value, bool squared) {
        ++count;
        sum = duckdb::add(sum, value);
        if (squared) {
            squares = duckdb::add(squares, multiply(value, value));
        }
    }
};

// DuckDB's memory for a state has no alignment beyond that of a pointer.
state*& state_at(duckdb_aggregate_state at) {
    return *reinterpret_cast<state**>(at);  // NOLINT(*-reinterpret-cast): the C API's opaque type for our memory
}

measure measure_of(duckdb_function_info info) {
    return *static_cast<const measure*>(duckdb_aggregate_function_get_extra_info(info));
}

result<std::optional<std::string>> finished(const state& of, measure what) {
    const number count{.units = of.count};
    if (of.count == 0) {
        return std::nullopt;
    }
    if (what == measure::sum) {
        return text_of(of.sum);
    }
    if (what == measure::average) {
        TRY_ASSIGN(const number made, divide(of.sum, count));
        return text_of(made);
    }
    const bool sample = what == measure::variance_sample || what == measure::deviation_sample;
    if (sample && of.count == 1) {
        return std::nullopt;
    }
    if (!of.sum.finite()) {
        return "NaN";
    }
    // (n × Σx² − (Σx)²) ÷ (n × n or n × (n − 1))
    const number above = subtract(multiply(count, of.squares), multiply(of.sum, of.sum));
    const number below = multiply(count, {.units = of.count - (sample ? 1 : 0)});
    if (above.units <= 0) {
        return "0";
    }
    const int scale = quotient_scale(above, below);
    TRY_ASSIGN(number made, divide(above, below, scale));
    if (what == measure::deviation_population || what == measure::deviation_sample) {
        TRY_ASSIGN(made, square_root(made, scale));
    }
    return text_of(made);
}

idx_t state_bytes(duckdb_function_info /*info*/) {
    return sizeof(state*);
}
void begin(duckdb_function_info /*info*/, duckdb_aggregate_state at) {
    state_at(at) = new state;  // NOLINT(cppcoreguidelines-owning-memory): destroy() deletes it
}
void update(duckdb_function_info info, duckdb_data_chunk input, duckdb_aggregate_state* states) {
    const measure what = measure_of(info);
    const bool squared = what != measure::sum && what != measure::average;
    const native::value_reader<std::string_view> values(duckdb_data_chunk_get_vector(input, 0));
    const idx_t rows = duckdb_data_chunk_get_size(input);
    for (idx_t row = 0; row < rows; ++row) {
        if (values.is_null(row)) {
            continue;
        }
        const auto value = parse_number(values.read(row));
        if (!value) {
            duckdb_aggregate_function_set_error(info, carried_error(value.error()).c_str());
            return;
        }
        state_at(states[row])->add(*value, squared);
    }
}
void combine(duckdb_function_info /*info*/, duckdb_aggregate_state* from, duckdb_aggregate_state* into, idx_t count) {
    for (idx_t i = 0; i < count; ++i) {
        state& target = *state_at(into[i]);
        const state& other = *state_at(from[i]);
        target.count += other.count;
        target.sum = duckdb::add(target.sum, other.sum);
        target.squares = duckdb::add(target.squares, other.squares);
    }
}
void finish(duckdb_function_info info, duckdb_aggregate_state* states, duckdb_vector output, idx_t count,
            idx_t offset) {
    const measure what = measure_of(info);
    for (idx_t i = 0; i < count; ++i) {
        const auto made = finished(*state_at(states[i]), what);
        if (!made) {
            duckdb_aggregate_function_set_error(info, carried_error(made.error()).c_str());
            return;
        }
        if (*made) {
            native::write_value(**made, output, offset + i);
        } else {
            native::set_null(output, offset + i);
        }
    }
}
void destroy(duckdb_aggregate_state* states, idx_t count) {
    for (idx_t i = 0; i < count; ++i) {
        delete state_at(states[i]);  // NOLINT(cppcoreguidelines-owning-memory): begin() made it
    }
}

}  // namespace

result<> add_numeric_aggregates(duckdb_connection connection) {
    const owned_type text = native::engine_type<std::string_view>();
    for (const auto& [name, what] : measures) {
        owned_aggregate_function function(duckdb_create_aggregate_function());
        duckdb_aggregate_function_set_name(function.get(), name);
        duckdb_aggregate_function_add_parameter(function.get(), text.get());
        duckdb_aggregate_function_set_return_type(function.get(), text.get());
        duckdb_aggregate_function_set_functions(function.get(), state_bytes, begin, update, combine, finish);
        duckdb_aggregate_function_set_destructor(function.get(), destroy);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the C API's signature; it is only read
        duckdb_aggregate_function_set_extra_info(function.get(), const_cast<measure*>(&what), nullptr);
        if (duckdb_register_aggregate_function(connection, function.get()) != DuckDBSuccess) {
            return fail(sqlstates::internal_error, std::string("the engine refuses the function ") + name);
        }
        note_native_function(name);
    }
    return {};
}

}  // namespace sluice::duckdb
