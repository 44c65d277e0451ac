#include "analysis/tree/query_tree.hpp"

#include <algorithm>

namespace sluice::analysis {
namespace {

bool same_all(const expressions& a, const expressions& b) {
    return std::ranges::equal(a, b, [](const auto& left, const auto& right) { return same(left, right); });
}
bool same_order(const std::vector<sort_key>& a, const std::vector<sort_key>& b) {
    return std::ranges::equal(a, b, [](const sort_key& left, const sort_key& right) {
        return left.descending == right.descending && left.nulls_first == right.nulls_first &&
               left.column == right.column && same(left.value, right.value);
    });
}
bool same_bound(const frame_bound& a, const frame_bound& b) {
    return a.at == b.at && same(a.offset, b.offset);
}
bool same_window(const window* a, const window* b) {
    if (a == nullptr || b == nullptr) {
        return a == b;
    }
    return same_all(a->partition, b->partition) && same_order(a->order, b->order) && a->framed == b->framed &&
           a->frame_unit == b->frame_unit && same_bound(a->begin, b->begin) && same_bound(a->end, b->end) &&
           a->excluded == b->excluded;
}

// One overload for each form.
struct comparison {
    static bool with(const constant& a, const constant& b) { return a.text == b.text; }
    static bool with(const parameter& a, const parameter& b) { return a.number == b.number; }
    static bool with(const column_reference& a, const column_reference& b) {
        return a.from == b.from && a.index == b.index;
    }
    static bool with(const function_call& a, const function_call& b) {
        return a.function == b.function && a.variadic_array == b.variadic_array && same_all(a.arguments, b.arguments);
    }
    static bool with(const engine_call& a, const engine_call& b) {
        return a.name == b.name && same_all(a.arguments, b.arguments);
    }
    static bool with(const aggregate_call& a, const aggregate_call& b) {
        return a.function == b.function && a.engine_name == b.engine_name && a.star == b.star &&
               a.distinct == b.distinct && same_all(a.direct, b.direct) && same_all(a.arguments, b.arguments) &&
               same_order(a.order, b.order) && same(a.filter, b.filter) && same_window(a.over.get(), b.over.get());
    }
    static bool with(const cast& a, const cast& b) { return a.method == b.method && same(a.value, b.value); }
    static bool with(const logical& a, const logical& b) {
        return a.what == b.what && same_all(a.arguments, b.arguments);
    }
    static bool with(const null_test& a, const null_test& b) {
        return a.negated == b.negated && same(a.value, b.value);
    }
    static bool with(const boolean_test& a, const boolean_test& b) {
        return a.of == b.of && a.negated == b.negated && same(a.value, b.value);
    }
    static bool with(const distinct_test& a, const distinct_test& b) {
        return a.negated == b.negated && same(a.left, b.left) && same(a.right, b.right);
    }
    static bool with(const null_if& a, const null_if& b) { return same(a.left, b.left) && same(a.right, b.right); }
    static bool with(const case_of& a, const case_of& b) {
        return same(a.operand, b.operand) && same(a.otherwise, b.otherwise) &&
               std::ranges::equal(a.branches, b.branches, [](const case_branch& left, const case_branch& right) {
                   return same(left.condition, right.condition) && same(left.value, right.value);
               });
    }
    static bool with(const case_operand& /*a*/, const case_operand& /*b*/) { return true; }
    static bool with(const coalesce& a, const coalesce& b) { return same_all(a.arguments, b.arguments); }
    static bool with(const extreme& a, const extreme& b) {
        return a.greatest == b.greatest && same_all(a.arguments, b.arguments);
    }
    static bool with(const array_of& a, const array_of& b) { return same_all(a.elements, b.elements); }
    static bool with(const row_of& a, const row_of& b) { return same_all(a.fields, b.fields); }
    static bool with(const subscripted& a, const subscripted& b) {
        return same(a.value, b.value) &&
               std::ranges::equal(a.subscripts, b.subscripts, [](const subscript& left, const subscript& right) {
                   return left.slice == right.slice && same(left.lower, right.lower) && same(left.upper, right.upper);
               });
    }
    static bool with(const field_of& a, const field_of& b) { return a.name == b.name && same(a.value, b.value); }
    static bool with(const quantified& a, const quantified& b) {
        return a.compare == b.compare && a.all == b.all && same(a.left, b.left) && same(a.array, b.array) &&
               same_all(a.list, b.list);
    }
    static bool with(const row_comparison& a, const row_comparison& b) {
        return a.what == b.what && same_all(a.left, b.left) && same_all(a.right, b.right);
    }
    static bool with(const subquery& /*a*/, const subquery& /*b*/) { return false; }
    static bool with(const session_value& a, const session_value& b) { return a.what == b.what; }
    static bool with(const grouping& a, const grouping& b) { return same_all(a.arguments, b.arguments); }
    static bool with(const collated& a, const collated& b) {
        return a.collation == b.collation && same(a.value, b.value);
    }
    static bool with(const set_default& /*a*/, const set_default& /*b*/) { return true; }
    static bool with(const expansion& a, const expansion& b) { return same(a.call, b.call); }
};

// Calls `visit` for the children of each form.
class children {
  public:
    explicit children(const std::function<void(const expression&)>& visit) : visit_(visit) {}

