#include "engines/duckdb/functions/times/time_functions.hpp"

#include "engines/duckdb/functions/times/time_families.hpp"

namespace sluice::duckdb {

result<> add_time_functions(native_functions& functions) {
    TRY(add_time_fields(functions));
    TRY(add_time_truncations(functions));
    TRY(add_time_arithmetic(functions));
    TRY(add_time_makers(functions));
    TRY(add_time_inputs(functions));
    TRY(add_interval_functions(functions));
    TRY(add_to_char_times(functions));
    TRY(add_to_char_numbers(functions));
    TRY(add_format_time_readers(functions));
    return add_format_number_readers(functions);
}

}  // namespace sluice::duckdb
