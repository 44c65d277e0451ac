// Actions from draft to release, to the next draft, and to obsolete.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "apps/parts/actions/part_service.hpp"
#include "apps/parts/contents/part_paths.hpp"
#include "apps/parts/contents/part_records.hpp"
#include "apps/parts/contents/revision_records.hpp"
#include "apps/parts/history/git_payload.hpp"
#include "apps/parts/model/text_rules.hpp"
#include "apps/parts/people/approval_records.hpp"
#include "apps/parts/people/history_records.hpp"
#include "apps/parts/people/user_records.hpp"

namespace sluice::parts {

namespace {

review_round round_of(const revision& which) {
    return {.revision_id = which.revision_id, .round = which.review_round};
}

}  // namespace

result<revision> part_service::move(const subject& about, revision_status to) {
    TRY_ASSIGN(const workflow flow, workflow_records(database_).get_of({about.of.category, about.of.subcategory}));
    const std::string& state = flow.entry_of(to);
    if (auto step = flow.check_step(about.which.workflow_state, state, about.who.rights); !step) {
        step.error().message = name_of(about.of, about.which) + ": " + step.error().message;
        return std::unexpected(std::move(step).error());
    }
    return revision_records(database_).set_status(about.which, to, state, about.now_ms);
}

result<> part_service::check_approver(const revision& which, const std::string& approver) {
    TRY_ASSIGN(const user asked, user_records(database_).get(approver));
    if (approver == which.author) {
        return fail(error_kind::invalid, fmt::format("user {} is the author, and cannot be an approver", approver));
    }
    TRY_ASSIGN(const bool has_worked_on_it, history_records(database_).has_worked_on(which, approver));
    if (has_worked_on_it) {
        return fail(error_kind::invalid, fmt::format("user {} has worked on it, and cannot be an approver", approver));
    }
    if (!asked.is_active || !is_permitted(asked.rights, action::approve)) {
        return fail(error_kind::invalid,
                    fmt::format("user {} cannot be an approver: {}", approver,
                                asked.is_active ? to_text(asked.rights) : "not active"),
                    "approvers are active users with the role Designer or Admin");
    }
    return {};
}

result<> part_service::submit(std::string_view number, std::span<const std::string> approvers) {
    return database_.transaction(
        [&](sqlite::connection& db) -> result<> {
            revision_status to{};
            TRY_ASSIGN(const subject about, begin(number, action::submit, to));
            std::string names;
            for (const std::string& each : approvers) {
                TRY(check_approver(about.which, each));
                names.append(names.empty() ? "" : ", ").append(each);
            }
            TRY_ASSIGN(const revision sent, move(about, to));
            TRY(approval_records(database_).begin(round_of(sent), approvers));
            TRY(record(about, action::submit, "to " + names));
            return tell_git(db, about, action::submit, "to " + names, {git_action::open_review, {}});
        },
        short_transaction);
}

result<> part_service::approve(std::string_view number, std::string_view comment) {
    return database_.transaction(
        [&](sqlite::connection&) -> result<> {
            revision_status to{};
            TRY_ASSIGN(const subject about, begin(number, action::approve, to));
            if (about.which.author == username_) {
                return fail(error_kind::permission, fmt::format("{}: user {} is its author, and cannot approve it",
                                                                name_of(about.of, about.which), username_));
            }
            approval_records approvals(database_);
            TRY_ASSIGN(const auto asked, approvals.find(round_of(about.which), username_));
            if (!asked) {
                return fail(error_kind::permission, fmt::format("{}: user {} is not asked for an approval",
                                                                name_of(about.of, about.which), username_));
            }
            if (asked->status != approval_status::pending) {
                return fail(error_kind::wrong_state,
                            fmt::format("{}: user {} has decided already: {}", name_of(about.of, about.which),
                                        username_, to_text(asked->status)));
            }
            TRY(approvals.decide(round_of(about.which), username_,
                                 {.comment = std::string(comment), .now_ms = about.now_ms}));
            return record(about, action::approve, std::string(comment));
        },
        short_transaction);
}

result<> part_service::decide_rejection(const subject& about, std::string_view comment) {
    if (about.which.author == username_) {
        return fail(error_kind::permission, fmt::format("{}: user {} is its author, and cannot reject it",
                                                        name_of(about.of, about.which), username_));
    }
    const decision no{.status = approval_status::rejected, .comment = std::string(comment), .now_ms = about.now_ms};
    approval_records approvals(database_);
    TRY_ASSIGN(const auto asked, approvals.find(round_of(about.which), username_));
    if (asked) {
        return approvals.decide(round_of(about.which), username_, no);
    }
    if (about.who.rights != role::admin) {
        return fail(error_kind::permission,
                    fmt::format("{}: user {} is not asked for an approval", name_of(about.of, about.which), username_),
                    "who is asked may reject, or an Admin");
    }
    return approvals.reject_unasked(round_of(about.which), username_, no);
}

result<> part_service::reject(std::string_view number, std::string_view comment) {
    return database_.transaction(
        [&](sqlite::connection& db) -> result<> {
            revision_status to{};
            TRY_ASSIGN(const subject about, begin(number, action::reject, to));
            TRY(decide_rejection(about, comment));
            TRY(move(about, to));
            TRY(record(about, action::reject, std::string(comment)));
            return tell_git(db, about, action::reject, std::string(comment), {git_action::reject_review, {}});
        },
        short_transaction);
}

result<> part_service::release(std::string_view number) {
    return database_.transaction(
        [&](sqlite::connection& db) -> result<> {
            revision_status to{};
            TRY_ASSIGN(subject about, begin(number, action::release, to));
            TRY_ASSIGN(const auto approvals, approval_records(database_).list(round_of(about.which)));
            std::string missing;
            for (const approval& each : approvals) {
                if (each.status != approval_status::approved) {
                    missing.append(missing.empty() ? "" : ", ").append(each.approver);
                }
            }
            if (approvals.empty() || !missing.empty()) {
                return fail(error_kind::wrong_state,
                            fmt::format("{} is not approved by {}", name_of(about.of, about.which),
                                        missing.empty() ? "anybody" : missing));
            }
            TRY_ASSIGN(about.which, move(about, to));
            TRY(record(about, action::release, {}));
            TRY_ASSIGN(auto files, git_payload(db, about.of, about.which));
            return tell_git(db, about, action::release, {}, {git_action::release, std::move(files)});
        },
        short_transaction);
}

result<std::int64_t> part_service::revise(std::string_view number) {
    return database_.transaction(
        [&](sqlite::connection& db) -> result<std::int64_t> {
            revision_status to{};
            TRY_ASSIGN(subject about, begin(number, action::revise, to));
            TRY_ASSIGN(const workflow flow,
                       workflow_records(database_).get_of({about.of.category, about.of.subcategory}));
            const std::string from = fmt::format("from v{}", about.which.version);
            TRY_ASSIGN(about.which, revision_records(database_).create_from(
                                        about.which, {.author = username_,
                                                      .workflow_state = flow.entry_of(revision_status::draft),
                                                      .now_ms = about.now_ms}));
            TRY(record(about, action::revise, from));
            TRY_ASSIGN(auto files, git_payload(db, about.of, about.which));
            TRY(tell_git(db, about, action::revise, from, {git_action::save_draft, std::move(files)}));
            return about.which.version;
        },
        short_transaction);
}

// Afterwards main holds the newest released version that is left, or this one if none is left.
result<> part_service::make_obsolete(std::string_view number, std::optional<std::int64_t> version) {
    return database_.transaction(
        [&](sqlite::connection& db) -> result<> {
            TRY_ASSIGN(subject about, find_subject(number, action::make_obsolete));
            revision_records revisions(database_);
            if (version) {
                auto wanted = revisions.get(about.of.part_id, *version);
                if (!wanted) {
                    wanted.error().message = about.of.number + ": " + wanted.error().message;
                }
                TRY_ASSIGN(about.which, std::move(wanted));
            } else {
                TRY_ASSIGN(about.which, revisions.get_effective(about.of.part_id));
            }
            const auto to = next_status(about.which.status, action::make_obsolete);
            if (!to) {
                return fail(to.error().kind, fmt::format("{}: {}", name_of(about.of, about.which), to.error().message));
            }
            TRY_ASSIGN(about.which, move(about, *to));
            TRY(check_all_acyclic(db));  // the lines of an older version may become effective again
            TRY(record(about, action::make_obsolete, {}));
            TRY_ASSIGN(const auto on_main, revisions.find_on_main(about.of.part_id));
            TRY_ASSIGN(auto files, git_payload(db, about.of, on_main.value_or(about.which)));
            return tell_git(db, about, action::make_obsolete, {}, {git_action::obsolete, std::move(files)});
        },
        short_transaction);
}

}  // namespace sluice::parts
