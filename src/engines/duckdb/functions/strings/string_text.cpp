#include "engines/duckdb/functions/strings/string_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

#include "base/text/utf8.hpp"

namespace sluice::duckdb {
namespace {

std::size_t character_bytes(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

}  // namespace

std::size_t bytes_of_characters(std::string_view text, std::int64_t count) {
    std::size_t at = 0;
    for (; count > 0 && at < text.size(); --count) {
        at += character_bytes(text[at]);
    }
    return std::min(at, text.size());
}

std::int64_t characters_of(std::string_view text) {
    return static_cast<std::int64_t>(base::count_characters(text));
}

std::string_view front_character(std::string_view text) {
    return text.substr(0, character_bytes(text.front()));
}

std::string lower_case_text(std::string_view text) {
    std::string made;
    made.reserve(text.size());
    while (!text.empty()) {
        const base::character one = base::first_character(text);
        base::append_character(made, base::lower_case_of(one.code));
        text.remove_prefix(one.bytes.size());
    }
    return made;
}

std::unexpected<error> requested_too_large() {
    return fail(sqlstates::program_limit_exceeded, "requested length too large");
}

result<> check_value_size(std::size_t bytes) {
    if (bytes + header_bytes > value_bytes_max) {
        return fail(sqlstates::internal_error,
                    fmt::format("invalid memory alloc request size {}", bytes + header_bytes));
    }
    return {};
}

result<> check_growth(std::size_t bytes, std::size_t more) {
    if (more >= value_bytes_max - std::min(bytes, value_bytes_max)) {
        error cause{.code = sqlstates::program_limit_exceeded, .message = "out of memory"};
        cause.detail = fmt::format("Cannot enlarge string buffer containing {} bytes by {} more bytes.", bytes, more);
        return fail(std::move(cause));
    }
    return {};
}

result<> append_within_limit(std::string& made, std::string_view more) {
    TRY(check_growth(made.size(), more.size()));
    made += more;
    return {};
}

result<unit_range> substring_range(std::int32_t start, std::int32_t length) {
    if (length < 0) {
        return fail(substring_error, "negative substring length not allowed");
    }
    const std::int64_t first = std::max<std::int64_t>(start, 1);
    const std::int64_t end = std::int64_t{start} + length;
    return unit_range{.from = first - 1, .count = std::max<std::int64_t>(end - first, 0)};
}

unit_range substring_range(std::int32_t start) {
    return {.from = std::max<std::int64_t>(start, 1) - 1, .count = std::numeric_limits<std::int32_t>::max()};
}

result<overlay_places> overlay_range(std::int32_t start, std::int32_t length) {
    if (start <= 0) {
        return fail(substring_error, "negative substring length not allowed");
    }
    std::int32_t rest = 0;
    if (__builtin_add_overflow(start, length, &rest)) {
        return fail(sqlstates::numeric_value_out_of_range, "integer out of range");
    }
    return overlay_places{.from = start - 1, .rest = std::max(rest, 1) - 1};
}

}  // namespace sluice::duckdb
