// type_rules.hpp - which types convert to which, and how: the rules of PostgreSQL's manual, without any expression.
//
// Use:     find_conversion(types, int4, numeric, cast_context::implicit)->method; choose_function(types, candidates, given)
// Source:  PostgreSQL 15 manual, 10.2 to 10.5 (type conversion of operators, functions, values, CASE), 38.2.5
//          (polymorphic types), CREATE CAST.
// Threads: plain functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/builtin/builtin_rows.hpp"
#include "analysis/tree/query_tree.hpp"

namespace sluice::analysis {

// Types of the database beside the built-in ones: enums, domains, composites, and what only the engine has.
class type_source {
  public:
    type_source() = default;
    type_source(const type_source&) = delete;
    type_source& operator=(const type_source&) = delete;
    virtual ~type_source() = default;

    [[nodiscard]] virtual const type_row* find(oid number) const { return find_type(number); }
};

namespace pseudo {
inline constexpr oid record = 2249;
inline constexpr oid cstring = 2275;
inline constexpr oid any = 2276;
inline constexpr oid anyarray = 2277;
inline constexpr oid void_type = 2278;
inline constexpr oid record_array = 2287;
inline constexpr oid anyelement = 2283;
inline constexpr oid anynonarray = 2776;
inline constexpr oid anyenum = 3500;
inline constexpr oid anyrange = 3831;
inline constexpr oid anymultirange = 4537;
inline constexpr oid anycompatible = 5077;
inline constexpr oid anycompatiblearray = 5078;
inline constexpr oid anycompatiblenonarray = 5079;
inline constexpr oid anycompatiblerange = 5080;
inline constexpr oid anycompatiblemultirange = 4538;
}  // namespace pseudo

[[nodiscard]] bool is_polymorphic(oid type);
[[nodiscard]] bool is_string_type(const type_source& types, oid type);  // category S
// A domain's type; any other type itself.
[[nodiscard]] typed without_domain(const type_source& types, typed type);
// The elements of an array; 0: not an array.
[[nodiscard]] oid element_type(const type_source& types, oid array);
[[nodiscard]] oid array_type(const type_source& types, oid element);
// As format_type() prints it: "character varying(10)".
[[nodiscard]] std::string type_name(const type_source& types, typed type);

struct conversion {
    cast_method method = cast_method::relabel;
    const function_row* function = nullptr;
};
[[nodiscard]] std::optional<conversion> find_conversion(const type_source& types, oid source, oid target,
                                                        cast_context context);
// True if values of `given` can stand where `wanted` is; unknown (a literal) converts to all.
[[nodiscard]] bool can_convert(const type_source& types, std::span<const oid> given, std::span<const oid> wanted,
                               cast_context context);

// The type that CASE, UNION, VALUES and ARRAY give to these; 0 with `clash` set to the type that does not fit.
struct common_type {
    oid type = 0;
    std::size_t clash = 0;
};
[[nodiscard]] common_type choose_common_type(const type_source& types, std::span<const oid> given);

// A function that fits so many arguments, with their types: variadic ones are spread, defaults are left out.
struct candidate {
    const function_row* function = nullptr;
    const operator_row* op = nullptr;
    std::vector<oid> arguments;
    bool spread = false;             // the last arguments are elements of the variadic array
    std::size_t defaults = 0;        // arguments that take their default
    std::vector<std::size_t> order;  // argument i is the given one number order[i]; empty: in order
};
// The index of the one that PostgreSQL would call. nullopt: none fits; `ambiguous` is set if several do.
[[nodiscard]] std::optional<std::size_t> choose_candidate(const type_source& types, std::span<const candidate> all,
                                                          std::span<const oid> given, bool& ambiguous);
// The types of a polymorphic function for these arguments: `declared` becomes concrete, and so does `result`.
// False: the arguments do not agree.
[[nodiscard]] bool resolve_polymorphic(const type_source& types, std::span<const oid> given, std::vector<oid>& declared,
                                       oid& result);

}  // namespace sluice::analysis
