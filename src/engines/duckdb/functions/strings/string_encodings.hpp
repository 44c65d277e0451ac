// string_encodings.hpp - PostgreSQL's character encodings: their names, characters and conversions.
//
// Use:     const encoding* from = find_encoding("latin-1");   // nullptr: there is none
//          TRY_ASSIGN(const std::string text, converted(bytes, *from, utf8_encoding()));
// How:     characters are cut by PostgreSQL's rules and converted one by one, by iconv; those of ASCII stay.
// Source:  PostgreSQL 15 manual, 24.3 (Character Set Support); the names and aliases are those that the server knows.
// Errors:  22021, 22P05, 42883.
// Threads: any; each thread keeps its own state of iconv.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::duckdb {

// How characters are cut.
enum class encoding_form : std::uint8_t {
    any_bytes,
    utf8,
    single,
    euc,
    euc_cn,
    johab,
    euc_jp,
    euc_tw,
    shift_jis,
    pairs,
    gb18030,
    unknown
};

struct encoding {
    std::int32_t number;  // PostgreSQL's
    std::string_view name;
    const char* iconv_name;
    encoding_form form;
};

[[nodiscard]] const encoding* find_encoding(std::string_view name);
[[nodiscard]] const encoding* find_encoding(std::int32_t number);
[[nodiscard]] const encoding& utf8_encoding();

// Number of characters; an error if the bytes are none.
result<std::int64_t> count_characters(std::string_view bytes, const encoding& in);
result<std::string> converted(std::string_view bytes, const encoding& from, const encoding& into);

}  // namespace sluice::duckdb
