#include "engines/duckdb/statement/parameter_resolution.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include "engines/duckdb/dialect/type_sql.hpp"
#include "engines/duckdb/statement/statement_parameters.hpp"
#include "engines/duckdb/values/assignment_casts.hpp"
#include "engines/duckdb/values/storage_type.hpp"
#include "engines/duckdb/values/types.hpp"
#include "postgres/lex/lexer.hpp"
#include "postgres/types/types.hpp"

namespace sluice::duckdb {
namespace {

constexpr sqlstate ambiguous_parameter{"42P08"};

// Wide enough for money and for drivers' numbers when no other type gives the scale.
constexpr std::string_view unresolved_numeric = "DECIMAL(38,10)";
// Guesses for a parameter of unknown type, tried in this order; PostgreSQL takes text, too, if operators allow it.
constexpr std::array<std::string_view, 4> unresolved_casts{"VARCHAR", "BIGINT", "DOUBLE", "TIMESTAMP"};

std::string name_of(backend::oid type) {
    return postgres::type_name_of_oid(type).value_or("");
}

bool is_declared(backend::oid type) {
    return type != 0 && type != type_oids::unknown;
}

std::string cast_of(backend::oid type) {
    const bool array = type == postgres::array_type_of(type_oids::numeric);
    return array || type == type_oids::numeric ? std::string(unresolved_numeric) + (array ? "[]" : "")
                                               : cast_type_of(type);
}

bool is_known(const owned_type& type) {
    const duckdb_type id = type ? duckdb_get_type_id(type.get()) : DUCKDB_TYPE_INVALID;
    return id != DUCKDB_TYPE_INVALID && id != DUCKDB_TYPE_SQLNULL && id != DUCKDB_TYPE_ANY;
}

// The type for a cast; decimals without the scale of the other operand, which would round the value.
std::optional<std::string> written_type(const owned_type& type) {
    if (duckdb_get_type_id(type.get()) == DUCKDB_TYPE_DECIMAL) {
        return std::string(unresolved_numeric);
    }
    auto written = storage_type(type.get());
    return written ? std::optional(*std::move(written)) : std::nullopt;
}

class parameter_resolution {
  public:
    parameter_resolution(const planner& with, duckdb_statement& statement, const postgres::lexed_text& read)
        : with_(&with),
          statement_(&statement),
          found_(find_parameters(statement.text == read.text() ? read : postgres::lexed_text(statement.text))),
          types_(found_.slots.size()),
          opaque_(found_.slots.size()) {
        for (std::size_t i = 0; i < found_.slots.size(); ++i) {
            const parameter_slot& slot = found_.slots[i];
            const backend::oid declared = declared_of(slot);
            // $1::int stays unchanged, and its value, of the declared type, is cast when it is bound.
            const bool left_to_plan = slot.assigned || slot.has_cast() || declared == type_oids::numeric;
            types_[i] = !slot.printed.empty()                    ? "VARCHAR"
                        : is_declared(declared) && !left_to_plan ? cast_of(declared)
                                                                 : std::string();
        }
    }

    result<> run() {
        TRY(check_declared());
        ask_for_columns();
        ask_for_arrays();
        TRY_ASSIGN(auto unresolved, plan());
        if (!unresolved.empty()) {
            ask_neighbours(unresolved);
            learn_types(unresolved);
            TRY(plan_unresolved(std::move(unresolved)));
        }
        return describe();
    }

  private:
    using slot_list = std::vector<std::size_t>;
    static constexpr std::size_t tried_alone_max = 16;
    static constexpr std::size_t none_left_out = static_cast<std::size_t>(-1);

    [[nodiscard]] backend::oid declared_of(const parameter_slot& slot) const {
        return slot.number <= statement_->declared.size() ? statement_->declared[slot.number - 1] : 0;
    }
    [[nodiscard]] bool is_free(std::size_t slot) const { return !is_declared(declared_of(found_.slots[slot])); }

    // The slots of one parameter are adjacent: found_.slots is sorted by number.
    [[nodiscard]] auto slots_of(std::size_t number) const {
        const auto same = std::ranges::equal_range(found_.slots, number, {}, &parameter_slot::number);
        const auto first = static_cast<std::size_t>(same.begin() - found_.slots.begin());
        return std::views::iota(first, first + same.size());
    }