    void operator()(const function_call& form) const { all(form.arguments); }
    void operator()(const engine_call& form) const { all(form.arguments); }
    void operator()(const aggregate_call& form) const {
        all(form.direct);
        all(form.arguments);
        for (const sort_key& each : form.order) {
            one(each.value);
        }
        one(form.filter);
        if (form.over) {
            all(form.over->partition);
            for (const sort_key& each : form.over->order) {
                one(each.value);
            }
            one(form.over->begin.offset);
            one(form.over->end.offset);
        }
    }
    void operator()(const cast& form) const { one(form.value); }
    void operator()(const logical& form) const { all(form.arguments); }
    void operator()(const null_test& form) const { one(form.value); }
    void operator()(const boolean_test& form) const { one(form.value); }
    void operator()(const distinct_test& form) const { both(form.left, form.right); }
    void operator()(const null_if& form) const { both(form.left, form.right); }
    void operator()(const case_of& form) const {
        one(form.operand);
        for (const case_branch& each : form.branches) {
            both(each.condition, each.value);
        }
        one(form.otherwise);
    }
    void operator()(const coalesce& form) const { all(form.arguments); }
    void operator()(const extreme& form) const { all(form.arguments); }
    void operator()(const array_of& form) const { all(form.elements); }
    void operator()(const row_of& form) const { all(form.fields); }
    void operator()(const subscripted& form) const {
        one(form.value);
        for (const subscript& each : form.subscripts) {
            both(each.lower, each.upper);
        }
    }
    void operator()(const field_of& form) const { one(form.value); }
    void operator()(const quantified& form) const {
        both(form.left, form.array);
        all(form.list);
    }
    void operator()(const row_comparison& form) const {
        all(form.left);
        all(form.right);
    }
    void operator()(const subquery& form) const { all(form.left); }
    void operator()(const grouping& form) const { all(form.arguments); }
    void operator()(const collated& form) const { one(form.value); }
    void operator()(const expansion& form) const { one(form.call); }
    template <typename Leaf>
    void operator()(const Leaf& /*form*/) const {}

  private:
    void one(const expression_ptr& each) const {
        if (each) {
            visit_(*each);
        }
    }
    void both(const expression_ptr& first, const expression_ptr& second) const {
        one(first);
        one(second);
    }
    void all(const expressions& list) const {
        for (const expression_ptr& each : list) {
            one(each);
        }
    }

    const std::function<void(const expression&)>& visit_;
};

}  // namespace

void visit_children(const expression& parent, const std::function<void(const expression&)>& visit) {
    std::visit(children(visit), parent.form);
}

void query_deleter::operator()(query* gone) const {
    delete gone;  // NOLINT(cppcoreguidelines-owning-memory): it is the deleter
}

bool same(const expression& a, const expression& b) {
    return a.type == b.type && a.form.index() == b.form.index() &&
           std::visit(
               [&b](const auto& form) {
                   return comparison::with(form, std::get<std::decay_t<decltype(form)>>(b.form));
               },
               a.form);
}

bool same(const expression_ptr& a, const expression_ptr& b) {
    return a && b ? same(*a, *b) : !a && !b;
}

}  // namespace sluice::analysis
