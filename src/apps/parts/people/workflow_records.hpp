// workflow_records.hpp - workflows: the states within each status of a revision, and the transitions between them.
//
// Use:     TRY_ASSIGN(const workflow standard, workflows.get("standard"));
//          TRY(workflows.create({.name = "two checks", .states = {{"Draft", revision_status::draft}, ...}, ...}));
//          TRY(workflows.assign({"EL", "PCB"}, "two checks"));
// Rule:    states come in the order of the statuses, and each status has at least one; a revision that enters a status
//          enters its first state. A transition stays within Draft or In Review, or leads to the entry of a status that
//          an action leads to. A transition with a role requires this role or a higher one (Viewer, Designer, Admin).
//          If a category gets another workflow, its revisions follow: a state that the new one does not have
//          becomes the entry of the same status.
// Threads: any; inside or outside a transaction of the database, which outlives this.
// Errors:  invalid, exists, not_found, wrong_state (no such transition), permission (role too low), storage.
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
    std::vector<workflow_state> states;  // in the order of their positions
    std::vector<workflow_transition> transitions;

    [[nodiscard]] const workflow_state* find_state(std::string_view state) const;
    // The first state of the status.
    [[nodiscard]] const std::string& entry_of(revision_status status) const;
    [[nodiscard]] std::vector<workflow_transition> transitions_from(std::string_view state) const;
    // wrong_state: no transition leads there; permission: the transition requires a higher role.
    result<> check_step(std::string_view from_state, std::string_view to_state, role rights) const;
};

class workflow_records {
  public:
    explicit workflow_records(sqlite::database& database) : database_(database) {}

    // Returns its id; ignores `made.workflow_id`.
    result<std::int64_t> create(const workflow& made);
    result<workflow> get(std::string_view name);
    result<workflow> get_of(const category_code& code);
    // Sorted by name, with states and transitions.
    result<std::vector<workflow>> list();
    result<> assign(const category_code& code, std::string_view name);

  private:
    result<workflow> load(std::int64_t workflow_id);

    sqlite::database& database_;
};

// The checks of create().
result<> check_workflow(const workflow& made);

}  // namespace sluice::parts
