// CREATE TABLE.
#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

using kind = constraint_definition::kind;

constexpr sqlstate invalid_table_definition{"42P16"};

relation_name name_of_table(const PgQuery__RangeVar& table) {
    return {.catalog = std::string(text_of(table.catalogname)),
            .schema = std::string(text_of(table.schemaname)),
            .name = std::string(text_of(table.relname))};
}

// smallserial, serial, bigserial and their other names; 0: another type.
oid serial_type(const PgQuery__TypeName& name) {
    if (name.n_names != 1 || name.n_array_bounds > 0) {
        return 0;
    }
    const std::string_view word = name_of(name.names[0]);
    if (word == "serial" || word == "serial4") {
        return type_oids::int4;
    }
    if (word == "bigserial" || word == "serial8") {
        return type_oids::int8;
    }
    return word == "smallserial" || word == "serial2" ? type_oids::int2 : oid{0};
}

std::optional<std::int64_t> integer_of(const node* each) {
    if (is(each, PG_QUERY__NODE__NODE_INTEGER)) {
        return each->integer->ival;
    }
    if (is(each, PG_QUERY__NODE__NODE_FLOAT)) {
        const std::string_view digits = text_of(each->float_->fval);
        std::int64_t value = 0;
        const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return status == std::errc{} && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

result<sequence_options> analyser::sequence_options_of(node_list options) {
    sequence_options made;
    for (const node* each : options) {
        const PgQuery__DefElem& option = *each->def_elem;
        const std::string_view name = text_of(option.defname);
        const auto value = integer_of(option.arg);
        if (name == "start") {
            made.start = value;
        } else if (name == "increment") {
            made.increment = value;
        } else if (name == "minvalue") {
            made.minimum = value;
        } else if (name == "maxvalue") {
            made.maximum = value;
        } else if (name == "cycle") {
            made.cycle = is(option.arg, PG_QUERY__NODE__NODE_BOOLEAN) && option.arg->boolean->boolval;
        } else if (name != "cache") {
            return not_analysed("an option of a sequence");
        }
    }
    return made;
}

result<> analyser::add_column(const PgQuery__ColumnDef& column, table_definition& into) {
    column_definition made{.name = std::string(text_of(column.colname)), .type = {}, .sequence = {}};
    const auto same_name = [&](const column_definition& other) { return other.name == made.name; };
    if (std::ranges::any_of(into.columns, same_name)) {
        return fail_at(-1, sqlstates::duplicate_column,
                       fmt::format("column \"{}\" specified more than once", made.name));
    }
    if (const oid serial = serial_type(*column.type_name); serial != 0) {
        made.type = {.type = serial};
        made.sequence.emplace();
        made.not_null = true;
    } else {
        TRY_ASSIGN(made.type, type_of(*column.type_name));
        const type_row* const row = data_.find(made.type.type);
        if (row != nullptr && row->kind == 'p') {
            return fail_at(column.location, invalid_table_definition,
                           fmt::format("column \"{}\" has pseudo-type {}", made.name, type_text(made.type)));
        }
        if (row == nullptr || row->kind == 'x') {
            return not_analysed("a column with a type of the engine");
        }
    }
    into.columns.push_back(std::move(made));
    return {};
}

// The constraints that stand behind a column; their expressions see all columns.
result<> analyser::column_constraints(const PgQuery__ColumnDef& column, table_definition& into) {
    const std::string name(text_of(column.colname));
    column_definition& made = *std::ranges::find(into.columns, name, &column_definition::name);
    const source_column described{.name = name, .type = made.type, .stored = {}};
    for (const node* each : list_of(column.constraints, column.n_constraints)) {
        const PgQuery__Constraint& constraint = *each->constraint;
        switch (constraint.contype) {
            case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
                made.not_null = true;
                break;
            case PG_QUERY__CONSTR_TYPE__CONSTR_NULL:
            case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRABLE:
            case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_NOT_DEFERRABLE:
            case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_DEFERRED:
            case PG_QUERY__CONSTR_TYPE__CONSTR_ATTR_IMMEDIATE:
                break;
            case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT: {
                std::vector<visible_source> hidden;
                std::swap(hidden, scope_->sources);  // a default names no column
                auto value = expression_of(constraint.raw_expr);
                std::swap(hidden, scope_->sources);
                if (!value) {
                    return std::unexpected(std::move(value).error());
                }
                TRY_ASSIGN(made.default_value, assigned(std::move(*value), described));
                break;
            }
            case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY: {
                TRY_ASSIGN(made.sequence, sequence_options_of(list_of(constraint.options, constraint.n_options)));
                made.identity = true;
                made.always = text_of(constraint.generated_when) == "a";
                made.not_null = true;
                break;
            }
            case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED: {
                TRY_ASSIGN(expression_ptr value, expression_of(constraint.raw_expr));
                TRY_ASSIGN(made.generated, assigned(std::move(value), described));
                break;
            }
            default:
                TRY(table_constraint(constraint, into));
                if (into.constraints.back().columns.empty() && into.constraints.back().what != kind::check) {
                    into.constraints.back().columns.push_back(name);
                }
                break;
        }
    }
    return {};
}

result<> analyser::table_constraint(const PgQuery__Constraint& constraint, table_definition& into) {
    constraint_definition made{.name = std::string(text_of(constraint.conname)), .columns = {}, .target = {}};
    switch (constraint.contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
            made.what = kind::primary_key;
            made.columns = names_of(list_of(constraint.keys, constraint.n_keys));
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
            made.what = kind::unique;
            made.columns = names_of(list_of(constraint.keys, constraint.n_keys));
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK: {
            TRY_ASSIGN(expression_ptr condition, expression_of(constraint.raw_expr));
            TRY_ASSIGN(made.condition, to_boolean(std::move(condition), "CHECK"));
            break;
        }
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
            made.what = kind::foreign_key;
            made.columns = names_of(list_of(constraint.fk_attrs, constraint.n_fk_attrs));
            made.target = name_of_table(*constraint.pktable);
            made.target_columns = names_of(list_of(constraint.pk_attrs, constraint.n_pk_attrs));
            if (text_of(constraint.fk_del_action) != "a" || text_of(constraint.fk_upd_action) != "a") {
                return not_analysed("actions of a foreign key");
            }
            break;
        default:
            return not_analysed("a constraint of another kind");
    }
    for (const std::string& each : made.columns) {
        if (std::ranges::find(into.columns, each, &column_definition::name) == into.columns.end()) {
            return fail_at(constraint.location, sqlstates::undefined_column,
                           fmt::format("column \"{}\" named in key does not exist", each));
        }
    }
    into.constraints.push_back(std::move(made));
    return {};
}

result<std::unique_ptr<table_definition>> analyser::table_of(const PgQuery__CreateStmt& create) {
    if (create.n_inh_relations > 0 || create.partspec != nullptr || create.partbound != nullptr ||
        create.of_typename != nullptr) {
        return not_analysed("an inherited or partitioned table");
    }
    auto made = std::make_unique<table_definition>();
    made->name = name_of_table(*create.relation);
    made->temporary = text_of(create.relation->relpersistence) == "t";
    made->if_not_exists = create.if_not_exists;
    const node_list elements = list_of(create.table_elts, create.n_table_elts);
    for (const node* each : elements) {
        if (is(each, PG_QUERY__NODE__NODE_COLUMN_DEF)) {
            TRY(add_column(*each->column_def, *made));
        } else if (!is(each, PG_QUERY__NODE__NODE_CONSTRAINT)) {
            return not_analysed("LIKE another table");
        }
    }
    query owner;
    scope here{.owner = &owner, .sources = {}, .common_tables = {}, .windows = {}};
    const inside now(*this, here);
    source& columns = add_source(made->name.name);
    columns.what = operation_source{};
    for (const column_definition& each : made->columns) {
        columns.columns.push_back({.name = each.name, .type = each.type, .stored = {}});
    }
    here.sources.push_back(show(columns, made->name.name));
    for (const node* each : elements) {
        if (is(each, PG_QUERY__NODE__NODE_COLUMN_DEF)) {
            TRY(column_constraints(*each->column_def, *made));
        } else {
            TRY(table_constraint(*each->constraint, *made));
        }
    }
    made->sources = std::move(owner.sources);
    return made;
}

}  // namespace sluice::analysis
