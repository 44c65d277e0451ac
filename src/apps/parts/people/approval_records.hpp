// approval_records.hpp - the approvers of a revision in review, and their decisions, round by round.
//
// Use:     TRY(approvals.begin(revision_id, round, {"bob", "eve"}));  TRY(approvals.decide(round_of, "bob", decision));
//          TRY_ASSIGN(const approval_status all, approvals.state(revision_id, round));
// Rule:    each submission is a round of its own; decisions of earlier rounds stay. A decision is made once, but an
//          approver who approved may still reject.
// Threads: any; inside or outside a transaction of the database, which outlives this.
// Errors:  invalid (no approver), not_found (he is not an approver), wrong_state (he has decided), storage.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

struct review_round {
    std::int64_t revision_id = 0;
    std::int64_t round = 0;
};

struct decision {
    approval_status status = approval_status::approved;
    std::string comment;
    std::int64_t now_ms = 0;
};

class approval_records {
  public:
    explicit approval_records(sqlite::database& database) : database_(database) {}

    result<> begin(const review_round& of, std::span<const std::string> approvers);
    result<> decide(const review_round& of, std::string_view approver, const decision& made);
    // Records a rejection by a user who is not an approver: he joins the round.
    result<> reject_unasked(const review_round& of, std::string_view username, const decision& made);
    result<std::optional<approval>> find(const review_round& of, std::string_view approver);
    // Sorted by approver.
    result<std::vector<approval>> list(const review_round& of);
    // Rejected once one approver rejected, Approved once all approved.
    result<approval_status> state(const review_round& of);

  private:
    sqlite::database& database_;
};

}  // namespace sluice::parts
