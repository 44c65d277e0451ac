// string_families.hpp - the families of functions on strings, a file each, that add_string_functions() registers.
//
// Source:  PostgreSQL 15 manual, 9.4.
// Threads: plain functions.
#pragma once

#include "base/core/result.hpp"
#include "engines/duckdb/functions/native_function.hpp"

namespace sluice::duckdb {

result<> add_case_functions(native_functions& functions);        // string_case.cpp: upper, lower, initcap
result<> add_part_functions(native_functions& functions);        // string_parts.cpp: substring, overlay, lpad, chr ...
result<> add_length_functions(native_functions& functions);      // string_lengths.cpp: varchar(n), char(n)
result<> add_text_array_functions(native_functions& functions);  // string_arrays.cpp: string_to_array, array_out ...
result<> add_format_functions(native_functions& functions);      // string_format.cpp: format
result<> add_unicode_functions(native_functions& functions);     // string_unicode.cpp: unistr, normalize, to_ascii
result<> add_encoding_functions(native_functions& functions);    // string_encodings.cpp: convert, convert_from ...

}  // namespace sluice::duckdb
