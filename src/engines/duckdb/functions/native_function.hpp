// native_function.hpp - makes a C++ function on values a function of DuckDB.
//
// Problem: PostgreSQL has functions that no expression of DuckDB's gives. DuckDB's C API calls a function once for a
//          chunk, with vectors; ours are written for one value.
// Use:     result<std::string> chr(std::int32_t code);
//          TRY(functions.add<chr>("sluice_chr"));             // functions: native_functions
// Types:   bool, std::int16_t, std::int32_t, std::int64_t, float, double; std::string_view and std::string are VARCHAR,
//          bytes_view and bytes BLOB, bits_view and bits BIT; date, time_of_day, timestamp, timestamptz, interval;
//          list_view<T> and std::vector<std::optional<T>> are LIST. json_view and json are JSON.
// NULL:    a NULL argument gives NULL, unless the parameter is std::optional<T>. A result std::nullopt of
//          std::optional<T> is NULL.
// Errors:  of a result<T>; SQLSTATE, detail and hint reach the client (engines/duckdb/capi/duckdb_errors.hpp).
// Threads: the functions run on any thread of the engine, several at once.
#pragma once

#include <array>
#include <cstdint>
#include <duckdb.h>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/core/result.hpp"
#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/functions/native_types.hpp"

namespace sluice::duckdb {

// The text with which an error passes through DuckDB.
[[nodiscard]] std::string carried_error(const error& cause);

// True if a function of this name was registered with any database.
[[nodiscard]] bool is_native_function(std::string_view name);
void note_native_function(std::string_view name);  // for aggregates

enum class volatility : std::uint8_t { same, changing };

class native_functions {
  public:
    explicit native_functions(duckdb_connection connection) : connection_(connection) {}

    [[nodiscard]] duckdb_connection connection() const { return connection_; }

    // Further functions of the same name take other types.
    template <auto Function>
    result<> add(const char* name, volatility changes = volatility::same);

  private:
    result<> add(const char* name, const std::vector<owned_type>& arguments, const owned_type& returns,
                 duckdb_scalar_function_t body, bool takes_null, volatility changes);

    duckdb_connection connection_;
};

namespace native {

template <typename T>
struct is_optional : std::false_type {};
template <typename T>
struct is_optional<std::optional<T>> : std::true_type {};
template <typename T>
struct value_of {
    using type = T;
};
template <typename T>
struct value_of<std::optional<T>> {
    using type = T;
};
template <typename T>
struct value_of<result<T>> {
    using type = typename value_of<T>::type;
};
template <typename T>
using plain = typename value_of<std::remove_cvref_t<T>>::type;

// Writes what a function returned; false: the whole chunk fails with an error.
template <typename T>
bool store(const T& value, duckdb_vector vector, idx_t row, duckdb_function_info info) {
    if constexpr (is_optional<T>::value) {
        if (!value) {
            set_null(vector, row);
            return true;
        }
        write_value(*value, vector, row);
        return true;
    } else {
        (void)info;
        write_value(value, vector, row);
        return true;
    }
}
template <typename T>
bool store(const result<T>& value, duckdb_vector vector, idx_t row, duckdb_function_info info) {
    if (!value) {
        duckdb_scalar_function_set_error(info, carried_error(value.error()).c_str());
        return false;
    }
    return store(*value, vector, row, info);
}

template <typename Parameter>
struct reader {
    explicit reader(duckdb_vector vector) : values(vector) {}
    [[nodiscard]] bool is_null(idx_t row) const {
        return !is_optional<std::remove_cvref_t<Parameter>>::value && values.is_null(row);
    }
    [[nodiscard]] std::remove_cvref_t<Parameter> get(idx_t row) const {
        if constexpr (is_optional<std::remove_cvref_t<Parameter>>::value) {
            return values.is_null(row) ? std::nullopt : std::remove_cvref_t<Parameter>(values.read(row));
        } else {
            return values.read(row);
        }
    }
    value_reader<plain<Parameter>> values;
};

template <typename Signature>
struct signature;
template <typename Result, typename... Parameters>
struct signature<Result (*)(Parameters...)> {
    static constexpr bool takes_null = (is_optional<std::remove_cvref_t<Parameters>>::value || ... || false);

    static std::vector<owned_type> arguments() {
        std::vector<owned_type> types;
        (types.push_back(engine_type<plain<Parameters>>()), ...);
        return types;
    }
    static owned_type returns() { return engine_type<plain<Result>>(); }

    template <Result (*function)(Parameters...)>
    static void run(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
        run_all<function>(info, input, output, std::index_sequence_for<Parameters...>());
    }

  private:
    template <Result (*function)(Parameters...), std::size_t... I>
    static void run_all(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output,
                        std::index_sequence<I...> /*places*/) {
        const std::tuple<reader<Parameters>...> readers(reader<Parameters>(duckdb_data_chunk_get_vector(input, I))...);
        const idx_t rows = duckdb_data_chunk_get_size(input);
        for (idx_t row = 0; row < rows; ++row) {
            if ((std::get<I>(readers).is_null(row) || ... || false)) {
                set_null(output, row);
            } else if (!store(function(std::get<I>(readers).get(row)...), output, row, info)) {
                return;
            }
        }
    }
};

}  // namespace native

template <auto Function>
result<> native_functions::add(const char* name, volatility changes) {
    using form = native::signature<decltype(Function)>;
    return add(name, form::arguments(), form::returns(), &form::template run<Function>, form::takes_null, changes);
}

}  // namespace sluice::duckdb
