// analyser.hpp - semantic analysis of one statement: names become columns, types are decided. Private to the room.
//
// Use:     analyser(database, sql, declared).run(statement)
// How:     each query has a scope with the sources that its expressions may name; scopes of sub-queries see those around
//          them. Expressions are analysed from the leaves up; literals and undeclared parameters get their type from the
//          place where they are used.
// Files:   analyser.cpp (errors, parameters, entry); names.cpp; type_names.cpp; coercion.cpp; operators.cpp; calls.cpp, aggregate_calls.cpp, windows.cpp;
//          expressions.cpp and special_forms.cpp; from_clause.cpp; select.cpp, sorting.cpp, set_operations.cpp; writes.cpp.
// Source:  PostgreSQL 15 manual, chapters 4.2, 7, 10, and part VI.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/grammar/nodes.hpp"
#include "analysis/query/analyse.hpp"
#include "analysis/query/database.hpp"
#include "analysis/resolve/type_rules.hpp"
#include "analysis/tree/query_tree.hpp"

namespace sluice::analysis {

// Where an expression stands: some forms are refused in some places.
enum class expression_place : std::uint8_t {
    select_list,
    where,
    join_condition,
    group_by,
    having,
    order_by,
    limit,
    offset,
    window,
    function_in_from,
    values,
    insert_target,
    update_source,
    returning,
    filter,
    other,
};

// A column that an expression may name.
struct visible_column {
    std::string name;
    std::function<expression_ptr()> make;
};

// A name in FROM, with its columns.
struct visible_source {
    std::string alias;
    relation_name relation;  // of a table without an alias
    std::vector<visible_column> columns;
    bool names_columns = true;  // its columns may be named without it
    bool lateral_only = false;  // only by LATERAL, so far
    source* whole = nullptr;    // for the row as a value; nullptr: a join
};

struct scope {
    scope* outer = nullptr;
    query* owner = nullptr;
    std::vector<visible_source> sources;
    std::vector<common_table*> common_tables;
    std::map<std::string, const PgQuery__WindowDef*, std::less<>> windows;
    expression_place place = expression_place::other;
    bool lateral = false;  // analysing a lateral item
    std::size_t aggregates = 0;
    std::size_t in_aggregate = 0;
    std::size_t in_window = 0;
    std::size_t expansions = 0;  // set-returning functions seen
};

class analyser {
  public:
    analyser(database& data, std::string_view sql, std::span<const oid> declared);

    result<analysed> run(const PgQuery__RawStmt& statement);

  private:
    using made = result<expression_ptr>;

    // analyser.cpp
    [[nodiscard]] std::unexpected<error> fail_at(std::int32_t place, sqlstate code, std::string message) const;
    [[nodiscard]] std::unexpected<error> not_analysed(std::string_view what) const;
    [[nodiscard]] std::string unique_alias(std::string_view wanted);
    result<query_ptr> statement_of(const node* each);
    result<> check_parameters();

    // names.cpp
    made column_of(const PgQuery__ColumnRef& reference);
    result<expression_ptr> find_column(std::string_view name, std::int32_t place);  // nullptr: none
    result<expression_ptr> find_column(std::string_view name, std::int32_t place, bool exact);
    result<expression_ptr> find_column_here(std::string_view name);  // in the sources of this query only
    result<const visible_source*> find_source(std::string_view schema, std::string_view name, std::int32_t place);
    made column_in(const visible_source& found, std::string_view name, std::int32_t place);
    made whole_row(const visible_source& found, std::int32_t place);
    result<std::vector<target>> star_targets(const PgQuery__ColumnRef& reference);
    [[nodiscard]] std::vector<target> columns_as_targets(const visible_source& found, std::int32_t place) const;
    [[nodiscard]] std::string name_for(const node* each) const;
    [[nodiscard]] std::pair<std::string, int> name_and_strength(const node* each) const;
    [[nodiscard]] std::pair<std::string, int> name_of_sub_query(const PgQuery__SubLink& link) const;

    // type_names.cpp
    result<typed> type_of(const PgQuery__TypeName& name);
    result<std::int32_t> modifier_of(const PgQuery__TypeName& name, oid type);
    result<typed> named_type(const PgQuery__TypeName& name);

    // coercion.cpp
    [[nodiscard]] bool coercible(const expression& value, typed wanted, cast_context context) const;
    made coerce(expression_ptr value, typed wanted, cast_context context, std::int32_t place);  // 42846, 42804
    made converted(expression_ptr value, typed wanted, cast_context context, std::int32_t place);
    made with_modifier(expression_ptr value, typed wanted, cast_context context, std::int32_t place);
    made to_boolean(expression_ptr value, std::string_view what);
    result<oid> common_type_of(std::span<expression_ptr* const> values, std::string_view what);
    result<> to_common_type(std::span<expression_ptr* const> values, std::string_view what, typed& common);
    void settle_unknown(expression_ptr& value);  // a literal that nothing gave a type is text
    [[nodiscard]] std::string type_text(typed type) const { return type_name(data_, type); }

