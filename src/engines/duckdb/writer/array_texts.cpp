// PostgreSQL 15 manual, 9.19 (Array Functions and Operators), 9.25 (Set Returning Functions).
#include <array>

#include "engines/duckdb/writer/function_texts.hpp"

namespace sluice::duckdb {
namespace {

constexpr auto texts = std::to_array<function_text>({
    {"array_append(anycompatiblearray,anycompatible)", "list_append(coalesce($1, []), $2)"},
    {"array_prepend(anycompatible,anycompatiblearray)", "list_prepend($1, coalesce($2, []))"},
    {"array_cat(anycompatiblearray,anycompatiblearray)",
     "(CASE WHEN $1 IS NOT NULL OR $2 IS NOT NULL THEN list_concat($1, $2) END)"},
    {"array_length(anyarray,int4)", "sluice_array_length($1, $2)"},
    {"array_upper(anyarray,int4)", "sluice_array_length($1, $2)"},
    {"array_lower(anyarray,int4)", "(CASE WHEN sluice_array_length($1, $2) IS NOT NULL THEN 1 END)"},
    {"array_ndims(anyarray)", "sluice_array_ndims($1)"},
    {"cardinality(anyarray)", "sluice_cardinality($1)"},
    {"array_dims(anyarray)", "sluice_array_dims($1)"},
    {"array_fill(anyelement,_int4)",
     "list_transform(range(sluice_array_fill_count($2, list_transform($2, lambda sluice_i: 1))), lambda sluice_i: $1)"},
    {"array_fill(anyelement,_int4,_int4)",
     "list_transform(range(sluice_array_fill_count($2, $3)), lambda sluice_i: $1)"},
    {"trim_array(anyarray,int4)", "list_slice($1, 1, sluice_array_trim_end(len($1), $2))"},
    {"array_larger(anyarray,anyarray)", "(CASE WHEN $1 >= $2 THEN $1 WHEN $2 > $1 THEN $2 END)"},
    {"array_smaller(anyarray,anyarray)", "(CASE WHEN $1 <= $2 THEN $1 WHEN $2 < $1 THEN $2 END)"},
    {"array_eq(anyarray,anyarray)", "($1 = $2)"},
    {"array_ne(anyarray,anyarray)", "($1 <> $2)"},
    {"array_lt(anyarray,anyarray)", "($1 < $2)"},
    {"array_le(anyarray,anyarray)", "($1 <= $2)"},
    {"array_gt(anyarray,anyarray)", "($1 > $2)"},
    {"array_ge(anyarray,anyarray)", "($1 >= $2)"},
    // Numbers of type numeric come as texts.
    {"width_bucket(anycompatible,anycompatiblearray)",
     "(CASE WHEN $1 IS NOT NULL THEN sluice_threshold_place(len(list_filter($2, lambda sluice_e: CASE WHEN typeof($1) "
     "= "
     "'VARCHAR' THEN sluice_numeric_key(CAST(sluice_e AS VARCHAR)) <= sluice_numeric_key(CAST($1 AS VARCHAR)) ELSE "
     "sluice_e <= $1 END)), len(list_filter($2, lambda sluice_e: sluice_e IS NULL))) END)"},
    {"array_remove(anycompatiblearray,anycompatible)",
     "list_filter($1, lambda sluice_e: sluice_e IS DISTINCT FROM $2)"},
    {"array_replace(anycompatiblearray,anycompatible,anycompatible)",
     "list_transform($1, lambda sluice_e: CASE WHEN sluice_e IS NOT DISTINCT FROM $2 THEN $3 ELSE sluice_e END)"},
    {"array_position(anycompatiblearray,anycompatible)", "CAST(list_position($1, $2) AS INTEGER)"},
    {"array_position(anycompatiblearray,anycompatible,int4)",
     "CAST(list_position(list_slice($1, sluice_array_start(len($1), $3), len($1)), $2) + "
     "sluice_array_start(len($1), $3) - 1 AS INTEGER)"},
    {"array_positions(anycompatiblearray,anycompatible)",
     "list_filter(range(1, len($1) + 1), lambda sluice_i: list_extract($1, sluice_i) IS NOT DISTINCT FROM "
     "$2)::INTEGER[]"},
    // A NULL is equal to nothing; DuckDB leaves it out.
    {"arraycontains(anyarray,anyarray)",
     "(CASE WHEN $1 IS NOT NULL THEN list_has_all($1, $2) AND len(list_filter($2, lambda sluice_e: sluice_e IS NULL)) "
     "= "
     "0 END)"},
    {"arraycontained(anyarray,anyarray)",
     "(CASE WHEN $2 IS NOT NULL THEN list_has_all($2, $1) AND len(list_filter($1, lambda sluice_e: sluice_e IS NULL)) "
     "= "
     "0 END)"},
    {"arrayoverlap(anyarray,anyarray)", "list_has_any($1, $2)"},
    {"string_to_array(text,text)", "sluice_string_to_array($1, $2)"},
    {"string_to_array(text,text,text)", "sluice_string_to_array_null($1, $2, $3)"},
    {"string_to_table(text,text)", "sluice_string_to_array($1, $2)", true},
    {"string_to_table(text,text,text)", "sluice_string_to_array_null($1, $2, $3)", true},
    {"unnest(anyarray)", "$1", true},
    {"generate_series(int4,int4)", "generate_series($1, $2)::INTEGER[]", true},
    {"generate_series(int4,int4,int4)", "sluice_series($1, $2, $3)::INTEGER[]", true},
    {"generate_series(int8,int8)", "generate_series($1, $2)", true},
    {"generate_series(int8,int8,int8)", "sluice_series($1, $2, $3)", true},
    {"generate_subscripts(anyarray,int4,bool)",
     "(CASE WHEN $3 THEN list_reverse(range(1, coalesce(sluice_array_length($1, $2), 0) + 1)) ELSE range(1, "
     "coalesce(sluice_array_length($1, $2), 0) + 1) END)::INTEGER[]",
     true},
    {"generate_subscripts(anyarray,int4)", "range(1, coalesce(sluice_array_length($1, $2), 0) + 1)::INTEGER[]", true},
});

}  // namespace

std::span<const function_text> array_texts() {
    return texts;
}

}  // namespace sluice::duckdb
