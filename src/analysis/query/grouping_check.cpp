// Columns outside of aggregates must be grouped.
#include <algorithm>
#include <fmt/format.h>

#include "analysis/query/analyser.hpp"

namespace sluice::analysis {
namespace {

void collect_keys(const grouping_set& set, std::vector<const group_key*>& keys) {
    for (const group_key& each : set.values) {
        keys.push_back(&each);
    }
    for (const grouping_set& part : set.parts) {
        collect_keys(part, keys);
    }
}

class grouped_columns {
  public:
    explicit grouped_columns(const query& of) : query_(of) {
        std::vector<const group_key*> keys;
        for (const grouping_set& set : of.group_by) {
            collect_keys(set, keys);
        }
        for (const group_key* key : keys) {
            grouped_.push_back(key->value ? key->value.get()
                                          : of.targets[static_cast<std::size_t>(key->column)].value.get());
        }
    }

    // The first column that is not grouped; nullptr: all are.
    const expression* find(const expression& value) {
        if (std::ranges::any_of(grouped_, [&](const expression* key) { return same(*key, value); })) {
            return nullptr;
        }
        const auto* const aggregate = as<aggregate_call>(value);
        if (aggregate != nullptr && !aggregate->over) {
            return nullptr;
        }
        if (const auto* const column = as<column_reference>(value)) {
            const bool own =
                std::ranges::any_of(query_.sources, [&](const auto& each) { return each.get() == column->from; });
            return own ? &value : nullptr;
        }
        const expression* found = nullptr;
        visit_children(value, [&](const expression& child) { found = found != nullptr ? found : find(child); });
        return found;
    }

  private:
    const query& query_;
    std::vector<const expression*> grouped_;
};

}  // namespace

result<> analyser::check_grouping(const query& made) {
    grouped_columns grouped(made);
    const expression* found = nullptr;
    const auto look = [&](const expression_ptr& value) {
        if (value && found == nullptr) {
            found = grouped.find(*value);
        }
    };
    for (const target& each : made.targets) {
        look(each.value);
    }
    look(made.having);
    for (const sort_key& each : made.order_by) {
        look(each.value);
    }
    if (found == nullptr) {
        return {};
    }
    const auto& column = std::get<column_reference>(found->form);
    return fail_at(
        found->place, sqlstates::grouping_error,
        fmt::format("column \"{}.{}\" must appear in the GROUP BY clause or be used in an aggregate function",
                    column.from->alias, column.from->columns[column.index].name));
}

}  // namespace sluice::analysis
