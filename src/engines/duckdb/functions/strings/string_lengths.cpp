#include <algorithm>
#include <fmt/format.h>

#include "engines/duckdb/functions/strings/string_families.hpp"
#include "engines/duckdb/functions/strings/string_text.hpp"

namespace sluice::duckdb {
namespace {

bool only_blanks(std::string_view text) {
    return text.find_first_not_of(' ') == std::string_view::npos;
}
std::unexpected<error> too_long(std::string_view type, std::int32_t length) {
    return fail(sqlstates::string_data_right_truncation, fmt::format("value too long for type {}({})", type, length));
}

result<std::string_view> varchar_fit(std::string_view given, std::int32_t length) {
    const std::size_t kept = bytes_of_characters(given, length);
    if (!only_blanks(given.substr(kept))) {
        return too_long("character varying", length);
    }
    return given.substr(0, kept);
}

// Lengths of types reach 10485760; this one reaches those that a value can have.
result<std::string> padded(std::string_view given, std::int32_t length) {
    const std::int64_t missing = std::max<std::int64_t>(length - characters_of(given), 0);
    TRY(check_value_size(given.size() + static_cast<std::size_t>(missing)));
    return std::string(given).append(static_cast<std::size_t>(missing), ' ');
}
result<std::string> bpchar_cut(std::string_view given, std::int32_t length) {
    return padded(given.substr(0, bytes_of_characters(given, length)), length);
}
result<std::string> bpchar_fit(std::string_view given, std::int32_t length) {
    const std::size_t kept = bytes_of_characters(given, length);
    if (!only_blanks(given.substr(kept))) {
        return too_long("character", length);
    }
    return padded(given.substr(0, kept), length);
}

}  // namespace

result<> add_length_functions(native_functions& functions) {
    TRY(functions.add<varchar_fit>("sluice_varchar_fit"));
    TRY(functions.add<bpchar_fit>("sluice_bpchar_fit"));
    return functions.add<bpchar_cut>("sluice_bpchar_cut");
}

}  // namespace sluice::duckdb
