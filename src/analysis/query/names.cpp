// Names of columns and tables in expressions, and the names that a result's columns get.
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"
#include "base/text/ascii.hpp"

namespace sluice::analysis {
namespace {

constexpr sqlstate ambiguous_alias{"42P09"};

bool matches(std::string_view column, std::string_view name, bool exact) {
    return exact ? column == name : base::equals_ignoring_case(column, name);
}

bool is_star(const node* each) {
    return is(each, PG_QUERY__NODE__NODE_A_STAR);
}

}  // namespace

// An exact name first. Files and databases made elsewhere have names with capitals, which PostgreSQL's users write
// without quotes; a name that only differs in case is found as well, if it is the only one.
result<expression_ptr> analyser::find_column(std::string_view name, std::int32_t place) {
    TRY_ASSIGN(expression_ptr found, find_column(name, place, true));
    return found ? made(std::move(found)) : find_column(name, place, false);
}

result<expression_ptr> analyser::find_column(std::string_view name, std::int32_t place, bool exact) {
    for (scope* at = scope_; at != nullptr; at = at->outer) {
        const visible_column* found = nullptr;
        for (const visible_source& each : at->sources) {
            if (!each.names_columns) {
                continue;
            }
            for (const visible_column& column : each.columns) {
                if (matches(column.name, name, exact)) {
                    if (found != nullptr) {
                        return fail_at(place, sqlstates::ambiguous_column,
                                       fmt::format("column reference \"{}\" is ambiguous", name));
                    }
                    if (each.lateral_only && !scope_->lateral) {
                        error cause = fail_at(place, sqlstates::undefined_column,
                                              fmt::format("column \"{}\" does not exist", name))
                                          .error();
                        cause.detail = fmt::format(
                            "There is a column named \"{}\" in table \"{}\", but it cannot be referenced from this "
                            "part "
                            "of the query.",
                            name, each.alias);
                        return fail(std::move(cause));
                    }
                    found = &column;
                }
            }
        }
        if (found != nullptr) {
            auto made = found->make();
            made->place = place;
            return made;
        }
    }
    return expression_ptr();
}

result<expression_ptr> analyser::find_column_here(std::string_view name) {
    scope* const outer = std::exchange(scope_->outer, nullptr);
    auto found = find_column(name, -1);
    scope_->outer = outer;
    return found;
}

result<const visible_source*> analyser::find_source(std::string_view schema, std::string_view name,
                                                    std::int32_t place) {
    for (scope* at = scope_; at != nullptr; at = at->outer) {
        const visible_source* found = nullptr;
        for (const visible_source& each : at->sources) {
            const bool matches =
                schema.empty() ? each.alias == name : each.relation.name == name && each.relation.schema == schema;
            if (!matches) {
                continue;
            }
            if (found != nullptr) {
                return fail_at(place, ambiguous_alias, fmt::format("table reference \"{}\" is ambiguous", name));
            }
            found = &each;
        }
        if (found != nullptr) {
            return found;
        }
    }
    return nullptr;
}

analyser::made analyser::column_in(const visible_source& found, std::string_view name, std::int32_t place) {
    const visible_column* column = nullptr;
    for (const bool exact : {true, false}) {
        for (const visible_column& each : found.columns) {
            if (column != &each && matches(each.name, name, exact)) {
                if (column != nullptr) {
                    return fail_at(place, sqlstates::ambiguous_column,
                                   fmt::format("column reference \"{}\" is ambiguous", name));
                }
                column = &each;
            }
        }
        if (column != nullptr) {
            break;
        }
    }
    if (column == nullptr) {
        return expression_ptr();
    }
    auto made = column->make();
    made->place = place;
    return made;
}

analyser::made analyser::whole_row(const visible_source& found, std::int32_t place) {
    if (found.whole != nullptr) {
        const auto* const function = std::get_if<function_source>(&found.whole->what);
        if (function != nullptr && function->row && found.columns.size() == 1) {
            auto made = found.columns.front().make();  // a function with one value: the row is the value
            made->place = place;
            return made;
        }
    }
    row_of row;
    for (const visible_column& each : found.columns) {
        row.fields.push_back(each.make());
        row.names.push_back(each.name);
    }
    return make_expression({.type = pseudo::record}, place, std::move(row));
}

analyser::made analyser::column_of(const PgQuery__ColumnRef& reference) {
    const node_list fields = list_of(reference.fields, reference.n_fields);
    const std::int32_t place = reference.location;
    if (is_star(fields.back())) {
        if (fields.size() == 1) {
            return fail_at(place, sqlstates::syntax_error, "\"*\" is not valid here");
        }
        const std::string_view schema = fields.size() == 3 ? name_of(fields[0]) : std::string_view();
        TRY_ASSIGN(const visible_source* found, find_source(schema, name_of(fields[fields.size() - 2]), place));
        if (found == nullptr) {
            return not_analysed("a row of something else");
        }
        return whole_row(*found, place);
    }
    const auto missing_source = [&](std::string_view name) {
        return fail_at(place, sqlstates::undefined_table,
                       fmt::format("missing FROM-clause entry for table \"{}\"", name));
    };
    switch (fields.size()) {
        case 1: {
            const std::string_view name = name_of(fields[0]);
            TRY_ASSIGN(expression_ptr found, find_column(name, place));
            if (found) {
                return found;
            }
            TRY_ASSIGN(const visible_source* source, find_source({}, name, place));
            if (source != nullptr) {
                return whole_row(*source, place);
            }
            return fail_at(place, sqlstates::undefined_column, fmt::format("column \"{}\" does not exist", name));
        }
        case 2:
        case 3: {
            const std::string_view schema = fields.size() == 3 ? name_of(fields[0]) : std::string_view();
            const std::string_view table = name_of(fields[fields.size() - 2]);
            const std::string_view name = name_of(fields.back());
            TRY_ASSIGN(const visible_source* source, find_source(schema, table, place));
            if (source == nullptr) {
                // A field of a column: an extension, since DuckDB's users write it so.
                TRY_ASSIGN(expression_ptr column, fields.size() == 2 ? find_column(table, place) : made());
                if (column) {
                    return field_in(std::move(column), name, place);
                }
                return missing_source(table);
            }
            TRY_ASSIGN(expression_ptr found, column_in(*source, name, place));
            if (!found) {
                return fail_at(place, sqlstates::undefined_column,
                               fmt::format("column {}.{} does not exist", table, name));
            }
            return found;
        }
        default:
            return not_analysed("a name of four parts");
    }
}

std::vector<target> analyser::columns_as_targets(const visible_source& found, std::int32_t place) const {
    std::vector<target> targets;
    for (const visible_column& each : found.columns) {
        auto made = each.make();
        made->place = place;
        targets.push_back({.value = std::move(made), .name = each.name});
    }
    return targets;
}

result<std::vector<target>> analyser::star_targets(const PgQuery__ColumnRef& reference) {
    const node_list fields = list_of(reference.fields, reference.n_fields);
    std::vector<target> targets;
    if (fields.size() == 1) {
        bool any = false;
        for (const visible_source& each : scope_->sources) {
            if (each.names_columns) {
                any = true;
                for (target& made : columns_as_targets(each, reference.location)) {
                    targets.push_back(std::move(made));
                }
            }
        }
        if (!any) {
            return fail_at(reference.location, sqlstates::syntax_error,
                           "SELECT * with no tables specified is not valid");
        }
        return targets;
    }
    const std::string_view schema = fields.size() == 3 ? name_of(fields[0]) : std::string_view();
    const std::string_view name = name_of(fields[fields.size() - 2]);
    TRY_ASSIGN(const visible_source* found, find_source(schema, name, reference.location));
    if (found == nullptr) {
        return fail_at(reference.location, sqlstates::undefined_table,
                       fmt::format("missing FROM-clause entry for table \"{}\"", name));
    }
    return columns_as_targets(*found, reference.location);
}

std::pair<std::string, int> analyser::name_of_sub_query(const PgQuery__SubLink& link) const {
    if (link.sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) {
        return {"exists", 2};
    }
    if (link.sub_link_type == PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK) {
        return {"array", 2};
    }
    if (link.sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK &&
        is(link.subselect, PG_QUERY__NODE__NODE_SELECT_STMT)) {
        const PgQuery__SelectStmt* select = link.subselect->select_stmt;
        while (select->larg != nullptr) {
            select = select->larg;
        }
        if (select->n_target_list > 0) {
            return {name_for(select->target_list[0]), 2};
        }
        return {select->n_values_lists > 0 ? "column1" : "?column?", 2};
    }
    return {"", 0};
}

// The name of a result's column, and how strongly it stands against the name of a cast's type.
std::pair<std::string, int> analyser::name_and_strength(const node* each) const {
    const auto last = [](node_list list) -> std::string {
        for (std::size_t i = list.size(); i > 0; --i) {
            if (!name_of(list[i - 1]).empty()) {
                return std::string(name_of(list[i - 1]));
            }
        }
        return {};
    };
    switch (each == nullptr ? PG_QUERY__NODE__NODE__NOT_SET : each->node_case) {
        case PG_QUERY__NODE__NODE_COLUMN_REF:
            return {last(list_of(each->column_ref->fields, each->column_ref->n_fields)), 2};
        case PG_QUERY__NODE__NODE_A_INDIRECTION: {
            std::string field = last(list_of(each->a_indirection->indirection, each->a_indirection->n_indirection));
            return field.empty() ? name_and_strength(each->a_indirection->arg) : std::pair(std::move(field), 2);
        }
        case PG_QUERY__NODE__NODE_FUNC_CALL:
            return {last(list_of(each->func_call->funcname, each->func_call->n_funcname)), 2};
        case PG_QUERY__NODE__NODE_A_EXPR:
            return each->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF ? std::pair(std::string("nullif"), 2)
                                                                               : std::pair(std::string(), 0);
        case PG_QUERY__NODE__NODE_TYPE_CAST: {
            auto inner = name_and_strength(each->type_cast->arg);
            if (inner.second > 1) {
                return inner;
            }
            std::string type = last(list_of(each->type_cast->type_name->names, each->type_cast->type_name->n_names));
            return type.empty() ? inner : std::pair(std::move(type), 1);
        }
        case PG_QUERY__NODE__NODE_COLLATE_CLAUSE:
            return name_and_strength(each->collate_clause->arg);
        case PG_QUERY__NODE__NODE_GROUPING_FUNC:
            return {"grouping", 2};
        case PG_QUERY__NODE__NODE_SUB_LINK:
            return name_of_sub_query(*each->sub_link);
        case PG_QUERY__NODE__NODE_CASE_EXPR: {
            auto inner = name_and_strength(each->case_expr->defresult);
            return inner.second > 0 ? inner : std::pair(std::string("case"), 1);
        }
        case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
            return {"array", 2};
        case PG_QUERY__NODE__NODE_ROW_EXPR:
            return {"row", 2};
        case PG_QUERY__NODE__NODE_COALESCE_EXPR:
            return {"coalesce", 2};
        case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
            return {each->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest" : "least", 2};
        case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: {
            constexpr auto names = std::to_array<std::string_view>(
                {"", "current_date", "current_time", "current_time", "current_timestamp", "current_timestamp",
                 "localtime", "localtime", "localtimestamp", "localtimestamp", "current_role", "current_user", "user",
                 "session_user", "current_catalog", "current_schema"});
            return {std::string(names[static_cast<std::size_t>(each->sqlvalue_function->op)]), 2};
        }
        case PG_QUERY__NODE__NODE_XML_EXPR:
            return {"xmlconcat", 2};
        default:
            return {"", 0};
    }
}

std::string analyser::name_for(const node* each) const {
    if (is(each, PG_QUERY__NODE__NODE_RES_TARGET)) {
        const std::string_view given = text_of(each->res_target->name);
        return given.empty() ? name_for(each->res_target->val) : std::string(given);
    }
    auto [name, strength] = name_and_strength(each);
    return strength == 0 || name.empty() ? "?column?" : std::move(name);
}

}  // namespace sluice::analysis