    result<> check_declared() const {
        for (std::size_t number = 1; number <= std::max(found_.highest, statement_->declared.size()); ++number) {
            const bool used = !slots_of(number).empty();
            const bool declared =
                number <= statement_->declared.size() && is_declared(statement_->declared[number - 1]);
            if (!used && !declared) {
                return fail(sqlstates::indeterminate_datatype,
                            "could not determine data type of parameter $" + std::to_string(number));
            }
        }
        return {};
    }

    // Plans the text and returns the slots for which DuckDB has no type.
    result<slot_list> plan(std::string_view text) {
        std::vector<std::string> written;
        for (std::size_t i = 0; i < types_.size(); ++i) {
            written.push_back(opaque_[i] && !types_[i].empty()
                                  ? "CASE WHEN true THEN CAST($" + std::to_string(i + 1) + " AS " + types_[i] + ") END"
                                  : types_[i]);
        }
        statement_->sent = place_parameters(text, written);
        TRY(replace_plan(*with_, *statement_));
        if (duckdb_nparams(statement_->plan.get()) != found_.slots.size()) {
            return fail(sqlstates::undefined_parameter, "parameters must be numbered: $1, $2, ...");
        }
        slot_list unresolved;
        targets_.clear();
        for (std::size_t i = 0; i < found_.slots.size(); ++i) {
            targets_.emplace_back(duckdb_param_logical_type(statement_->plan.get(), i + 1));
            if (!is_known(targets_.back())) {
                targets_.back().reset();
                unresolved.push_back(i);
            }
        }
        return unresolved;
    }
    result<slot_list> plan() { return plan(found_.text); }

    // INSERT ... SELECT $1: DuckDB does not use the column's type, but VALUES ($1) shows it.
    void ask_for_columns() {
        for (const column_question& question : found_.questions) {
            duckdb_statement probe;
            probe.sent = question.text;
            if (!replace_plan(*with_, probe) || duckdb_nparams(probe.plan.get()) != question.slots.size()) {
                continue;
            }
            for (std::size_t i = 0; i < question.slots.size(); ++i) {
                const owned_type type(duckdb_param_logical_type(probe.plan.get(), i + 1));
                auto written = is_known(type) ? storage_type(type.get()) : result<std::string>(std::string());
                types_[question.slots[i]] = written ? *std::move(written) : std::string();
            }
        }
    }

    // x = ANY($1), without a type: an array of the type of $1 in x = ($1).
    void ask_for_arrays() {
        std::vector<text_range> cuts;
        slot_list asked;
        for (std::size_t i = 0; i < found_.slots.size(); ++i) {
            const parameter_slot& slot = found_.slots[i];
            if (is_free(i) && slot.uses.size() == 1 && slot.uses[0].quantifier.end != 0 && slot.uses[0].cast.empty()) {
                cuts.push_back(slot.uses[0].quantifier);
                asked.push_back(i);
            }
        }
        if (asked.empty()) {
            return;
        }
        std::ranges::sort(cuts, {}, &text_range::begin);
        std::string text;
        std::size_t copied = 0;
        for (const text_range& cut : cuts) {
            text += found_.text.substr(copied, cut.begin - copied);
            copied = cut.end;
        }
        text += found_.text.substr(copied);
        const auto unresolved = plan(text);
        for (const std::size_t i : asked) {
            const auto written = unresolved && targets_[i] ? written_type(targets_[i]) : std::nullopt;
            types_[i] = written.value_or("VARCHAR") + "[]";
        }
    }

