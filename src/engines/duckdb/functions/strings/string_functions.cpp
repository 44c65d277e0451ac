#include "engines/duckdb/functions/strings/string_functions.hpp"

#include "engines/duckdb/functions/strings/binary_functions.hpp"
#include "engines/duckdb/functions/strings/bit_functions.hpp"
#include "engines/duckdb/functions/strings/like_functions.hpp"
#include "engines/duckdb/functions/strings/quote_functions.hpp"
#include "engines/duckdb/functions/strings/string_families.hpp"

namespace sluice::duckdb {

result<> add_string_functions(native_functions& functions) {
    TRY(add_case_functions(functions));
    TRY(add_part_functions(functions));
    TRY(add_length_functions(functions));
    TRY(add_text_array_functions(functions));
    TRY(add_format_functions(functions));
    TRY(add_unicode_functions(functions));
    TRY(add_encoding_functions(functions));
    TRY(add_binary_functions(functions));
    TRY(add_bit_functions(functions));
    TRY(add_like_functions(functions));
    return add_quote_functions(functions);
}

}  // namespace sluice::duckdb
