// INSERT, UPDATE, DELETE and MERGE.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "engines/duckdb/writer/query_writer.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {

using namespace analysis;  // NOLINT(google-build-using-namespace): the forms of its tree are what is written here

namespace {

const relation& table_of(const source& from) {
    return *std::get<table_source>(from.what).table;
}

number_form form_of_column(const source_column& column) {
    if (column.type.type != type_oids::numeric) {
        return {};
    }
    return column.stored.empty() ? form_of_modifier(column.type.modifier) : form_of_stored(column.stored);
}

}  // namespace

query_writer::text query_writer::stored_value(const analysis::expression& value, const source_column& column) {
    if (as<set_default>(value) != nullptr) {
        return "DEFAULT";
    }
    return as_form(value, form_of_column(column));
}

query_writer::text query_writer::returning_text(const query& statement) {
    if (statement.targets.empty()) {
        return "";
    }
    TRY_ASSIGN(const std::string targets, targets_text(statement, nullptr));
    return " RETURNING " + targets;
}

query_writer::text query_writer::assignments_text(const query& statement, const std::vector<assignment>& set) {
    std::vector<std::string> parts;
    const std::vector<std::string>& names = engine_names(*statement.into);
    for (const assignment& each : set) {
        TRY_ASSIGN(const std::string value, stored_value(*each.value, statement.into->columns[each.column]));
        parts.push_back(fmt::format("{} = {}", postgres::quote_identifier(names[each.column]), value));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

query_writer::text query_writer::conflict_text(const query& insert) {
    const conflict_action& conflict = *insert.conflict;
    std::string made = " ON CONFLICT";
    if (!conflict.constraint.empty()) {
        return not_written("ON CONFLICT ON CONSTRAINT");
    }
    if (!conflict.inferred.empty()) {
        std::vector<std::string> columns;
        for (const expression_ptr& each : conflict.inferred) {
            const auto* const column = as<column_reference>(each);
            if (column == nullptr) {
                return not_written("ON CONFLICT with an expression");
            }
            columns.push_back(postgres::quote_identifier(engine_names(*column->from)[column->index]));
        }
        made += fmt::format(" ({})", fmt::join(columns, ", "));
    }
    if (conflict.inferred_where) {
        return not_written("ON CONFLICT with a partial index");
    }
    if (!conflict.update) {
        made += " DO NOTHING";
    } else {
        names_[conflict.excluded] = engine_names(*insert.into);
        TRY_ASSIGN(const std::string set, assignments_text(insert, conflict.set));
        made += " DO UPDATE SET " + set;
        if (conflict.where) {
            TRY_ASSIGN(const std::string condition, expression(*conflict.where));
            made += " WHERE " + condition;
        }
    }
    return made;
}

query_writer::text query_writer::insert_text(const query& insert) {
    if (insert.overriding_system_value) {
        return not_written("OVERRIDING");
    }
    TRY_ASSIGN(std::string made, common_tables_text(insert));
    const source& table = *insert.into;
    made += fmt::format("INSERT INTO {}", table_text(table_of(table)));
    made += table.alias == table_of(table).name ? "" : fmt::format(" AS {}", postgres::quote_identifier(table.alias));
    if (insert.insert_defaults) {
        made += " DEFAULT VALUES";
    } else {
        std::vector<std::string> names;
        for (const std::size_t each : insert.insert_columns) {
            names.push_back(postgres::quote_identifier(engine_names(table)[each]));
        }
        made += fmt::format(" ({}) ", fmt::join(names, ", "));
        if (insert.insert_select) {
            std::vector<number_form> wanted;
            for (const std::size_t each : insert.insert_columns) {
                wanted.push_back(form_of_column(table.columns[each]));
            }
            TRY_ASSIGN(const std::string rows, select_text(*insert.insert_select, &wanted));
            made += rows;
        } else {
            std::vector<std::string> rows;
            for (const expressions& row : insert.insert_rows) {
                std::vector<std::string> values;
                for (std::size_t i = 0; i < row.size(); ++i) {
                    TRY_ASSIGN(std::string one, stored_value(*row[i], table.columns[insert.insert_columns[i]]));
                    values.push_back(std::move(one));
                }
                rows.push_back(fmt::format("({})", fmt::join(values, ", ")));
            }
            made += fmt::format("VALUES {}", fmt::join(rows, ", "));
        }
    }
    if (insert.conflict) {
        TRY_ASSIGN(const std::string conflict, conflict_text(insert));
        made += conflict;
    }
    TRY_ASSIGN(const std::string returning, returning_text(insert));
    return made + returning;
}

query_writer::text query_writer::update_text(const query& update) {
    TRY_ASSIGN(std::string made, common_tables_text(update));
    const source& table = *update.into;
    TRY_ASSIGN(const std::string set, assignments_text(update, update.set));
    made += fmt::format("UPDATE {} AS {} SET {}", table_text(table_of(table)), postgres::quote_identifier(table.alias),
                        set);
    if (!update.from.empty()) {
        std::vector<std::string> items;
        for (const auto& each : update.from) {
            TRY_ASSIGN(std::string one, from_text(*each));
            items.push_back(std::move(one));
        }
        made += fmt::format(" FROM {}", fmt::join(items, ", "));
    }
    if (update.where) {
        TRY_ASSIGN(const std::string condition, expression(*update.where));
        made += " WHERE " + condition;
    }
    TRY_ASSIGN(const std::string returning, returning_text(update));
    return made + returning;
}

query_writer::text query_writer::delete_text(const query& remove) {
    TRY_ASSIGN(std::string made, common_tables_text(remove));
    const source& table = *remove.into;
    made += fmt::format("DELETE FROM {} AS {}", table_text(table_of(table)), postgres::quote_identifier(table.alias));
    if (!remove.from.empty()) {
        std::vector<std::string> items;
        for (const auto& each : remove.from) {
            TRY_ASSIGN(std::string one, from_text(*each));
            items.push_back(std::move(one));
        }
        made += fmt::format(" USING {}", fmt::join(items, ", "));
    }
    if (remove.where) {
        TRY_ASSIGN(const std::string condition, expression(*remove.where));
        made += " WHERE " + condition;
    }
    TRY_ASSIGN(const std::string returning, returning_text(remove));
    return made + returning;
}

query_writer::text query_writer::merge_text(const query& merge) {
    TRY_ASSIGN(std::string made, common_tables_text(merge));
    const source& table = *merge.into;
    TRY_ASSIGN(const std::string rows, from_text(*merge.merge_source));
    TRY_ASSIGN(const std::string condition, expression(*merge.where));
    made += fmt::format("MERGE INTO {} AS {} USING {} ON {}", table_text(table_of(table)),
                        postgres::quote_identifier(table.alias), rows, condition);
    const std::vector<std::string>& names = engine_names(table);
    for (const merge_action& each : merge.merge_actions) {
        made += each.matched ? " WHEN MATCHED" : " WHEN NOT MATCHED";
        if (each.condition) {
            TRY_ASSIGN(const std::string only, expression(*each.condition));
            made += " AND " + only;
        }
        switch (each.what) {
            case merge_action::kind::insert: {
                if (each.defaults) {
                    made += " THEN INSERT DEFAULT VALUES";
                    break;
                }
                std::vector<std::string> columns;
                std::vector<std::string> values;
                for (const assignment& one : each.set) {
                    columns.push_back(postgres::quote_identifier(names[one.column]));
                    TRY_ASSIGN(std::string value, stored_value(*one.value, table.columns[one.column]));
                    values.push_back(std::move(value));
                }
                made += fmt::format(" THEN INSERT ({}) VALUES ({})", fmt::join(columns, ", "), fmt::join(values, ", "));
                break;
            }
            case merge_action::kind::update: {
                TRY_ASSIGN(const std::string set, assignments_text(merge, each.set));
                made += " THEN UPDATE SET " + set;
                break;
            }
            case merge_action::kind::remove:
                made += " THEN DELETE";
                break;
            default:
                made += " THEN DO NOTHING";
                break;
        }
    }
    return made;
}

}  // namespace sluice::duckdb
