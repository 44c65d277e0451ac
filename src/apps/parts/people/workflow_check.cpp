// Checks that a workflow can be followed.
#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <set>
#include <utility>

#include "apps/parts/model/lifecycle.hpp"
#include "apps/parts/model/text_rules.hpp"
#include "apps/parts/people/workflow_records.hpp"

namespace sluice::parts {

namespace {

result<> check_states(const workflow& made) {
    std::set<std::string_view> names;
    const workflow_state* before = nullptr;
    for (const workflow_state& each : made.states) {
        TRY(check_text(each.state, state_rule));
        if (!names.insert(each.state).second) {
            return fail(error_kind::invalid, fmt::format("workflow {} has the state {} twice", made.name, each.state));
        }
        if (before != nullptr && before->status > each.status) {
            return fail(error_kind::invalid,
                        fmt::format("workflow {}: state {} ({}) comes after {} ({})", made.name, each.state,
                                    to_text(each.status), before->state, to_text(before->status)),
                        "states come in the order Draft, In Review, Released, Obsolete");
        }
        before = &each;
    }
    for (const auto status :
         {revision_status::draft, revision_status::in_review, revision_status::released, revision_status::obsolete}) {
        if (made.entry_of(status).empty()) {
            return fail(error_kind::invalid,
                        fmt::format("workflow {} has no state for {}", made.name, to_text(status)));
        }
    }
    return {};
}

// True if some action takes a revision from the one status to the other, or moves it within.
bool leads_somewhere(revision_status from, revision_status to) {
    return std::ranges::any_of(status_rules(), [&](const status_rule& each) {
        return each.from == from && each.to == to && (from != to || each.what == action::advance);
    });
}

result<> check_transition(const workflow& made, const workflow_transition& each) {
    const std::string name =
        fmt::format("workflow {}, transition from {} to {}", made.name, each.from_state, each.to_state);
    const workflow_state* from = made.find_state(each.from_state);
    const workflow_state* to = made.find_state(each.to_state);
    if (from == nullptr || to == nullptr) {
        return fail(error_kind::invalid,
                    fmt::format("{}: there is no state {}", name, from == nullptr ? each.from_state : each.to_state));
    }
    if (from == to || !leads_somewhere(from->status, to->status)) {
        return fail(error_kind::invalid, fmt::format("{}: nothing leads from {} to {}", name, to_text(from->status),
                                                     from == to ? "the same state" : to_text(to->status)));
    }
    if (from->status != to->status && made.entry_of(to->status) != to->state) {
        return fail(error_kind::invalid, fmt::format("{}: a revision becomes {} in the state {}", name,
                                                     to_text(to->status), made.entry_of(to->status)));
    }
    return {};
}

}  // namespace

const workflow_state* workflow::find_state(std::string_view state) const {
    const auto found = std::ranges::find(states, state, &workflow_state::state);
    return found == states.end() ? nullptr : &*found;
}

const std::string& workflow::entry_of(revision_status status) const {
    static const std::string none;
    const auto found = std::ranges::find(states, status, &workflow_state::status);
    return found == states.end() ? none : found->state;
}

std::vector<workflow_transition> workflow::transitions_from(std::string_view state) const {
    std::vector<workflow_transition> possible;
    std::ranges::copy_if(transitions, std::back_inserter(possible),
                         [&](const workflow_transition& each) { return each.from_state == state; });
    return possible;
}

result<> workflow::check_step(std::string_view from_state, std::string_view to_state, role rights) const {
    std::string possible;
    for (const workflow_transition& each : transitions_from(from_state)) {
        if (each.to_state != to_state) {
            possible.append(possible.empty() ? "" : ", ").append(each.to_state);
            continue;
        }
        if (each.required && rights < *each.required) {
            return fail(error_kind::permission,
                        fmt::format("in the workflow {} it takes the role {} to go from {} to {}", name,
                                    to_text(*each.required), from_state, to_state));
        }
        return {};
    }
    return fail(error_kind::wrong_state,
                fmt::format("in the workflow {} nothing leads from {} to {}", name, from_state, to_state),
                possible.empty() ? "" : "possible: " + possible);
}

result<> check_workflow(const workflow& made) {
    TRY(check_text(made.name, workflow_name_rule));
    TRY(check_text(made.description, description_rule));
    TRY(check_states(made));
    std::set<std::pair<std::string_view, std::string_view>> known;
    for (const workflow_transition& each : made.transitions) {
        TRY(check_transition(made, each));
        if (!known.emplace(each.from_state, each.to_state).second) {
            return fail(error_kind::invalid, fmt::format("workflow {} has the transition from {} to {} twice",
                                                         made.name, each.from_state, each.to_state));
        }
    }
    return {};
}

}  // namespace sluice::parts
