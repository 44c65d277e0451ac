// PostgreSQL 15 manual, 9.16 (JSON Functions and Operators).
#include <array>

#include "engines/duckdb/writer/function_texts.hpp"

namespace sluice::duckdb {
namespace {

constexpr auto texts = std::to_array<function_text>({
    {"json_object_field(json,text)", "sluice_json_field($1, $2, false)"},
    {"json_object_field_text(json,text)", "sluice_json_field_text($1, $2)"},
    {"json_array_element(json,int4)", "sluice_json_element($1, $2, false)"},
    {"json_array_element_text(json,int4)", "sluice_json_element_text($1, $2, false)"},
    {"json_extract_path(json,_text)", "sluice_json_path($1, $2, false)"},
    {"json_extract_path_text(json,_text)", "sluice_json_path_text($1, $2)"},
    {"json_typeof(json)", "sluice_json_typeof($1)"},
    {"json_array_length(json)", "sluice_json_array_length($1)"},
    {"json_strip_nulls(json)", "sluice_json_strip_nulls($1, false)"},
    {"json_object(_text)", "sluice_json_object($1, false)"},
    {"json_object(_text,_text)", "sluice_json_object($1, $2, false)"},
    {"json_array_elements(json)", "sluice_json_elements($1, 'json_array_elements')", true},
    {"json_array_elements_text(json)", "sluice_json_element_texts($1, 'json_array_elements_text')", true},
    {"json_object_keys(json)", "sluice_json_keys($1, 'json_object_keys')", true},
    {"json_each(json)",
     "list_transform(list_zip(sluice_json_keys($1, 'json_each'), sluice_json_values($1, 'json_each')), lambda "
     "sluice_e: {'key': sluice_e[1], 'value': sluice_e[2]})",
     true},
    {"json_each_text(json)",
     "list_transform(list_zip(sluice_json_keys($1, 'json_each_text'), sluice_json_value_texts($1, 'json_each_text')), "
     "lambda sluice_e: {'key': sluice_e[1], 'value': sluice_e[2]})",
     true},
    {"jsonb_object_field(jsonb,text)", "sluice_json_field($1, $2, true)"},
    {"jsonb_object_field_text(jsonb,text)", "sluice_json_field_text($1, $2)"},
    {"jsonb_array_element(jsonb,int4)", "sluice_json_element($1, $2, true)"},
    {"jsonb_array_element_text(jsonb,int4)", "sluice_json_element_text($1, $2, true)"},
    {"jsonb_extract_path(jsonb,_text)", "sluice_json_path($1, $2, true)"},
    {"jsonb_extract_path_text(jsonb,_text)", "sluice_json_path_text($1, $2)"},
    {"jsonb_typeof(jsonb)", "sluice_json_typeof($1)"},
    {"jsonb_array_length(jsonb)", "sluice_json_array_length($1)"},
    {"jsonb_strip_nulls(jsonb)", "sluice_json_strip_nulls($1, true)"},
    {"jsonb_object(_text)", "sluice_json_object($1, true)"},
    {"jsonb_object(_text,_text)", "sluice_json_object($1, $2, true)"},
    {"jsonb_array_elements(jsonb)", "sluice_json_elements($1, 'jsonb_array_elements')", true},
    {"jsonb_array_elements_text(jsonb)", "sluice_json_element_texts($1, 'jsonb_array_elements_text')", true},
    {"jsonb_object_keys(jsonb)", "sluice_json_keys($1, 'jsonb_object_keys')", true},
    {"jsonb_each(jsonb)",
     "list_transform(list_zip(sluice_json_keys($1, 'jsonb_each'), sluice_json_values($1, 'jsonb_each')), lambda "
     "sluice_e: {'key': sluice_e[1], 'value': sluice_e[2]})",
     true},
    {"jsonb_each_text(jsonb)",
     "list_transform(list_zip(sluice_json_keys($1, 'jsonb_each_text'), sluice_json_value_texts($1, "
     "'jsonb_each_text')), lambda sluice_e: {'key': sluice_e[1], 'value': sluice_e[2]})",
     true},
    {"array_to_json(anyarray)",
     "sluice_json_of_list(list_transform($1, lambda sluice_e: coalesce(sluice_to_json(sluice_e), CAST('null' AS "
     "JSON))), 'compact')"},
    {"array_to_json(anyarray,bool)",
     "sluice_json_of_list(list_transform($1, lambda sluice_e: coalesce(sluice_to_json(sluice_e), CAST('null' AS "
     "JSON))), CASE WHEN $2 THEN 'pretty' ELSE 'compact' END)"},
    {"jsonb_contains(jsonb,jsonb)", "sluice_jsonb_contains($1, $2)"},
    {"jsonb_contained(jsonb,jsonb)", "sluice_jsonb_contains($2, $1)"},
    {"jsonb_exists(jsonb,text)", "sluice_jsonb_exists($1, $2)"},
    {"jsonb_exists_any(jsonb,_text)", "sluice_jsonb_exists_any($1, $2)"},
    {"jsonb_exists_all(jsonb,_text)", "sluice_jsonb_exists_all($1, $2)"},
    {"jsonb_concat(jsonb,jsonb)", "sluice_jsonb_concat($1, $2)"},
    {"jsonb_delete(jsonb,text)", "sluice_jsonb_delete($1, $2)"},
    {"jsonb_delete(jsonb,_text)", "sluice_jsonb_delete($1, $2)"},
    {"jsonb_delete(jsonb,int4)", "sluice_jsonb_delete($1, $2)"},
    {"jsonb_delete_path(jsonb,_text)", "sluice_jsonb_delete_path($1, $2)"},
    {"jsonb_set(jsonb,_text,jsonb,bool)", "sluice_jsonb_set($1, $2, $3, $4)"},
    {"jsonb_set_lax(jsonb,_text,jsonb,bool,text)", "sluice_jsonb_set_lax($1, $2, $3, $4, $5)"},
    {"jsonb_insert(jsonb,_text,jsonb,bool)", "sluice_jsonb_insert($1, $2, $3, $4)"},
    {"jsonb_pretty(jsonb)", "sluice_jsonb_pretty($1)"},
    {"jsonb_eq(jsonb,jsonb)", "(sluice_jsonb_compare($1, $2) = 0)"},
    {"jsonb_ne(jsonb,jsonb)", "(sluice_jsonb_compare($1, $2) <> 0)"},
    {"jsonb_lt(jsonb,jsonb)", "(sluice_jsonb_compare($1, $2) < 0)"},
    {"jsonb_le(jsonb,jsonb)", "(sluice_jsonb_compare($1, $2) <= 0)"},
    {"jsonb_gt(jsonb,jsonb)", "(sluice_jsonb_compare($1, $2) > 0)"},
    {"jsonb_ge(jsonb,jsonb)", "(sluice_jsonb_compare($1, $2) >= 0)"},
    {"jsonb_cmp(jsonb,jsonb)", "sluice_jsonb_compare($1, $2)"},
    {"jsonb_path_exists(jsonb,jsonpath,jsonb,bool)", "sluice_jsonb_path_exists($1, $2, $3, $4, false)"},
    {"jsonb_path_match(jsonb,jsonpath,jsonb,bool)", "sluice_jsonb_path_match($1, $2, $3, $4, false)"},
    {"jsonb_path_query(jsonb,jsonpath,jsonb,bool)", "sluice_jsonb_path_query($1, $2, $3, $4, false)", true},
    {"jsonb_path_query_array(jsonb,jsonpath,jsonb,bool)", "sluice_jsonb_path_query_array($1, $2, $3, $4, false)"},
    {"jsonb_path_query_first(jsonb,jsonpath,jsonb,bool)", "sluice_jsonb_path_query_first($1, $2, $3, $4, false)"},
    {"jsonb_path_exists_tz(jsonb,jsonpath,jsonb,bool)", "sluice_jsonb_path_exists($1, $2, $3, $4, true)"},
    {"jsonb_path_match_tz(jsonb,jsonpath,jsonb,bool)", "sluice_jsonb_path_match($1, $2, $3, $4, true)"},
    {"jsonb_path_query_tz(jsonb,jsonpath,jsonb,bool)", "sluice_jsonb_path_query($1, $2, $3, $4, true)", true},
    {"jsonb_path_query_array_tz(jsonb,jsonpath,jsonb,bool)", "sluice_jsonb_path_query_array($1, $2, $3, $4, true)"},
    {"jsonb_path_query_first_tz(jsonb,jsonpath,jsonb,bool)", "sluice_jsonb_path_query_first($1, $2, $3, $4, true)"},
    {"jsonb_path_exists_opr(jsonb,jsonpath)", "sluice_jsonb_path_exists($1, $2, CAST('{}' AS JSON), true, false)"},
    {"jsonb_path_match_opr(jsonb,jsonpath)", "sluice_jsonb_path_match($1, $2, CAST('{}' AS JSON), true, false)"},
});

}  // namespace

std::span<const function_text> json_texts() {
    return texts;
}

}  // namespace sluice::duckdb
