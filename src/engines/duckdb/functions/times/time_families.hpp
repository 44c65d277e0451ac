// time_families.hpp - the parts of add_time_functions, one for each file.
#pragma once

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_function.hpp"

namespace sluice::duckdb {

result<> add_time_fields(native_functions& functions);
result<> add_time_truncations(native_functions& functions);
result<> add_time_arithmetic(native_functions& functions);
result<> add_time_makers(native_functions& functions);
result<> add_time_inputs(native_functions& functions);
result<> add_interval_functions(native_functions& functions);
result<> add_to_char_times(native_functions& functions);
result<> add_to_char_numbers(native_functions& functions);
result<> add_format_time_readers(native_functions& functions);
result<> add_format_number_readers(native_functions& functions);

}  // namespace sluice::duckdb
