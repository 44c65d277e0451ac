// UNION, INTERSECT and EXCEPT: the columns of both sides get common types.
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

std::string_view name_of_operation(set_operation::kind what) {
    switch (what) {
        case set_operation::kind::intersect:
            return "INTERSECT";
        case set_operation::kind::except:
            return "EXCEPT";
        default:
            return "UNION";
    }
}

// True if a target's value may be replaced in place: nothing else refers to it.
bool is_plain(const query& arm) {
    return !arm.operation && !arm.values && !arm.distinct && arm.distinct_on.empty() && arm.order_by.empty() &&
           arm.group_by.empty();
}

}  // namespace

// Converts the arm's columns to these types, in place or in a query around it.
result<> analyser::convert_arm(query_ptr& arm, std::span<const typed> types) {
    std::vector<target*> columns;
    for (target& each : arm->targets) {
        if (!each.hidden) {
            columns.push_back(&each);
        }
    }
    bool differs = false;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const bool literal = columns[i]->value->type.type == type_oids::unknown;
        if (literal || (is_plain(*arm) && columns[i]->value->type.type != types[i].type)) {
            TRY_ASSIGN(columns[i]->value,
                       converted(std::move(columns[i]->value), {.type = types[i].type}, cast_context::implicit, -1));
        }
        differs = differs || columns[i]->value->type.type != types[i].type;
    }
    if (!differs) {
        return {};
    }
    query_ptr around(new query);  // NOLINT(cppcoreguidelines-owning-memory): its deleter is not the usual one
    auto made = std::make_unique<source>();
    made->alias = unique_alias("*SELECT*");
    made->columns = result_columns(*arm);
    made->what = query_source{.select = std::move(arm)};
    for (std::size_t i = 0; i < made->columns.size(); ++i) {
        auto value = make_expression(made->columns[i].type, -1, column_reference{.from = made.get(), .index = i});
        TRY_ASSIGN(value, converted(std::move(value), {.type = types[i].type}, cast_context::implicit, -1));
        around->targets.push_back({.value = std::move(value), .name = made->columns[i].name});
    }
    auto item = std::make_unique<from_item>();
    item->leaf = made.get();
    around->from.push_back(std::move(item));
    around->sources.push_back(std::move(made));
    arm = std::move(around);
    return {};
}

// The recursive part of WITH RECURSIVE: its columns have the types of the first part.
result<> analyser::match_arm(query_ptr& arm, const std::vector<source_column>& columns, std::string_view name) {
    const std::vector<source_column> own = result_columns(*arm);
    if (own.size() != columns.size()) {
        return fail_at(-1, sqlstates::syntax_error, "each UNION query must have the same number of columns");
    }
    std::vector<typed> types;
    for (std::size_t i = 0; i < own.size(); ++i) {
        const std::array<oid, 2> both = {columns[i].type.type, own[i].type.type};
        const common_type common = choose_common_type(data_, both);
        if (common.type == 0) {
            return fail_at(-1, sqlstates::datatype_mismatch,
                           fmt::format("UNION types {} and {} cannot be matched", type_text({.type = both[0]}),
                                       type_text({.type = both[1]})));
        }
        if (common.type != columns[i].type.type) {
            error cause =
                fail_at(-1, sqlstates::datatype_mismatch,
                        fmt::format(
                            "recursive query \"{}\" column {} has type {} in non-recursive term but type {} overall",
                            name, i + 1, type_text(columns[i].type), type_text({.type = common.type})))
                    .error();
            cause.hint = "Cast the output of the non-recursive term to the correct type.";
            return fail(std::move(cause));
        }
        types.push_back({.type = common.type});
    }
    return convert_arm(arm, types);
}

result<> analyser::set_operation_of(const PgQuery__SelectStmt& select, query& into) {
    set_operation made{.all = static_cast<bool>(select.all), .left = {}, .right = {}};
    made.what = select.op == PG_QUERY__SET_OPERATION__SETOP_INTERSECT ? set_operation::kind::intersect
                : select.op == PG_QUERY__SET_OPERATION__SETOP_EXCEPT  ? set_operation::kind::except
                                                                      : set_operation::kind::set_union;
    TRY_ASSIGN(made.left, select_of(*select.larg));
    TRY_ASSIGN(made.right, select_of(*select.rarg));
    const std::vector<source_column> left = result_columns(*made.left);
    const std::vector<source_column> right = result_columns(*made.right);
    const std::string_view name = name_of_operation(made.what);
    if (left.size() != right.size()) {
        return fail_at(-1, sqlstates::syntax_error,
                       fmt::format("each {} query must have the same number of columns", name));
    }
    std::vector<typed> types;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const std::array<oid, 2> both = {left[i].type.type, right[i].type.type};
        const common_type common = choose_common_type(data_, both);
        if (common.type == 0) {
            return fail_at(made.right->targets[i].value->place, sqlstates::datatype_mismatch,
                           fmt::format("{} types {} and {} cannot be matched", name, type_text({.type = both[0]}),
                                       type_text({.type = both[1]})));
        }
        types.push_back({.type = common.type, .modifier = left[i].type == right[i].type ? left[i].type.modifier : -1});
    }
    TRY(convert_arm(made.left, types));
    TRY(convert_arm(made.right, types));
    source& columns = add_source("*UNION*");
    columns.what = operation_source{};
    for (std::size_t i = 0; i < left.size(); ++i) {
        columns.columns.push_back({.name = left[i].name, .type = types[i], .stored = {}});
    }
    into.operation = std::move(made);
    const visible_source shown = show(columns, "*UNION*");
    into.targets = columns_as_targets(shown, -1);
    scope_->sources.push_back(shown);
    return order_clause(list_of(select.sort_clause, select.n_sort_clause), into);
}

}  // namespace sluice::analysis