    // a + $1, without a type: the type of $1 in coalesce($1, a).
    void ask_neighbours(const slot_list& unresolved) {
        struct change {
            text_range place;
            std::string text;
        };
        std::vector<change> changes;
        slot_list asked;
        for (const std::size_t i : unresolved) {
            const parameter_slot& slot = found_.slots[i];
            const auto beside = std::ranges::find_if(slot.uses, [](const auto& use) { return !use.neighbour.empty(); });
            if (!is_free(i) || slot.assigned || slot.has_cast() || beside == slot.uses.end()) {
                continue;
            }
            asked.push_back(i);
            for (const parameter_use& use : slot.uses) {
                changes.push_back({.place = use.place,
                                   .text = "coalesce($" + std::to_string(i + 1) + ", " + beside->neighbour + ")"});
            }
        }
        if (asked.empty()) {
            return;
        }
        std::ranges::sort(changes, {}, [](const change& one) { return one.place.begin; });
        std::string text;
        std::size_t copied = 0;
        for (const change& one : changes) {
            text += found_.text.substr(copied, one.place.begin - copied) + one.text;
            copied = one.place.end;
        }
        text += found_.text.substr(copied);
        make_opaque(unresolved);
        (void)plan(text);
        for (const std::size_t i : asked) {
            if (targets_.size() == types_.size() && targets_[i]) {
                types_[i] = written_type(targets_[i]).value_or("");
            }
        }
    }

    void make_opaque(const slot_list& unresolved) {
        for (const std::size_t i : unresolved) {
            const parameter_slot& slot = found_.slots[i];
            if (types_[i].empty() && !is_free(i)) {
                types_[i] = cast_of(declared_of(slot));
            } else if (types_[i].empty() && slot.has_cast()) {
                types_[i] = slot.uses.front().cast;
            }
            opaque_[i] = true;
        }
    }

    // A parameter without a type has the type of its first place everywhere else.
    void learn_types(const slot_list& unresolved) {
        for (const std::size_t i : unresolved) {
            if (!is_free(i) || !types_[i].empty() || found_.slots[i].assigned) {
                continue;
            }
            for (const std::size_t other : slots_of(found_.slots[i].number)) {
                if (other < targets_.size() && targets_[other]) {
                    types_[i] = written_type(targets_[other]).value_or("");
                    break;
                }
            }
        }
    }

    result<> plan_unresolved(slot_list unresolved) {
        const auto types = types_;
        make_opaque(unresolved);
        if (std::ranges::all_of(unresolved, [&](std::size_t i) { return types_[i].empty(); })) {
            return guess(std::move(unresolved));
        }
        auto planned = plan();
        if (planned && planned->empty()) {
            return {};
        }
        if (planned) {
            return guess(*std::move(planned));
        }
        types_ = types;
        opaque_.assign(opaque_.size(), false);
        return guess(unresolved) ? result<>() : fail(std::move(planned).error());
    }

    // Plans with one guess after the other.
    result<> guess(slot_list unresolved) {
        // DuckDB stops at the first parameter without a type and finds none of those behind it.
        if (unresolved.size() > 1 && unresolved.size() <= tried_alone_max) {
            std::erase_if(unresolved, [&, all = unresolved](std::size_t i) { return resolves_alone(i, all); });
        }
        std::optional<error> first_failure;
        for (const std::string_view candidate : unresolved_casts) {
            auto planned = plan_with(candidate, unresolved, none_left_out);
            if (planned && planned->empty()) {
                return {};
            }
            if (!planned && !first_failure) {
                first_failure = std::move(planned).error();
            }
        }
        return first_failure
                   ? fail(*std::move(first_failure))
                   : fail(sqlstates::indeterminate_datatype, "could not determine the data types of the parameters");
    }
    result<slot_list> plan_with(std::string_view candidate, const slot_list& guessed, std::size_t left_out) {
        const auto known = types_;
        for (const std::size_t i : guessed) {
            if (i != left_out) {
                types_[i] = declared_of(found_.slots[i]) == type_oids::numeric ? unresolved_numeric : candidate;
            }
        }
        auto planned = plan();
        types_ = known;
        return planned;
    }
    // True if the slot gets a type from its context once the others have one.
    bool resolves_alone(std::size_t slot, const slot_list& all) {
        const auto planned = plan_with(unresolved_casts.front(), all, slot);
        return planned && planned->empty();
    }

