// Common steps of all actions, and the actions on a draft; part_service_review.cpp has those from draft to release.
#include "apps/parts/actions/part_service.hpp"

#include <fmt/format.h>
#include <utility>

#include "apps/parts/contents/part_records.hpp"
#include "apps/parts/contents/revision_records.hpp"
#include "apps/parts/history/git_payload.hpp"
#include "apps/parts/history/outbox.hpp"
#include "apps/parts/people/category_records.hpp"
#include "apps/parts/people/history_records.hpp"
#include "apps/parts/people/user_records.hpp"

namespace sluice::parts {

namespace {

std::string advice_for(revision_status status) {
    switch (status) {
        case revision_status::draft:
            return "`submit` brings a draft into review";
        case revision_status::in_review:
            return "`reject` makes it a draft again";
        case revision_status::released:
            return "`revise` makes a new draft of it";
        case revision_status::obsolete:
            break;
    }
    return {};
}

}  // namespace

std::string name_of(const part& of, const revision& which) {
    return fmt::format("{} v{}", of.number, which.version);
}

result<user> part_service::check(action what) {
    auto who = user_records(database_).get(username_);
    if (!who && who.error().kind == error_kind::not_found) {
        return fail(error_kind::permission, fmt::format("\"{}\" is no user of this project", username_),
                    "an Admin adds users");
    }
    TRY(who);
    TRY(check_permission(*who, what));
    return who;
}

result<part_service::subject> part_service::find_subject(std::string_view number, action what) {
    TRY_ASSIGN(user who, check(what));
    TRY_ASSIGN(part of, part_records(database_).get(number));
    TRY_ASSIGN(auto which, revision_records(database_).get_current(of.part_id));
    return subject{.who = std::move(who), .of = std::move(of), .which = std::move(which), .now_ms = time_->unix_ms()};
}

result<part_service::subject> part_service::begin(std::string_view number, action what, revision_status& to) {
    TRY_ASSIGN(subject about, find_subject(number, what));
    const auto next = next_status(about.which.status, what);
    if (!next) {
        return fail(next.error().kind, fmt::format("{}: {}", name_of(about.of, about.which), next.error().message),
                    advice_for(about.which.status));
    }
    to = *next;
    return about;
}

result<> part_service::record(const subject& about, action what, const std::string& detail) {
    TRY(part_records(database_).set_modified(about.of.part_id, about.now_ms));
    return history_records(database_).add({.date = about.now_ms,
                                           .username = username_,
                                           .action = std::string(to_text(what)),
                                           .part_id = about.of.part_id,
                                           .revision_id = about.which.revision_id,
                                           .detail = detail});
}

result<> part_service::tell_git(sqlite::connection& db, const subject& about, action what, const std::string& detail,
                                git_step step) {
    std::string message = fmt::format("{}: {}", name_of(about.of, about.which), to_text(what));
    if (!detail.empty()) {
        message += "\n\n" + detail;
    }
    TRY(enqueue(db, {.revision_id = about.which.revision_id,
                     .action = step.action,
                     .number = about.of.number,
                     .version = about.which.version,
                     .files = std::move(step.files),
                     .message = std::move(message),
                     .author_name = about.who.full_name,
                     .author_email = about.who.email,
                     .now_ms = about.now_ms}));
    return {};
}

result<std::string> part_service::create_part(const part_request& wanted) {
    return database_.transaction(
        [&](sqlite::connection& db) -> result<std::string> {
            TRY_ASSIGN(user who, check(action::create_part));
            TRY_ASSIGN(const category its, category_records(database_).get(wanted.category));
            TRY_ASSIGN(const workflow flow, workflow_records(database_).get_of(its.code));
            const std::int64_t now_ms = time_->unix_ms();
            TRY_ASSIGN(part made, part_records(database_).create({.category = its.code,
                                                                  .name = wanted.name,
                                                                  .description = wanted.description,
                                                                  .created_by = who.username,
                                                                  .now_ms = now_ms}));
            TRY_ASSIGN(revision first, revision_records(database_).create_first(
                                           made, {.author = who.username,
                                                  .workflow_state = flow.entry_of(revision_status::draft),
                                                  .now_ms = now_ms}));
            TRY_ASSIGN(auto files, git_payload(db, made, first));
            const subject about{std::move(who), std::move(made), std::move(first), now_ms};
            TRY(record(about, action::create_part, about.of.name));
            TRY(tell_git(db, about, action::create_part, about.of.name, {git_action::save_draft, std::move(files)}));
            return about.of.number;
        },
        short_transaction);
}

result<> part_service::change_draft(std::string_view number, action what, const std::string& detail,
                                    const draft_work& work) {
    return database_.transaction(
        [&](sqlite::connection& db) -> result<> {
            revision_status to{};
            TRY_ASSIGN(const subject about, begin(number, what, to));
            if (about.which.status != revision_status::draft) {
                return fail(
                    error_kind::wrong_state,
                    fmt::format("{} is {}, not a draft", name_of(about.of, about.which), to_text(about.which.status)));
            }
            TRY(work(db, about.of, about.which));
            TRY(record(about, what, detail));
            TRY_ASSIGN(const revision changed, revision_records(database_).get(about.of.part_id, about.which.version));
            TRY_ASSIGN(auto files, git_payload(db, about.of, changed));
            return tell_git(db, about, what, detail, {git_action::save_draft, std::move(files)});
        },
        short_transaction);
}

result<> part_service::change_part(std::string_view number, action what, const std::string& detail,
                                   const part_work& work) {
    return database_.transaction(
        [&](sqlite::connection& db) -> result<> {
            TRY_ASSIGN(const subject about, find_subject(number, what));
            TRY(work(db, about.of));
            return record(about, what, detail);
        },
        short_transaction);
}

result<> part_service::edit(std::string_view number, const part_edit& changes) {
    if (!changes.name && !changes.description) {
        return fail(error_kind::invalid,
                    fmt::format("nothing to edit of {}: neither a name nor a description", number));
    }
    const std::string detail = !changes.description ? "name" : !changes.name ? "description" : "name, description";
    return change_draft(number, action::edit, detail,
                        [&](sqlite::connection&, const part&, const revision& draft) -> result<> {
                            return revision_records(database_).set_text(draft, changes.name.value_or(draft.name),
                                                                        changes.description.value_or(draft.description),
                                                                        time_->unix_ms());
                        });
}

result<> part_service::advance(std::string_view number, std::string_view state) {
    return database_.transaction(
        [&](sqlite::connection&) -> result<> {
            revision_status to{};
            TRY_ASSIGN(const subject about, begin(number, action::advance, to));
            TRY_ASSIGN(const workflow flow,
                       workflow_records(database_).get_of({about.of.category, about.of.subcategory}));
            const workflow_state* wanted = flow.find_state(state);
            if (wanted == nullptr) {
                return fail(error_kind::not_found, fmt::format("{}: the workflow {} has no state {}",
                                                               name_of(about.of, about.which), flow.name, state));
            }
            TRY(flow.check_step(about.which.workflow_state, state, about.who.rights));
            if (wanted->status != about.which.status) {
                return fail(error_kind::wrong_state,
                            fmt::format("{}: {} is a state of {}, to which `advance` does not lead",
                                        name_of(about.of, about.which), state, to_text(wanted->status)),
                            "use submit, reject or release");
            }
            TRY(revision_records(database_).set_state(about.which.revision_id, state));
            return record(about, action::advance, fmt::format("{} to {}", about.which.workflow_state, state));
        },
        short_transaction);
}

}  // namespace sluice::parts