    // operators.cpp
    made operation(std::string_view symbol, expression_ptr left, expression_ptr right, std::int32_t place);
    result<candidate> choose_operator(std::string_view symbol, const expression* left, const expression& right,
                                      std::int32_t place);
    result<const function_row*> comparison(std::string_view symbol, expression_ptr& left, expression_ptr& right,
                                           std::int32_t place);
    made operation_of(const PgQuery__AExpr& each);
    made plain_operation(const PgQuery__AExpr& each);
    made quantified_of(const PgQuery__AExpr& each, bool all);
    made distinct_of(const PgQuery__AExpr& each, bool negated);
    made null_if_of(const PgQuery__AExpr& each);
    made in_list(const PgQuery__AExpr& each);
    made between_of(const PgQuery__AExpr& each);
    made row_comparison_of(std::string_view symbol, expression_ptr left, expression_ptr right, std::int32_t place);

    // calls.cpp
    struct call_arguments {
        expressions values;
        std::vector<std::string> names;  // of the last ones; empty strings for those without
        bool variadic = false;
    };
    result<call_arguments> arguments_of_call(node_list arguments, bool variadic);
    made call_of(const PgQuery__FuncCall& call);
    result<std::optional<candidate>> choose_function(std::string_view name, call_arguments& given, std::int32_t place);
    made finish_call(const PgQuery__FuncCall& call, std::string_view name, candidate chosen, call_arguments given);
    made finish_aggregate(const PgQuery__FuncCall& call, const function_row* function, std::string_view engine_name,
                          typed type, expressions arguments, std::size_t direct);
    made finish_function(const function_row& function, expressions arguments, typed type, bool variadic_array,
                         std::string_view symbol, std::int32_t place);
    made engine_function(const PgQuery__FuncCall& call, std::string_view name, call_arguments given);
    made cast_by_call(std::string_view name, expression_ptr& only, std::int32_t place);  // nullptr: it is none
    result<> convert_arguments(const candidate& chosen, expressions& arguments, std::vector<oid>& declared, oid& type,
                               std::int32_t place);
    [[nodiscard]] std::string signature(std::string_view name, const call_arguments& given) const;
    result<std::unique_ptr<window>> window_of(const PgQuery__WindowDef& definition);
    result<> add_frame(const PgQuery__WindowDef& definition, window& into);
    [[nodiscard]] std::unexpected<error> misplaced(std::string_view what, std::int32_t place) const;

    // expressions.cpp
    made expression_of(const node* each);
    made expression_at(const node* each, expression_place place);
    result<expressions> expressions_of(node_list list);
    made constant_of(const PgQuery__AConst& each);
    made parameter_of(const PgQuery__ParamRef& each);
    made cast_of(const PgQuery__TypeCast& each);
    made indirection_of(const PgQuery__AIndirection& each);
    made subscripts_of(expression_ptr value, node_list indices, std::int32_t place);
    made field_in(expression_ptr value, std::string_view name, std::int32_t place);

    made null_test_of(const PgQuery__NullTest& test);
    made boolean_test_of(const PgQuery__BooleanTest& test);

    // special_forms.cpp
    made logical_of(const PgQuery__BoolExpr& each);
    made case_expression(const PgQuery__CaseExpr& each);
    made coalesce_of(const PgQuery__CoalesceExpr& each);
    made extreme_of(const PgQuery__MinMaxExpr& each);
    made array_expression(const PgQuery__AArrayExpr& each, oid wanted_array, std::int32_t place);
    made row_expression(const PgQuery__RowExpr& each);
    made sub_link(const PgQuery__SubLink& each);
    made compared_sub_query(const PgQuery__SubLink& each, query_ptr select);
    made session_value_of(const PgQuery__SQLValueFunction& each);
    made grouping_of(const PgQuery__GroupingFunc& each);

    // from_clause.cpp
    result<> from_clause(node_list items);
    result<std::unique_ptr<from_item>> from_item_of(const node* each, std::vector<visible_source>& visible);
    result<std::unique_ptr<from_item>> table_of(const PgQuery__RangeVar& table, std::vector<visible_source>& visible);
    result<std::unique_ptr<from_item>> sub_select_of(const PgQuery__RangeSubselect& each,
                                                     std::vector<visible_source>& visible);
    result<std::unique_ptr<from_item>> function_of(const PgQuery__RangeFunction& each,
                                                   std::vector<visible_source>& visible);
    result<std::unique_ptr<from_item>> join_of(const PgQuery__JoinExpr& join, std::vector<visible_source>& visible);
    result<> merge_columns(const PgQuery__JoinExpr& join, from_item& made, std::vector<visible_source>& left,
                           std::vector<visible_source>& right, std::vector<visible_column>& columns);
    result<> add_visible(std::vector<visible_source>& into, std::vector<visible_source> fresh);
    source& add_source(std::string_view alias);
    [[nodiscard]] visible_source show(source& made, std::string_view name);
    result<> rename_columns(const PgQuery__Alias* alias, source& made, std::string_view name);
    result<std::vector<source_column>> function_columns(const expression& call, std::string_view name,
                                                        node_list definitions, bool& row);
    struct engine_table_call {
        expression_ptr call;
        std::vector<source_column> columns;
    };
    // A table function that only the engine has; nullopt: it is none.
    result<std::optional<engine_table_call>> engine_table(const PgQuery__FuncCall& call);
    result<source*> target_table(const PgQuery__RangeVar& table);

