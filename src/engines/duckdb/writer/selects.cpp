// SELECT, VALUES, set operations and WITH.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "engines/duckdb/writer/query_writer.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {

using namespace analysis;  // NOLINT(google-build-using-namespace): the forms of its tree are what is written here

query_writer::text query_writer::target_text(const target& each, number_form wanted) {
    // A column alone keeps the engine's type, which the client's form is made of.
    const auto* const reference = as<column_reference>(each.value);
    const number_form form = forms_.of(*each.value);
    if (reference != nullptr && (wanted.is == number_form::kind::other || wanted == form)) {
        return column(*reference, true);
    }
    TRY_ASSIGN(std::string one, expression(*each.value));
    return change_form(std::move(one), form, wanted);
}

query_writer::text query_writer::targets_text(const query& select, const std::vector<number_form>* wanted) {
    std::vector<std::string> parts;
    std::size_t visible = 0;
    for (const target& each : select.targets) {
        if (each.hidden) {
            continue;
        }
        TRY_ASSIGN(const std::string one, target_text(each, wanted == nullptr ? number_form{} : (*wanted)[visible]));
        ++visible;
        parts.push_back(fmt::format("{} AS {}", one, postgres::quote_identifier(each.name)));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

query_writer::text query_writer::grouping_set_text(const query& select, const grouping_set& set) {
    if (set.what == grouping_set::kind::empty) {
        return "()";
    }
    std::vector<std::string> parts;
    if (set.what == grouping_set::kind::simple) {
        for (const group_key& each : set.values) {
            const analysis::expression& value =
                each.value ? *each.value : *select.targets[static_cast<std::size_t>(each.column)].value;
            // A constant would be a position.
            TRY_ASSIGN(std::string one, expression(value));
            if (as<constant>(value) != nullptr || as<parameter>(value) != nullptr) {
                one = fmt::format("(SELECT {})", one);
            }
            parts.push_back(std::move(one));
        }
        return parts.size() == 1 ? parts.front() : fmt::format("({})", fmt::join(parts, ", "));
    }
    for (const grouping_set& each : set.parts) {
        TRY_ASSIGN(std::string one, grouping_set_text(select, each));
        parts.push_back(std::move(one));
    }
    constexpr auto words = std::to_array<std::string_view>({"", "", "ROLLUP", "CUBE", "GROUPING SETS"});
    return fmt::format("{} ({})", words[static_cast<std::size_t>(set.what)], fmt::join(parts, ", "));
}

// ORDER BY, LIMIT and OFFSET.
query_writer::text query_writer::tail_text(const query& select) {
    std::string made;
    std::vector<std::string> keys;
    for (const sort_key& each : select.order_by) {
        std::string value;
        if (each.value) {
            if (as<constant>(each.value) != nullptr || as<parameter>(each.value) != nullptr) {
                continue;  // all rows are alike
            }
            TRY_ASSIGN(value, sorted(*each.value));
        } else {
            const analysis::expression& column = *select.targets[static_cast<std::size_t>(each.column)].value;
            const bool plain = !needs_key(column.type, forms_.of(column)) && column.type.type != type_oids::bpchar;
            if (plain) {
                const auto hidden = std::count_if(select.targets.begin(), select.targets.begin() + each.column,
                                                  [](const target& before) { return before.hidden; });
                value = std::to_string(each.column + 1 - hidden);
            } else if (select.distinct) {
                return not_written("sorting distinct numbers without a scale");
            } else {
                TRY_ASSIGN(value, sorted(column));
            }
        }
        TRY_ASSIGN(std::string one, sort_key_text(each, value));
        keys.push_back(std::move(one));
    }
    if (!keys.empty()) {
        made += fmt::format(" ORDER BY {}", fmt::join(keys, ", "));
    }
    if (select.with_ties) {
        return not_written("WITH TIES");
    }
    const auto is_null = [](const expression_ptr& value) {
        const auto* const literal = as<constant>(value);
        return literal != nullptr && !literal->text;
    };
    if (select.limit && !is_null(select.limit)) {
        TRY_ASSIGN(const std::string count, expression(*select.limit));
        made += fmt::format(" LIMIT {}", as<subquery>(select.limit) != nullptr ? count : "(" + count + ")");
    }
    if (select.offset && !is_null(select.offset)) {
        TRY_ASSIGN(const std::string count, expression(*select.offset));
        made += fmt::format(" OFFSET ({})", count);
    }
    return made;
}

query_writer::text query_writer::plain_select_text(const query& select, const std::vector<number_form>* wanted) {
    std::string made = "SELECT ";
    if (select.distinct) {
        for (const target& each : select.targets) {
            if (needs_key(each.value->type, forms_.of(*each.value))) {
                return not_written("distinct numbers without a scale");
            }
        }
        made += "DISTINCT ";
    } else if (!select.distinct_on.empty()) {
        std::vector<std::string> keys;
        for (const group_key& each : select.distinct_on) {
            const analysis::expression& value =
                each.value ? *each.value : *select.targets[static_cast<std::size_t>(each.column)].value;
            TRY_ASSIGN(std::string one, expression(value));
            keys.push_back(std::move(one));
        }
        made += fmt::format("DISTINCT ON ({}) ", fmt::join(keys, ", "));
    }
    if (select.targets.empty()) {
        return not_written("no columns");
    }
    TRY_ASSIGN(const std::string targets, targets_text(select, wanted));
    made += targets;
    if (!select.from.empty()) {
        std::vector<std::string> items;
        for (const auto& each : select.from) {
            TRY_ASSIGN(std::string one, from_text(*each));
            items.push_back(std::move(one));
        }
        made += fmt::format(" FROM {}", fmt::join(items, ", "));
    }
    if (select.where) {
        TRY_ASSIGN(const std::string condition, expression(*select.where));
        made += " WHERE " + condition;
    }
    if (!select.group_by.empty()) {
        std::vector<std::string> sets;
        for (const grouping_set& each : select.group_by) {
            TRY_ASSIGN(std::string one, grouping_set_text(select, each));
            sets.push_back(std::move(one));
        }
        made += fmt::format(" GROUP BY {}", fmt::join(sets, ", "));
    }
    if (select.having) {
        TRY_ASSIGN(const std::string condition, expression(*select.having));
        made += " HAVING " + condition;
    }
    return made;
}

query_writer::text query_writer::common_tables_text(const query& select) {
    if (select.common_tables.empty()) {
        return "";
    }
    std::vector<std::string> parts;
    for (const auto& each : select.common_tables) {
        std::vector<std::string> names;
        source columns{.alias = each->name, .columns = each->columns, .what = operation_source{}};
        for (const std::string& name : engine_names(columns)) {
            names.push_back(postgres::quote_identifier(name));
        }
        names_.erase(&columns);
        std::vector<number_form> texts;
        for (const source_column& column : each->columns) {
            texts.push_back(column.type.type == type_oids::numeric ? text_form : number_form{});
        }
        TRY_ASSIGN(const std::string body, select_text(*each->body, each->recursive ? &texts : nullptr));
        const std::string_view materialized = !each->materialized   ? ""
                                              : *each->materialized ? "MATERIALIZED "
                                                                    : "NOT MATERIALIZED ";
        parts.push_back(fmt::format("{}({}) AS {}({})", postgres::quote_identifier(each->name), fmt::join(names, ", "),
                                    materialized, body));
    }
    return fmt::format("WITH {}{} ", select.recursive ? "RECURSIVE " : "", fmt::join(parts, ", "));
}

// UNION with numbers that are equal though their texts differ: 1 and 1.0.
query_writer::text query_writer::keyed_union(const query& select, const std::string& left, const std::string& right) {
    if (select.operation->what != set_operation::kind::set_union) {
        return not_written("INTERSECT and EXCEPT of numbers without a scale");
    }
    const auto* const first = as<column_reference>(select.targets.front().value);
    const source& columns = *first->from;
    std::vector<std::string> names;
    for (const std::string& each : engine_names(columns)) {
        names.push_back(postgres::quote_identifier(each));
    }
    const std::string alias = fmt::format("{}({})", postgres::quote_identifier(columns.alias), fmt::join(names, ", "));
    std::string from = fmt::format("(({}) UNION ALL ({})) AS {}", left, right, alias);
    if (!select.operation->all) {
        std::vector<std::string> keys;
        for (const target& each : select.targets) {
            TRY_ASSIGN(std::string one, sorted(*each.value));
            keys.push_back(std::move(one));
        }
        from = fmt::format("(SELECT DISTINCT ON ({}) * FROM {}) AS {}", fmt::join(keys, ", "), from, alias);
    }
    return "SELECT * FROM " + from;
}

query_writer::text query_writer::select_text(const query& select, const std::vector<number_form>* wanted) {
    TRY_ASSIGN(const std::string with, common_tables_text(select));
    std::string body;
    if (select.operation) {
        const std::vector<number_form> own = forms_.of(select);
        const std::vector<number_form>& forms = wanted == nullptr ? own : *wanted;
        const bool keyed = std::ranges::any_of(forms, &number_form::is_text);
        TRY_ASSIGN(const std::string left, select_text(*select.operation->left, &forms));
        TRY_ASSIGN(const std::string right, select_text(*select.operation->right, &forms));
        constexpr auto words = std::to_array<std::string_view>({"UNION", "INTERSECT", "EXCEPT"});
        if (keyed) {
            TRY_ASSIGN(body, keyed_union(select, left, right));
        } else {
            body = fmt::format("({}) {}{} ({})", left, words[static_cast<std::size_t>(select.operation->what)],
                               select.operation->all ? " ALL" : "", right);
        }
    } else if (select.values) {
        const std::vector<number_form> own = forms_.of(select);
        const std::vector<number_form>& forms = wanted == nullptr ? own : *wanted;
        std::vector<std::string> rows;
        for (const expressions& row : *select.values) {
            std::vector<std::string> values;
            for (std::size_t i = 0; i < row.size(); ++i) {
                TRY_ASSIGN(std::string one, as_form(*row[i], forms[i]));
                values.push_back(std::move(one));
            }
            rows.push_back(fmt::format("({})", fmt::join(values, ", ")));
        }
        std::vector<std::string> names;
        for (const target& each : select.targets) {
            names.push_back(postgres::quote_identifier(each.name));
        }
        body =
            fmt::format("SELECT * FROM (VALUES {}) AS \"*VALUES*\"({})", fmt::join(rows, ", "), fmt::join(names, ", "));
    } else {
        TRY_ASSIGN(body, plain_select_text(select, wanted));
    }
    TRY_ASSIGN(const std::string tail, tail_text(select));
    return with + body + tail;
}

}  // namespace sluice::duckdb