    // The slot that decides the type of a parameter without one: the first in the text, except that PostgreSQL reads
    // the conditions of an UPDATE before its new values.
    [[nodiscard]] std::size_t first_slot(std::size_t number) const {
        const bool updates = statement_->traits.first_word == "update";
        std::size_t first = found_.slots.size();
        for (const std::size_t i : slots_of(number)) {
            const parameter_slot& slot = found_.slots[i];
            const bool earlier = first == found_.slots.size() ||
                                 (updates && found_.slots[first].assigned && !slot.assigned) ||
                                 slot.uses.front().written < found_.slots[first].uses.front().written;
            first = earlier ? i : first;
        }
        return first;
    }

    result<> describe() {
        statement_->parameters.clear();
        statement_->parameter_oids.clear();
        for (std::size_t number = 1; number <= std::max(found_.highest, statement_->declared.size()); ++number) {
            const backend::oid declared = number <= statement_->declared.size() ? statement_->declared[number - 1] : 0;
            const std::size_t first = first_slot(number);
            statement_parameter parameter{.type = declared, .slots = {}};
            if (!is_declared(declared)) {
                parameter.type = type_of(first);
                TRY(check_deduced(first));
            }
            for (const std::size_t i : slots_of(number)) {
                TRY_ASSIGN(auto slot, take_slot(i, parameter.type));
                parameter.slots.push_back(std::move(slot));
            }
            statement_->parameter_oids.push_back(parameter.type);
            statement_->parameters.push_back(std::move(parameter));
        }
        return {};
    }
    [[nodiscard]] backend::oid type_of(std::size_t slot) const {
        if (!found_.slots[slot].printed.empty()) {
            return postgres::type_oid_of_name(found_.slots[slot].printed).value_or(type_oids::text);
        }
        return targets_[slot] ? describe_type(targets_[slot].get()).type : type_oids::text;
    }
    // The values of one row get their types at the same time.
    result<> check_deduced(std::size_t first) const {
        const parameter_slot& wanted = found_.slots[first];
        for (const std::size_t i : slots_of(wanted.number)) {
            const parameter_slot& slot = found_.slots[i];
            if (wanted.assigned && slot.assigned && slot.list == wanted.list && type_of(i) != type_of(first)) {
                return fail(
                    error{.code = ambiguous_parameter,
                          .message = "inconsistent types deduced for parameter $" + std::to_string(slot.number),
                          .detail = name_of(type_of(first)) + " versus " + name_of(type_of(i)),
                          .position = postgres::character_position(statement_->text, slot.uses.front().written)});
            }
        }
        return {};
    }
    result<bound_slot> take_slot(std::size_t i, backend::oid type) {
        const parameter_slot& slot = found_.slots[i];
        bound_slot taken{.index = i + 1, .target = {}, .use = value_use::compared};
        const owned_type& target = targets_[i];
        if (target && slot.assigned) {
            taken.use = value_use::assigned;
            if (!is_assignable(type, target.get())) {
                return fail(not_assignable(type, target.get(), slot));
            }
        }
        if (!slot.printed.empty()) {
            taken.use = value_use::assigned;
        }
        taken.target = std::move(targets_[i]);
        return taken;
    }
    [[nodiscard]] error not_assignable(backend::oid type, duckdb_logical_type target,
                                       const parameter_slot& slot) const {
        const std::string wanted = name_of(describe_type(target).type);
        const std::string given = name_of(type);
        const std::string column = slot.column.empty() ? "a column" : "column \"" + slot.column + "\"";
        return {.code = sqlstates::datatype_mismatch,
                .message = column + " is of type " + wanted + " but expression is of type " + given,
                .hint = "You will need to rewrite or cast the expression.",
                .position = postgres::character_position(statement_->text, slot.uses.front().written)};
    }

    const planner* with_;
    duckdb_statement* statement_;
    parameter_layout found_;
    std::vector<std::string> types_;   // by slot: DuckDB's type for the cast; empty: no cast
    std::vector<bool> opaque_;         // by slot: the cast is kept inside other casts
    std::vector<owned_type> targets_;  // by slot, of the latest plan
};

}  // namespace

result<> resolve_parameters(const planner& with, duckdb_statement& statement, const postgres::lexed_text& read) {
    return parameter_resolution(with, statement, read).run();
}

}  // namespace sluice::duckdb
