#include "engines/duckdb/values/named_type.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

namespace sluice::duckdb {
namespace {

namespace type_oids = postgres::type_oids;

constexpr std::int32_t length_header = 4;
// Names that mean another type to DuckDB; an alias of them has empty parentheses.
constexpr auto engine_names = std::to_array<std::string_view>({"bit", "bpchar", "char", "numeric", "oid", "varchar"});

bool has_length(analysis::oid type) {
    return type == type_oids::varchar || type == type_oids::bpchar;
}

std::optional<std::int32_t> number_in(std::string_view text) {
    std::int32_t number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    return status == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string type_alias(analysis::typed type) {
    const analysis::type_row* const row = analysis::find_type(type.type);
    std::string name(row == nullptr ? std::string_view("unknown") : row->name);
    if (type.modifier < 0) {
        return std::ranges::find(engine_names, name) == engine_names.end() ? name : name + "()";
    }
    if (type.type == type_oids::numeric) {
        const std::int32_t packed = type.modifier - length_header;
        return fmt::format("{}({},{})", name, (packed >> 16) & 0xffff, ((packed & 0x7ff) ^ 1024) - 1024);
    }
    return fmt::format("{}({})", name, type.modifier - (has_length(type.type) ? length_header : 0));
}

std::optional<analysis::typed> parse_alias(std::string_view alias) {
    if (alias == "JSON") {
        return analysis::typed{.type = type_oids::json};
    }
    const std::size_t open = alias.find('(');
    const analysis::type_row* const row = analysis::find_type(alias.substr(0, open));
    if (row == nullptr) {
        return std::nullopt;
    }
    analysis::typed type{.type = row->number};
    if (open == std::string_view::npos) {
        return type;
    }
    const std::string_view numbers = alias.substr(open + 1, alias.size() - open - 2);
    if (numbers.empty()) {
        return type;
    }
    const std::size_t comma = numbers.find(',');
    const auto first = number_in(numbers.substr(0, comma));
    const auto second = comma == std::string_view::npos ? first : number_in(numbers.substr(comma + 1));
    if (!first || !second) {
        return std::nullopt;
    }
    type.modifier = type.type == type_oids::numeric ? ((*first << 16) | (*second & 0x7ff)) + length_header
                                                    : *first + (has_length(type.type) ? length_header : 0);
    return type;
}

}  // namespace sluice::duckdb
