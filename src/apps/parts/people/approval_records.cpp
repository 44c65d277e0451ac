#include "apps/parts/people/approval_records.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "apps/parts/model/text_rules.hpp"

namespace sluice::parts {

result<> approval_records::begin(const review_round& of, std::span<const std::string> approvers) {
    if (approvers.empty()) {
        return fail(error_kind::invalid, "a review needs at least one approver");
    }
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        for (const std::string& each : approvers) {
            TRY(
                db.run("INSERT INTO Approvals(revision_id, review_round, approver) VALUES(?1, ?2, ?3) "
                       "ON CONFLICT DO NOTHING",
                       of.revision_id, of.round, each));
        }
        return {};
    });
}

result<> approval_records::decide(const review_round& of, std::string_view approver, const decision& made) {
    TRY(check_text(made.comment, comment_rule));
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const auto asked, find(of, approver));
        if (!asked) {
            return fail(error_kind::not_found, fmt::format("user {} is not an approver of this review", approver));
        }
        const bool changes_mind =
            asked->status == approval_status::approved && made.status == approval_status::rejected;
        if (asked->status != approval_status::pending && !changes_mind) {
            return fail(error_kind::wrong_state,
                        fmt::format("user {} has decided already: {}", approver, to_text(asked->status)));
        }
        TRY(
            db.run("UPDATE Approvals SET status = ?4, comment = ?5, date = ?6 "
                   "WHERE revision_id = ?1 AND review_round = ?2 AND approver = ?3",
                   of.revision_id, of.round, approver, to_text(made.status), made.comment, made.now_ms));
        return {};
    });
}

result<> approval_records::reject_unasked(const review_round& of, std::string_view username, const decision& made) {
    const std::string joined(username);
    return database_.transaction([&](sqlite::connection&) -> result<> {
        TRY(begin(of, std::span(&joined, 1)));
        return decide(of, username, made);
    });
}

result<std::optional<approval>> approval_records::find(const review_round& of, std::string_view approver) {
    TRY_ASSIGN(auto found,
               database_.find<approval>("SELECT revision_id, review_round, approver, status, comment, date "
                                        "FROM Approvals WHERE revision_id = ?1 AND review_round = ?2 AND approver = ?3",
                                        of.revision_id, of.round, approver));
    return found;
}

result<std::vector<approval>> approval_records::list(const review_round& of) {
    TRY_ASSIGN(auto all, database_.list<approval>(
                             "SELECT revision_id, review_round, approver, status, comment, date FROM Approvals "
                             "WHERE revision_id = ?1 AND review_round = ?2 ORDER BY approver",
                             of.revision_id, of.round));
    return all;
}

result<approval_status> approval_records::state(const review_round& of) {
    TRY_ASSIGN(const auto all, list(of));
    if (std::ranges::find(all, approval_status::rejected, &approval::status) != all.end()) {
        return approval_status::rejected;
    }
    const bool is_approved = !all.empty() && std::ranges::all_of(all, [](const approval& each) {
        return each.status == approval_status::approved;
    });
    return is_approved ? approval_status::approved : approval_status::pending;
}

}  // namespace sluice::parts
