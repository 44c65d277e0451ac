// query_writer.hpp - writes a statement whose types are known as DuckDB's SQL. Private to the room.
//
// How:     every name is quoted and qualified, every conversion is written out, so that nothing is left for DuckDB to
//          decide otherwise than PostgreSQL would. An expression is written as text and knows the form of its number.
// Files:   query_writer.cpp (entry, types, literals); expressions.cpp; casts.cpp; numbers.cpp; calls.cpp with the tables
//          of function_texts.hpp; comparisons.cpp; aggregates.cpp; sources.cpp; selects.cpp; modifications.cpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/resolve/type_rules.hpp"
#include "analysis/tree/query_tree.hpp"
#include "base/core/result.hpp"
#include "engines/duckdb/values/time_zone.hpp"
#include "engines/duckdb/writer/number_forms.hpp"
#include "engines/duckdb/writer/write_query.hpp"

namespace sluice::duckdb {

namespace type_oids = postgres::type_oids;

class query_writer {
  public:
    query_writer(const analysis::type_source& types, std::string_view sql, const writer_params& params)
        : types_(types), sql_(sql), params_(params) {}

    result<written_query> run(const analysis::query& statement, std::size_t parameters);
    result<written_definition> define(const analysis::table_definition& table);

  private:
    using text = result<std::string>;

    [[nodiscard]] std::unexpected<error> fail_at(std::int32_t place, sqlstate code, std::string message) const;
    [[nodiscard]] static std::unexpected<error> not_written(std::string_view what);

    // query_writer.cpp
    static result<> check_functions(std::string_view sql);
    text literal(analysis::typed type, const std::string& value, std::int32_t place);
    text array_literal(analysis::typed type, const std::string& value, std::int32_t place);
    text parameter_text(const analysis::parameter& parameter, analysis::typed type);

    // expressions.cpp
    text expression(const analysis::expression& value);
    text as_form(const analysis::expression& value, number_form wanted);  // numbers only; others as they are
    result<std::vector<std::string>> all(const analysis::expressions& list);
    text list(const analysis::expressions& values, std::string_view separator = ", ");
    text united(const std::vector<const analysis::expression*>& values, std::vector<std::string>& out);
    text column(const analysis::column_reference& reference, bool bare);
    text form_text(const analysis::expression& value, const analysis::constant& form);
    text form_text(const analysis::expression& value, const analysis::parameter& form);
    text form_text(const analysis::expression& value, const analysis::column_reference& form);
    text form_text(const analysis::expression& value, const analysis::function_call& form);
    text form_text(const analysis::expression& value, const analysis::engine_call& form);
    text form_text(const analysis::expression& value, const analysis::aggregate_call& form);
    text form_text(const analysis::expression& value, const analysis::cast& form);
    text form_text(const analysis::expression& value, const analysis::logical& form);
    text form_text(const analysis::expression& value, const analysis::null_test& form);
    text form_text(const analysis::expression& value, const analysis::boolean_test& form);
    text form_text(const analysis::expression& value, const analysis::distinct_test& form);
    text form_text(const analysis::expression& value, const analysis::null_if& form);
    text form_text(const analysis::expression& value, const analysis::case_of& form);
    text form_text(const analysis::expression& value, const analysis::case_operand& form);
    text form_text(const analysis::expression& value, const analysis::coalesce& form);
    text form_text(const analysis::expression& value, const analysis::extreme& form);
    text form_text(const analysis::expression& value, const analysis::array_of& form);
    text form_text(const analysis::expression& value, const analysis::row_of& form);
    text form_text(const analysis::expression& value, const analysis::subscripted& form);
    text form_text(const analysis::expression& value, const analysis::field_of& form);
    text form_text(const analysis::expression& value, const analysis::quantified& form);
    text form_text(const analysis::expression& value, const analysis::row_comparison& form);
    text form_text(const analysis::expression& value, const analysis::subquery& form);
    text form_text(const analysis::expression& value, const analysis::session_value& form);
    text form_text(const analysis::expression& value, const analysis::grouping& form);
    text form_text(const analysis::expression& value, const analysis::collated& form);
    text form_text(const analysis::expression& value, const analysis::set_default& form);
    text form_text(const analysis::expression& value, const analysis::expansion& form);

    // numbers.cpp
    [[nodiscard]] static bool is_number(const analysis::expression& value);
    text arithmetic(const analysis::expression& value, const analysis::function_call& call);
    std::optional<text> number_call(const analysis::expression& value, const analysis::function_call& call);
    static std::string change_form(std::string text, number_form from, number_form to);
    text number_cast(const analysis::expression& value, const analysis::cast& form);

