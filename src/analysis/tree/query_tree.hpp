// query_tree.hpp - a statement whose names and types are known: the result of semantic analysis.
//
// Problem: what PostgreSQL means by a text depends on types: which function, which cast, which column. Once they are
//          decided, any engine can be told what to do without knowing PostgreSQL's rules.
// Use:     TRY_ASSIGN(statement found, analyse(tree, catalog)); the engine's writer turns it into the engine's SQL.
// Rules:   every implicit cast is written out; every column names its source; every function is one row of the catalog.
// Source:  PostgreSQL 15 manual, chapters 7 (Queries), 10 (Type Conversion) and 52.3 (the parser stage).
// Threads: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "analysis/builtin/builtin_rows.hpp"

namespace sluice::analysis {

// A type with its modifier as in pg_attribute.atttypmod; -1: none.
struct typed {
    oid type = 0;
    std::int32_t modifier = -1;

    friend bool operator==(const typed&, const typed&) = default;
};

struct expression;
struct query;
struct source;
using expression_ptr = std::unique_ptr<expression>;
using expressions = std::vector<expression_ptr>;
struct query_deleter {  // a query contains expressions that contain queries
    void operator()(query* gone) const;
};
using query_ptr = std::unique_ptr<query, query_deleter>;

// --- Values

// A value in the text form that the type's input function reads; nullopt: NULL.
struct constant {
    std::optional<std::string> text;
};

struct parameter {
    int number = 0;  // n of $n
};

struct column_reference {
    source* from = nullptr;  // of this query or one around it
    std::size_t index = 0;   // in its columns
};

// --- Calls

// A function, or an operator: that is the function behind it.
struct function_call {
    const function_row* function = nullptr;
    expressions arguments;
    bool variadic_array = false;  // the last argument is the array of all variadic ones (keyword VARIADIC)
    std::string symbol;           // the operator as written; empty: written as a call
};

// A function that PostgreSQL does not have.
struct engine_call {
    std::string name;
    expressions arguments;
    std::vector<std::string> names;  // of arguments given by name; empty strings for others; none at all: no names
};

struct sort_key {
    expression_ptr value;        // nullptr: a column of the result
    std::ptrdiff_t column = -1;  // its index among the targets
    bool descending = false;
    bool nulls_first = false;
};

struct frame_bound {
    enum class kind : std::uint8_t { unbounded_preceding, preceding, current_row, following, unbounded_following };
    kind at = kind::unbounded_preceding;
    expression_ptr offset;  // of preceding and following
};

struct window {
    enum class unit : std::uint8_t { range, rows, groups };
    enum class exclusion : std::uint8_t { none, current_row, group, ties };
    expressions partition;
    std::vector<sort_key> order;
    bool framed = false;  // else the default frame
    unit frame_unit = unit::range;
    frame_bound begin;
    frame_bound end;
    exclusion excluded = exclusion::none;
};

// An aggregate, a window function, or an aggregate over a window.
struct aggregate_call {
    const function_row* function = nullptr;  // nullptr: the engine's, by engine_name
    std::string engine_name;
    expressions direct;  // of an ordered-set aggregate
    expressions arguments;
    bool star = false;  // count(*)
    bool distinct = false;
    std::vector<sort_key> order;  // ORDER BY inside, or WITHIN GROUP
    expression_ptr filter;
    std::unique_ptr<window> over;
};

// --- Conversions

enum class cast_method : std::uint8_t {
    relabel,   // the same bytes
    function,  // cast.function
    text,      // the value's text is read as the other type
    array,     // each element; `element` says how
    length,    // the type stays, its modifier is enforced
};
enum class cast_context : std::uint8_t { implicit, assignment, explicit_cast };

struct cast {
    expression_ptr value;
    cast_method method = cast_method::relabel;
    cast_context context = cast_context::implicit;
    const function_row* function = nullptr;
};

// --- Syntax with rules of its own

enum class logical_operator : std::uint8_t { conjunction, disjunction, negation };
struct logical {
    logical_operator what = logical_operator::conjunction;
    expressions arguments;
};
struct null_test {
    expression_ptr value;
    bool negated = false;
    bool row = false;  // of a row: all fields
};
enum class truth : std::uint8_t { yes, no, unknown };
struct boolean_test {
    expression_ptr value;
    truth of = truth::yes;
    bool negated = false;
};
// left IS [NOT] DISTINCT FROM right, by the type's equality.
struct distinct_test {
    expression_ptr left;
    expression_ptr right;
    const function_row* equal = nullptr;
    bool negated = false;
};
struct null_if {
    expression_ptr left;
    expression_ptr right;
    const function_row* equal = nullptr;
};
struct case_branch {
    expression_ptr condition;
    expression_ptr value;
};
// CASE: with an operand, conditions compare a case_operand, which stands for its value.
struct case_of {
    expression_ptr operand;
    std::vector<case_branch> branches;
    expression_ptr otherwise;  // nullptr: NULL
};
struct case_operand {};
struct coalesce {
    expressions arguments;
};
struct extreme {
    bool greatest = true;
    expressions arguments;
};
struct array_of {
    expressions elements;
};
struct row_of {
    expressions fields;
    std::vector<std::string> names;
};
struct subscript {
    expression_ptr lower;  // slices
    expression_ptr upper;  // the index, if it is no slice
    bool slice = false;
};
struct subscripted {
    expression_ptr value;
    std::vector<subscript> subscripts;
};
struct field_of {
    expression_ptr value;
    std::string name;
    std::size_t index = 0;
};
// left OP ANY (array), left OP ALL (array), and IN with a list.
struct quantified {
    expression_ptr left;
    expression_ptr array;  // or: `list`
    expressions list;
    const function_row* compare = nullptr;
    std::string symbol;
    bool all = false;
};
enum class row_operator : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };
struct row_comparison {
    row_operator what = row_operator::equal;
    expressions left;
    expressions right;
    std::vector<const function_row*> compare;
};
enum class subquery_kind : std::uint8_t { exists, scalar, array, any, all };
struct subquery {
    subquery_kind kind = subquery_kind::scalar;
    query_ptr select;
    expressions left;  // of any and all
    std::vector<const function_row*> compare;
    std::string symbol;
    // Casts that the sub-query's columns need for the comparison stand in its targets.
};
// CURRENT_DATE, LOCALTIMESTAMP(3), CURRENT_USER ...
enum class session_value_kind : std::uint8_t {
    current_date,
    current_time,
    current_timestamp,
    local_time,
    local_timestamp,
    current_role,
    current_user,
    user,
    session_user,
    current_catalog,
    current_schema,
};
struct session_value {
    session_value_kind what = session_value_kind::current_date;
};
struct grouping {
    expressions arguments;
};
struct collated {
    expression_ptr value;
    std::string collation;
};
struct set_default {};  // DEFAULT in VALUES and SET
// A set-returning function in the select list: one row of the result for each of its rows.
struct expansion {
    expression_ptr call;  // function_call or engine_call
};

