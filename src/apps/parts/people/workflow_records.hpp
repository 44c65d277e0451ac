// workflow_records.hpp - how a category divides the statuses of its revisions into states, and which way leads where.
//
// Use:     TRY_ASSIGN(const workflow standard, workflows.get("standard"));
//          TRY(workflows.create({.name = "two checks", .states = {{"Draft", revision_status::draft}, ...}, ...}));
//          TRY(workflows.assign({"EL", "PCB"}, "two checks"));
// Rule:    states come in the order of the statuses, and each status has one at least; a revision that comes to a
//          status enters the first. A transition stays within Draft or In Review, or leads to the entry of a status that
//          some action leads to. One that names a role takes this role or a higher one (Viewer, Designer, Admin).
//          A category that gets another workflow takes its revisions along: a state that the new one does not have
//          becomes the entry of the same status.
// Threads: any; inside or outside of a transaction of the database, which outlives this.
// Errors:  invalid, exists, not_found, wrong_state (no such transition), permission (its role), storage.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

struct workflow_state {
    std::string state;
    revision_status status = revision_status::draft;

    static workflow_state from_row(const sqlite::row& from);
};

struct workflow_transition {
    std::string from_state;
    std::string to_state;
    std::optional<role> required;

    static workflow_transition from_row(const sqlite::row& from);
};

struct workflow {
    std::int64_t workflow_id = 0;
    std::string name;
    std::string description;
    std::vector<workflow_state> states;  // by position
    std::vector<workflow_transition> transitions;

    [[nodiscard]] const workflow_state* find_state(std::string_view state) const;
    // The first of the status.
    [[nodiscard]] const std::string& entry_of(revision_status status) const;
    [[nodiscard]] std::vector<workflow_transition> transitions_from(std::string_view state) const;
    // wrong_state when no transition leads there, permission when it asks for a higher role.
    result<> check_step(std::string_view from_state, std::string_view to_state, role rights) const;
};

class workflow_records {
  public:
    explicit workflow_records(sqlite::database& database) : database_(database) {}

    // Returns its id; `made.workflow_id` is not looked at.
    result<std::int64_t> create(const workflow& made);
    result<workflow> get(std::string_view name);
    result<workflow> get_of(const category_code& code);
    // By name, with states and transitions.
    result<std::vector<workflow>> list();
    result<> assign(const category_code& code, std::string_view name);

  private:
    result<workflow> load(std::int64_t workflow_id);

    sqlite::database& database_;
};

// What create() asks of a workflow.
result<> check_workflow(const workflow& made);

}  // namespace sluice::parts