    // select.cpp
    result<query_ptr> select_of(const PgQuery__SelectStmt& select, bool top = false);
    result<query_ptr> sub_select(const node* each);
    result<> plain_select(const PgQuery__SelectStmt& select, query& into);
    result<> values_select(const PgQuery__SelectStmt& select, query& into);
    result<> with_clause(const PgQuery__WithClause* with, query& into);
    result<> common_table_of(const PgQuery__CommonTableExpr& each, query& into, bool recursive);
    result<std::vector<target>> targets_of(node_list list, expression_place place);
    result<> limits_of(const PgQuery__SelectStmt& select, query& into);
    made limit_of(const node* each, expression_place place, std::string_view name);
    [[nodiscard]] static std::vector<source_column> result_columns(const query& select);
    void settle_targets(std::vector<target>& targets);

    // sorting.cpp
    result<> group_clause(node_list list, query& into);
    result<grouping_set> grouping_set_of(const node* each, query& into);
    result<> order_clause(node_list list, query& into);
    result<> distinct_clause(const PgQuery__SelectStmt& select, query& into);
    result<std::vector<sort_key>> sort_keys(node_list list, const std::function<made(const node*)>& value_of);
    // By the rules of ORDER BY (SQL-92: a name or number of a column of the result) or GROUP BY.
    result<group_key> target_reference(const node* each, query& into, bool prefers_input, std::string_view clause);
    void settle_targets_for_sorting(query& into, bool unsorted);
    result<> check_grouping(const query& made);

    // set_operations.cpp
    result<> convert_arm(query_ptr& arm, std::span<const typed> types);
    result<> match_arm(query_ptr& arm, const std::vector<source_column>& columns, std::string_view name);
    result<> set_operation_of(const PgQuery__SelectStmt& select, query& into);

    // definitions.cpp
    result<std::unique_ptr<table_definition>> table_of(const PgQuery__CreateStmt& create);
    result<> add_column(const PgQuery__ColumnDef& column, table_definition& into);
    result<> column_constraints(const PgQuery__ColumnDef& column, table_definition& into);
    result<> table_constraint(const PgQuery__Constraint& constraint, table_definition& into);
    result<sequence_options> sequence_options_of(node_list options);

    // writes.cpp
    result<query_ptr> insert_of(const PgQuery__InsertStmt& insert);
    result<query_ptr> update_of(const PgQuery__UpdateStmt& update);
    result<query_ptr> delete_of(const PgQuery__DeleteStmt& remove);
    result<query_ptr> merge_of(const PgQuery__MergeStmt& merge);
    result<std::vector<std::size_t>> insert_columns(node_list names, const source& table);
    result<> insert_rows(const PgQuery__SelectStmt& select, query& into);
    result<> assign_arm(query_ptr& rows, query& into);
    result<> conflict_of(const PgQuery__OnConflictClause& clause, query& into);
    result<std::vector<assignment>> assignments_of(node_list list, const source& table);
    made assigned(expression_ptr value, const source_column& column);
    result<std::size_t> column_index(const source& table, const PgQuery__ResTarget& named) const;
    result<> returning_of(node_list list, query& into);

    // Makes a scope the current one for its life.
    class inside {
      public:
        inside(analyser& owner, scope& now) : owner_(owner) {
            now.outer = owner.scope_;
            owner.scope_ = &now;
        }
        inside(const inside&) = delete;
        inside& operator=(const inside&) = delete;
        ~inside() { owner_.scope_ = owner_.scope_->outer; }

      private:
        analyser& owner_;
    };
    class at_place {
      public:
        at_place(analyser& owner, expression_place place) : scope_(*owner.scope_), before_(scope_.place) {
            scope_.place = place;
        }
        at_place(const at_place&) = delete;
        at_place& operator=(const at_place&) = delete;
        ~at_place() { scope_.place = before_; }

      private:
        scope& scope_;
        expression_place before_;
    };

    database& data_;
    std::string_view sql_;
    std::vector<typed> parameters_;  // type 0: not known yet
    std::size_t declared_ = 0;
    std::map<int, std::int32_t> parameter_places_;
    std::map<int, std::int32_t> untyped_;  // parameters in a place that takes any type
    std::set<std::string, std::less<>> aliases_;
    scope* scope_ = nullptr;
};

}  // namespace sluice::analysis
