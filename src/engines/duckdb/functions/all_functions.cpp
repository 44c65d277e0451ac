#include "engines/duckdb/functions/all_functions.hpp"

#include "engines/duckdb/functions/input_functions.hpp"
#include "engines/duckdb/functions/native_function.hpp"
#include "engines/duckdb/functions/numbers/arithmetic_functions.hpp"
#include "engines/duckdb/functions/numbers/numeric_functions.hpp"
#include "engines/duckdb/functions/strings/string_functions.hpp"
#include "engines/duckdb/functions/times/time_functions.hpp"

namespace sluice::duckdb {

result<> add_all_functions(duckdb_connection connection) {
    native_functions functions(connection);
    TRY(add_arithmetic_functions(functions));
    TRY(add_input_functions(functions));
    TRY(add_numeric_functions(functions));
    TRY(add_string_functions(functions));
    return add_time_functions(functions);
}

}  // namespace sluice::duckdb