using expression_form =
    std::variant<constant, parameter, column_reference, function_call, engine_call, aggregate_call, cast, logical,
                 null_test, boolean_test, distinct_test, null_if, case_of, case_operand, coalesce, extreme, array_of,
                 row_of, subscripted, field_of, quantified, row_comparison, subquery, session_value, grouping, collated,
                 set_default, expansion>;

struct expression {
    typed type;
    std::int32_t place = -1;  // byte offset in the client's text; -1: none
    expression_form form;
};

template <typename Form>
expression_ptr make_expression(typed type, std::int32_t place, Form form) {
    return std::make_unique<expression>(expression{.type = type, .place = place, .form = std::move(form)});
}
template <typename Form>
Form* as(const expression_ptr& value) {
    return value ? std::get_if<Form>(&value->form) : nullptr;
}
template <typename Form>
const Form* as(const expression& value) {
    return std::get_if<Form>(&value.form);
}
// True if both mean the same value: they differ at most in their places.
[[nodiscard]] bool same(const expression& a, const expression& b);
[[nodiscard]] bool same(const expression_ptr& a, const expression_ptr& b);
// Calls `visit` for each expression right below, without sub-queries.
void visit_children(const expression& parent, const std::function<void(const expression&)>& visit);

// --- Where rows come from

struct source_column {
    std::string name;
    typed type;
    std::string stored;  // the engine's type, as the engine writes it; empty: the usual one of `type`
    bool hidden = false;
};

// A table or view of the database.
struct relation {
    oid number = 0;
    std::string catalog;  // the engine's names
    std::string schema;
    std::string name;
    bool view = false;
    std::vector<source_column> columns;
    std::vector<std::int16_t> numbers;  // attnum of each; empty: 1, 2, ...
};