    // casts.cpp
    text printed(std::string written, analysis::typed type) const;
    text output_text(std::string written, analysis::typed type) const;
    text read_from_text(const std::string& written, analysis::typed type) const;
    text length_cast(const analysis::expression& value, const analysis::cast& form);

    // comparisons.cpp
    // `left symbol right`, for = <> < <= > >= of any type.
    text comparison(std::string_view symbol, const analysis::expression& left, const analysis::expression& right);
    // The value in a form that DuckDB sorts and groups as PostgreSQL does.
    text sorted(const analysis::expression& value);
    [[nodiscard]] bool needs_key(analysis::typed type, number_form form) const;
    [[nodiscard]] static std::string key_of(std::string text, analysis::oid type, number_form form);

    // calls.cpp
    text call_by_table(const analysis::expression& value, const analysis::function_call& call);
    // The operator between two values.
    text operator_text(const analysis::function_row* function, const std::string& symbol,
                       const analysis::expression& left, const analysis::expression& right);
    result<std::vector<std::string>> pattern_arguments(const analysis::expressions& arguments);
    text set_text(const analysis::function_call& call, analysis::typed type);
    text filled(std::string_view pattern, const std::vector<std::string>& arguments) const;
    std::optional<text> special_call(const analysis::expression& value, const analysis::function_call& call);

    // aggregates.cpp
    text aggregate_body(const analysis::expression& value, const analysis::aggregate_call& call);
    text json_aggregate_text(const analysis::aggregate_call& call, const std::string& distinct,
                             const std::string& order, const std::string& tail);
    text ordered_set_text(const analysis::aggregate_call& call, const std::string& tail);
    text call_tail(const analysis::aggregate_call& call);
    text loose_text(const analysis::expression& argument);
    text sum_text(const analysis::aggregate_call& call, const std::string& distinct, const std::string& tail);
    std::optional<text> deviation_text(const analysis::expression& value, const analysis::aggregate_call& call,
                                       const std::string& distinct, const std::string& tail);
    text json_value(const analysis::expression& value);  // as to_json() makes it
    text window_text(const analysis::window& over);
    text order_text(const std::vector<analysis::sort_key>& keys);
    text sort_key_text(const analysis::sort_key& key, const std::string& value);

    // sources.cpp
    text from_text(const analysis::from_item& item);
    text source_text(const analysis::source& from);
    [[nodiscard]] static bool constant_call(const analysis::function_source& functions);
    [[nodiscard]] static bool constant_arguments(const analysis::function_call& call);
    text function_source_text(const analysis::source& from, const analysis::function_source& functions);
    [[nodiscard]] const std::vector<std::string>& engine_names(const analysis::source& from);
    [[nodiscard]] std::string table_text(const analysis::relation& table) const;

    // selects.cpp
    text select_text(const analysis::query& select, const std::vector<number_form>* wanted = nullptr);
    text keyed_union(const analysis::query& select, const std::string& left, const std::string& right);
    text plain_select_text(const analysis::query& select, const std::vector<number_form>* wanted);
    text common_tables_text(const analysis::query& select);
    text targets_text(const analysis::query& select, const std::vector<number_form>* wanted);
    text target_text(const analysis::target& each, number_form wanted);
    text grouping_set_text(const analysis::query& select, const analysis::grouping_set& set);
    text tail_text(const analysis::query& select);

    // definitions.cpp
    std::string column_type_text(analysis::typed type);
    text column_text(const analysis::column_definition& column, const analysis::table_definition& table,
                     std::vector<std::string>& before);
    text constraint_text(const analysis::constraint_definition& constraint);

    // modifications.cpp
    text conflict_text(const analysis::query& insert);
    text insert_text(const analysis::query& insert);
    text update_text(const analysis::query& update);
    text delete_text(const analysis::query& remove);
    text merge_text(const analysis::query& merge);
    text stored_value(const analysis::expression& value, const analysis::source_column& column);
    text assignments_text(const analysis::query& statement, const std::vector<analysis::assignment>& set);
    text returning_text(const analysis::query& statement);

    const analysis::type_source& types_;
    std::string_view sql_;
    const writer_params& params_;
    number_forms forms_;
    std::map<const analysis::source*, std::vector<std::string>> names_;
    std::vector<written_parameter> used_parameters_;
    std::vector<written_type_name> made_types_;
    std::map<int, std::size_t> parameter_slots_;
    std::vector<std::string> case_operands_;
    int loose_ = 0;             // inside of sum() and the like
    bool unqualified_ = false;  // columns of the table that is being created
};

}  // namespace sluice::duckdb
