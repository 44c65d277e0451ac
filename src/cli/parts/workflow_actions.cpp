// workflow list, show, add, assign.
#include <algorithm>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/parts/people/category_records.hpp"
#include "apps/parts/people/workflow_records.hpp"
#include "cli/parts/parts_call.hpp"
#include "cli/parts/show.hpp"
#include "cli/terminal/input.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/table.hpp"

namespace sluice::cli {

using nlohmann::json;
using parts::error_kind;

namespace {

constexpr std::size_t workflow_bytes_max = std::size_t{1024} * 1024;

json_object to_json(const parts::workflow& shown) {
    json_array states;
    for (const auto& each : shown.states) {
        states.emplace_back(json_object{{"state", each.state}, {"status", to_text(each.status)}});
    }
    json_array transitions;
    for (const auto& each : shown.transitions) {
        json_object one{{"from", each.from_state}, {"to", each.to_state}};
        if (each.required) {
            one.push_back({"role", to_text(*each.required)});
        }
        transitions.emplace_back(std::move(one));
    }
    return {{"name", shown.name}, {"description", shown.description}, {"states", states}, {"transitions", transitions}};
}

parts::result<int> list_workflows(parts_call& call) {
    TRY_ASSIGN(const auto all, parts::workflow_records(call.database()).list());
    json_array document;
    table rows({{.header = "WORKFLOW"}, {.header = "STATES"}, {.header = "DESCRIPTION"}});
    for (const auto& each : all) {
        document.emplace_back(to_json(each));
        std::string states;
        for (const auto& one : each.states) {
            states.append(states.empty() ? "" : ", ").append(one.state);
        }
        rows.add({{each.name, meaning::strong}, states, one_line(each.description)});
    }
    TRY(write_output(call.wants_json() ? json_text(document) : rows.text(call.style)));
    return 0;
}

parts::result<int> show_workflow(parts_call& call) {
    TRY_ASSIGN(const auto shown, parts::workflow_records(call.database()).get(call.given.text("NAME")));
    if (call.wants_json()) {
        TRY(write_output(json_text(to_json(shown))));
        return 0;
    }
    table rows({{.header = "STATE"}, {.header = "STATUS"}, {.header = "LEADS TO"}});
    for (const auto& each : shown.states) {
        std::string ways;
        for (const auto& way : shown.transitions_from(each.state)) {
            ways.append(ways.empty() ? "" : ", ").append(way.to_state);
            if (way.required) {
                ways.append(fmt::format(" ({})", to_text(*way.required)));
            }
        }
        rows.add({{each.state, meaning::strong}, {std::string(to_text(each.status)), meaning_of(each.status)}, ways});
    }
    TRY(write_output(rows.text(call.style)));
    return 0;
}

// A text field; empty if it is missing and may be.
parts::result<std::string> text_of(const json& from, const char* field, bool is_required = true) {
    const auto found = from.is_object() ? from.find(field) : from.end();
    if (!from.is_object() || found == from.end() || !found->is_string()) {
        if (from.is_object() && found == from.end() && !is_required) {
            return "";
        }
        return parts::fail(error_kind::invalid,
                           fmt::format("a text \"{}\" is missing in {}", field, from.dump().substr(0, 100)),
                           "`workflow show standard --json` prints an example");
    }
    return found->get<std::string>();
}

parts::result<json> list_of(const json& from, const char* field) {
    const auto found = from.find(field);
    if (found == from.end() || !found->is_array()) {
        return parts::fail(error_kind::invalid, fmt::format("a list \"{}\" is missing", field),
                           "`workflow show standard --json` prints an example");
    }
    return *found;
}

parts::result<parts::workflow> read_workflow(const std::string& text) {
    const auto document = json::parse(text, nullptr, false);
    if (document.is_discarded() || !document.is_object()) {
        return parts::fail(error_kind::invalid, "this is no JSON object",
                           "`workflow show standard --json` prints an example");
    }
    parts::workflow made;
    TRY_ASSIGN(made.name, text_of(document, "name"));
    TRY_ASSIGN(made.description, text_of(document, "description", false));
    TRY_ASSIGN(const auto states, list_of(document, "states"));
    for (const auto& each : states) {
        parts::workflow_state one;
        TRY_ASSIGN(one.state, text_of(each, "state"));
        TRY_ASSIGN(const auto status, text_of(each, "status"));
        TRY_ASSIGN(one.status, parts::parse_revision_status(status));
        made.states.push_back(std::move(one));
    }
    TRY_ASSIGN(const auto transitions, list_of(document, "transitions"));
    for (const auto& each : transitions) {
        parts::workflow_transition one;
        TRY_ASSIGN(one.from_state, text_of(each, "from"));
        TRY_ASSIGN(one.to_state, text_of(each, "to"));
        TRY_ASSIGN(const auto role, text_of(each, "role", false));
        if (!role.empty()) {
            TRY_ASSIGN(one.required, parts::parse_role(role));
        }
        made.transitions.push_back(std::move(one));
    }
    return made;
}

parts::result<int> add_workflow(parts_call& call) {
    const auto file = call.given.text("FILE");
    TRY_ASSIGN(const auto text, read_input(file, workflow_bytes_max));
    auto made = read_workflow(text);
    if (!made) {
        return parts::fail(made.error().kind, fmt::format("{}: {}", file, made.error().message), made.error().hint);
    }
    TRY(call.project.parts().create_workflow(*made));
    TRY(write_output(made->name + "\n"));
    return 0;
}

parts::result<int> assign_workflow(parts_call& call) {
    TRY_ASSIGN(const auto code, parts::parse_category(call.given.text("CODE")));
    const auto name = call.given.text("NAME");
    TRY(call.project.parts().assign_workflow(code, name));
    TRY(write_output(fmt::format("{}: {}\n", parts::to_text(code), name)));
    return 0;
}

constexpr parts_action actions[] = {{.words = "workflow list", .run = list_workflows},
                                    {.words = "workflow show", .run = show_workflow},
                                    {.words = "workflow add", .run = add_workflow, .need = parts_need::changing},
                                    {.words = "workflow assign", .run = assign_workflow, .need = parts_need::changing}};

}  // namespace

std::span<const parts_action> workflow_actions() {
    return actions;
}

}  // namespace sluice::cli
