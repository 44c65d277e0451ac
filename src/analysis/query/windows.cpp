// OVER (...): partitions, order and frames of window functions.
#include <fmt/format.h>
#include <utility>

#include "analysis/query/analyser.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

// Bits of WindowDef.frame_options.
enum frame_option : std::uint32_t {
    nondefault = 0x1,
    rows = 0x4,
    groups = 0x8,
    begin_unbounded_preceding = 0x20,
    end_unbounded_preceding = 0x40,
    begin_unbounded_following = 0x80,
    end_unbounded_following = 0x100,
    begin_offset_preceding = 0x800,
    end_offset_preceding = 0x1000,
    begin_offset_following = 0x2000,
    end_offset_following = 0x4000,
    exclude_current_row = 0x8000,
    exclude_group = 0x10000,
    exclude_ties = 0x20000,
};

frame_bound::kind bound_of(std::uint32_t options, bool end) {
    const auto has = [&](frame_option begin_bit, frame_option end_bit) {
        return (options & (end ? end_bit : begin_bit)) != 0;
    };
    if (has(begin_unbounded_preceding, end_unbounded_preceding)) {
        return frame_bound::kind::unbounded_preceding;
    }
    if (has(begin_unbounded_following, end_unbounded_following)) {
        return frame_bound::kind::unbounded_following;
    }
    if (has(begin_offset_preceding, end_offset_preceding)) {
        return frame_bound::kind::preceding;
    }
    return has(begin_offset_following, end_offset_following) ? frame_bound::kind::following
                                                             : frame_bound::kind::current_row;
}

// The type of RANGE's offsets for a sorted type.
oid offset_type(oid sorted) {
    switch (sorted) {
        case type_oids::date:
        case type_oids::time:
        case type_oids::timetz:
        case type_oids::timestamp:
        case type_oids::timestamptz:
        case type_oids::interval:
            return type_oids::interval;
        case type_oids::float4:
        case type_oids::float8:
            return type_oids::float8;
        case type_oids::numeric:
            return type_oids::numeric;
        default:
            return type_oids::int8;
    }
}

}  // namespace

result<> analyser::add_frame(const PgQuery__WindowDef& definition, window& into) {
    const auto options = static_cast<std::uint32_t>(definition.frame_options);
    if ((options & nondefault) == 0) {
        return {};
    }
    into.framed = true;
    into.frame_unit = (options & rows) != 0     ? window::unit::rows
                      : (options & groups) != 0 ? window::unit::groups
                                                : window::unit::range;
    into.excluded = (options & exclude_current_row) != 0 ? window::exclusion::current_row
                    : (options & exclude_group) != 0     ? window::exclusion::group
                    : (options & exclude_ties) != 0      ? window::exclusion::ties
                                                         : window::exclusion::none;
    const oid wanted = into.frame_unit == window::unit::range && !into.order.empty()
                           ? offset_type(into.order.front().value->type.type)
                           : type_oids::int8;
    for (const bool end : {false, true}) {
        frame_bound& bound = end ? into.end : into.begin;
        bound.at = bound_of(options, end);
        const node* const offset = end ? definition.end_offset : definition.start_offset;
        if (offset != nullptr) {
            TRY_ASSIGN(expression_ptr value, expression_of(offset));
            TRY_ASSIGN(bound.offset, coerce(std::move(value), {.type = wanted}, cast_context::implicit, -1));
        }
    }
    return {};
}

result<std::unique_ptr<window>> analyser::window_of(const PgQuery__WindowDef& definition) {
    const at_place here(*this, expression_place::window);
    const std::string_view reference =
        text_of(definition.name).empty() ? text_of(definition.refname) : text_of(definition.name);
    auto made = std::make_unique<window>();
    const PgQuery__WindowDef* base = nullptr;
    if (!reference.empty()) {
        const auto found = scope_->windows.find(reference);
        if (found == scope_->windows.end()) {
            return fail_at(definition.location, sqlstates::undefined_object,
                           fmt::format("window \"{}\" does not exist", reference));
        }
        base = found->second;
    }
    const auto read = [&](const PgQuery__WindowDef& from) -> result<> {
        for (const node* each : list_of(from.partition_clause, from.n_partition_clause)) {
            TRY_ASSIGN(expression_ptr value, expression_of(each));
            settle_unknown(value);
            made->partition.push_back(std::move(value));
        }
        TRY_ASSIGN(auto order, sort_keys(list_of(from.order_clause, from.n_order_clause),
                                         [this](const node* each) { return expression_of(each); }));
        for (sort_key& each : order) {
            made->order.push_back(std::move(each));
        }
        return add_frame(from, *made);
    };
    if (base != nullptr && base != &definition) {
        // A definition may itself build on another one.
        const std::string_view below = text_of(base->refname);
        if (!below.empty()) {
            const auto found = scope_->windows.find(below);
            if (found != scope_->windows.end()) {
                TRY(read(*found->second));
            }
        }
        TRY(read(*base));
    }
    if (text_of(definition.name).empty()) {
        TRY(read(definition));
    }
    return made;
}

}  // namespace sluice::analysis