struct common_table {
    std::string name;     // unique in the statement
    std::string written;  // by the client
    bool recursive = false;
    std::optional<bool> materialized;
    query_ptr body;
    std::vector<source_column> columns;
};

struct table_source {
    std::shared_ptr<const relation> table;
    std::optional<std::string> sample;  // TABLESAMPLE, as the engine writes it
};
struct query_source {
    query_ptr select;
};
struct common_source {
    common_table* table = nullptr;
};
// FROM f(...), ROWS FROM (f(...), g(...))
struct function_source {
    expressions calls;                       // function_call, engine_call or any scalar expression
    std::vector<std::size_t> column_counts;  // of each
    bool ordinality = false;
    bool row = false;  // the column stands for the whole row: a function with one column
};

// The columns of a set operation's result, for its targets.
struct operation_source {};

struct source {
    std::string alias;  // unique in the statement
    bool lateral = false;
    std::vector<source_column> columns;
    std::variant<table_source, query_source, common_source, function_source, operation_source> what;
};

enum class join_kind : std::uint8_t { inner, left, right, full, cross };
struct from_item {
    // A source, or a join of two items.
    source* leaf = nullptr;
    join_kind join = join_kind::inner;
    std::unique_ptr<from_item> left;
    std::unique_ptr<from_item> right;
    expression_ptr condition;
};

// --- Statements

struct target {
    expression_ptr value;
    std::string name;
    bool hidden = false;  // only for ORDER BY or GROUP BY
};

struct group_key {
    expression_ptr value;        // nullptr: a column of the result
    std::ptrdiff_t column = -1;  // its index among the targets
};
struct grouping_set {
    enum class kind : std::uint8_t { empty, simple, rollup, cube, sets };
    kind what = kind::simple;
    std::vector<group_key> values;    // of simple: one, or several in parentheses
    std::vector<grouping_set> parts;  // of the others
};

struct set_operation {
    enum class kind : std::uint8_t { set_union, intersect, except };
    kind what = kind::set_union;
    bool all = false;
    query_ptr left;
    query_ptr right;
};

struct assignment {
    std::size_t column = 0;  // of the target's columns
    expression_ptr value;
};

struct conflict_action {
    expressions inferred;  // columns and expressions of the index; empty: any
    expression_ptr inferred_where;
    std::string constraint;
    bool update = false;
    std::vector<assignment> set;
    expression_ptr where;
    source* excluded = nullptr;
};

struct merge_action {
    bool matched = false;
    enum class kind : std::uint8_t { insert, update, remove, nothing };
    kind what = kind::nothing;
    expression_ptr condition;
    std::vector<assignment> set;  // of insert and update
    bool defaults = false;        // INSERT DEFAULT VALUES
};

enum class command : std::uint8_t { select, insert, update, remove, merge };

struct query {
    command what = command::select;
    std::vector<std::unique_ptr<common_table>> common_tables;
    bool recursive = false;
    std::vector<std::unique_ptr<source>> sources;
    std::vector<std::unique_ptr<from_item>> from;
    expression_ptr where;
    std::vector<target> targets;  // the result's columns; of other commands RETURNING
    std::vector<grouping_set> group_by;
    bool group_distinct = false;
    expression_ptr having;
    bool aggregated = false;
    bool distinct = false;
    std::vector<group_key> distinct_on;
    std::vector<sort_key> order_by;
    expression_ptr limit;
    expression_ptr offset;
    bool with_ties = false;
    std::optional<set_operation> operation;
    std::optional<std::vector<expressions>> values;  // VALUES

    // Commands that write
    source* into = nullptr;       // the table that is written
    std::vector<assignment> set;  // UPDATE
    std::vector<std::size_t> insert_columns;
    bool columns_named = false;            // INSERT INTO t (...)
    std::vector<expressions> insert_rows;  // INSERT ... VALUES; set_default stands for DEFAULT
    query_ptr insert_select;
    bool insert_defaults = false;  // DEFAULT VALUES
    std::optional<bool> overriding_system_value;
    std::unique_ptr<conflict_action> conflict;
    std::unique_ptr<from_item> merge_source;
    std::vector<merge_action> merge_actions;
};

}  // namespace sluice::analysis
