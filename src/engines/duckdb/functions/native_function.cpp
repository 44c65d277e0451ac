#include "engines/duckdb/functions/native_function.hpp"

#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "engines/duckdb/capi/duckdb_errors.hpp"

namespace sluice::duckdb {

namespace native {

void set_null(duckdb_vector vector, idx_t row) {
    duckdb_vector_ensure_validity_writable(vector);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
}

}  // namespace native

namespace {

// The names, which are the same for every database.
struct known_names {
    std::mutex guard;
    std::set<std::string, std::less<>> names;
};
known_names& known() {
    static known_names all;
    return all;
}

}  // namespace

bool is_native_function(std::string_view name) {
    const std::scoped_lock held(known().guard);
    return known().names.contains(name);
}

void note_native_function(std::string_view name) {
    const std::scoped_lock held(known().guard);
    known().names.emplace(name);
}

std::string carried_error(const error& cause) {
    return carry_error(cause);
}

result<> native_functions::add(const char* name, const std::vector<owned_type>& arguments, const owned_type& returns,
                               duckdb_scalar_function_t body, bool takes_null, volatility changes) {
    owned_scalar_function function(duckdb_create_scalar_function());
    duckdb_scalar_function_set_name(function.get(), name);
    for (const owned_type& each : arguments) {
        duckdb_scalar_function_add_parameter(function.get(), each.get());
    }
    duckdb_scalar_function_set_return_type(function.get(), returns.get());
    duckdb_scalar_function_set_function(function.get(), body);
    if (takes_null) {
        duckdb_scalar_function_set_special_handling(function.get());
    }
    if (changes == volatility::changing) {
        duckdb_scalar_function_set_volatile(function.get());
    }
    owned_scalar_function_set all(duckdb_create_scalar_function_set(name));
    if (duckdb_add_scalar_function_to_set(all.get(), function.get()) != DuckDBSuccess ||
        duckdb_register_scalar_function_set(connection_, all.get()) != DuckDBSuccess) {
        return fail(sqlstates::internal_error, std::string("the engine refuses the function ") + name);
    }
    note_native_function(name);
    return {};
}

}  // namespace sluice::duckdb
