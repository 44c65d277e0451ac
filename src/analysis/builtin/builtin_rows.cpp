#include "analysis/builtin/builtin_rows.hpp"

#include <algorithm>
#include <functional>
#include <ranges>
#include <unordered_map>
#include <utility>

namespace sluice::analysis {
namespace {

#include "generated/postgres_catalog.inc"

template <typename Row>
std::unordered_map<oid, const Row*> by_number(std::span<const Row> rows) {
    std::unordered_map<oid, const Row*> found;
    for (const Row& row : rows) {
        found.emplace(row.number, &row);
    }
    return found;
}

// Rows of one name lie side by side.
template <typename Row>
std::span<const Row> rows_named(std::span<const Row> rows, std::string_view name) {
    const auto found = std::ranges::equal_range(rows, name, std::less<>{}, &Row::name);
    return {found.begin(), found.end()};
}

constexpr std::pair<oid, oid> ends_of(const cast_row& cast) {
    return {cast.source, cast.target};
}

}  // namespace

std::span<const type_row> all_types() {
    return types;
}

const type_row* find_type(oid number) {
    const auto* const found = std::ranges::lower_bound(types, number, {}, &type_row::number);
    return found == std::end(types) || found->number != number ? nullptr : found;
}

const type_row* find_type(std::string_view name) {
    static const auto names = [] {
        std::unordered_map<std::string_view, const type_row*> all;
        for (const type_row& type : types) {
            all.emplace(type.name, &type);
        }
        return all;
    }();
    const auto found = names.find(name);
    return found == names.end() ? nullptr : found->second;
}

std::span<const function_row> all_functions() {
    return functions;
}

const function_row* find_function(oid number) {
    static const auto numbers = by_number(all_functions());
    const auto found = numbers.find(number);
    return found == numbers.end() ? nullptr : found->second;
}

std::span<const function_row> functions_named(std::string_view name) {
    return rows_named(all_functions(), name);
}

std::span<const oid> arguments_of(const function_row& function) {
    return std::span(function_arguments).subspan(function.first_argument, function.argument_count);
}

std::span<const operator_row> all_operators() {
    return operators;
}

std::span<const operator_row> operators_named(std::string_view name) {
    return rows_named(all_operators(), name);
}

const cast_row* find_cast(oid source, oid target) {
    const auto* const found = std::ranges::lower_bound(casts, std::pair(source, target), {}, ends_of);
    return found == std::end(casts) || ends_of(*found) != std::pair(source, target) ? nullptr : found;
}

const range_row* find_range(oid range_or_multirange) {
    const auto* const found = std::ranges::find_if(ranges, [=](const range_row& each) {
        return each.range == range_or_multirange || each.multirange == range_or_multirange;
    });
    return found == std::end(ranges) ? nullptr : found;
}

}  // namespace sluice::analysis
