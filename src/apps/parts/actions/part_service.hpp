// part_service.hpp - every action on a project, with its permission, its conditions and its records.
//
// Problem: rights, the status of a revision, the data, the history and git must agree after any failure.
// Use:     part_service parts(database, "ada", time);
//          TRY_ASSIGN(const std::string number, parts.create_part({.category = code, .name = "10 k"}));
//          TRY(parts.submit(number, {"bob"}));  ... another user's: TRY(parts.approve(number, "fine"));
//          TRY(parts.release(number));                          // then project::sync_git()
// Rule:    an action is one transaction of: the permission (lifecycle.hpp), the rule of the status, the workflow's
//          transition, the changes by the managers, a line of history, and a row in git's outbox. It does not wait for
//          git. A revision that enters a status enters its first state in the category's workflow; a transition must
//          lead there, and its role, if it has one, is needed besides the permission.
//          Review: the approvers are active Designers or Admins, not the author; all must approve. A rejection ends the
//          round: the revision is a draft again, and the next submission starts a new round.
// Order:   an action is about the open revision (Draft, In Review), if there is one, else about the effective one.
// Threads: any; also inside a transaction of the database, which outlives this.
// Errors:  permission, wrong_state, not_found, invalid, exists, storage; each names number, version or user.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "apps/parts/git/git_repository.hpp"
#include "apps/parts/model/domain.hpp"
#include "apps/parts/model/lifecycle.hpp"
#include "apps/parts/people/workflow_records.hpp"
#include "base/core/clock.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

struct part_request {
    category_code category;
    std::string name;
    std::string description;
};

// Fields that are not set stay unchanged.
struct part_edit {
    std::optional<std::string> name;
    std::optional<std::string> description;
};

class part_service {
  public:
    part_service(sqlite::database& database, std::string username, const base::clock& time = base::system_clock())
        : database_(database), username_(std::move(username)), time_(&time) {}

    // Returns the user if he has the permission; for work that has no method here, such as reading.
    result<user> check(action what);

    // Makes the part and its version 1, a draft. Returns the number.
    result<std::string> create_part(const part_request& wanted);
    result<> create_category(const category_code& code, std::string_view name);

    // Every change of a draft. `work` runs inside the transaction, perhaps more than once.
    using draft_work = std::function<result<>(sqlite::connection&, const part&, const revision&)>;
    result<> change_draft(std::string_view number, action what, const std::string& detail, const draft_work& work);
    // Changes data of the part, not of a version; git does not store it.
    using part_work = std::function<result<>(sqlite::connection&, const part&)>;
    result<> change_part(std::string_view number, action what, const std::string& detail, const part_work& work);
    result<> edit(std::string_view number, const part_edit& changes);
    // Moves it to another state of the same status.
    result<> advance(std::string_view number, std::string_view state);

    result<> submit(std::string_view number, std::span<const std::string> approvers);
    result<> approve(std::string_view number, std::string_view comment = {});
    // For an approver, or for an Admin who is not the author.
    result<> reject(std::string_view number, std::string_view comment = {});
    result<> release(std::string_view number);
    // Makes a draft from the effective released version. Returns its version.
    result<std::int64_t> revise(std::string_view number);
    // Without `version`: the effective one.
    result<> make_obsolete(std::string_view number, std::optional<std::int64_t> version = {});

    result<> add_user(const user& made);
    result<> set_user_role(std::string_view username, role rights);
    result<> set_user_active(std::string_view username, bool is_active);
    result<> set_user_name(std::string_view username, std::string_view full_name, std::string_view email);
    result<> create_workflow(const workflow& made);
    result<> assign_workflow(const category_code& code, std::string_view name);

    [[nodiscard]] const std::string& username() const { return username_; }

  private:
    // The user, part and revision of an action.
    struct subject {
        user who;
        part of;
        revision which;
        std::int64_t now_ms = 0;
    };
    struct git_step {
        git_action action = git_action::save_draft;
        std::vector<git_file> files;
    };

    result<subject> find_subject(std::string_view number, action what);
    // Also checks that the status allows the action; `to` becomes the status after it.
    result<subject> begin(std::string_view number, action what, revision_status& to);
    result<revision> move(const subject& about, revision_status to);
    result<> record(const subject& about, action what, const std::string& detail);
    result<> tell_git(sqlite::connection& db, const subject& about, action what, const std::string& detail,
                      git_step step);
    result<> check_approver(const revision& which, const std::string& approver);
    result<> decide_rejection(const subject& about, std::string_view comment);
    result<> manage(action what, const std::string& detail, const std::function<result<>()>& work);

    // Used by all actions: actions of several threads may share their COMMIT.
    static constexpr sqlite::call_options short_transaction{.together = true};

    sqlite::database& database_;
    std::string username_;
    const base::clock* time_;
};

// "EL-RES-10000 v1"
[[nodiscard]] std::string name_of(const part& of, const revision& which);

}  // namespace sluice::parts
