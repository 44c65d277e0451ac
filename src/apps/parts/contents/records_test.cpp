// The managers of parts' data and its invariants, without rights and without git.
#include <gtest/gtest.h>

#include "apps/parts/contents/part_records.hpp"
#include "apps/parts/contents/parts_test_support.hpp"
#include "apps/parts/contents/revision_records.hpp"
#include "apps/parts/model/text_rules.hpp"
#include "apps/parts/people/approval_records.hpp"
#include "apps/parts/people/category_records.hpp"
#include "apps/parts/people/history_records.hpp"
#include "apps/parts/people/workflow_records.hpp"

namespace sluice::parts {
namespace {

using testing::kind_of;
using testing::must;
using testing::test_database;

part make_part(sqlite::database& db, const char* name, category_code code = {"EL", "RES"}) {
    const part made = must(part_records(db).create({.category = std::move(code),
                                                    .name = name,
                                                    .description = std::string("about ") + name,
                                                    .created_by = "bob",
                                                    .now_ms = 5'000}));
    must(revision_records(db).create_first(made, {.author = "bob", .workflow_state = "Draft", .now_ms = 5'000}));
    return made;
}

TEST(text_rules, take_what_is_well_formed_and_short_enough) {
    constexpr text_rule line{.field = "name", .characters_max = 4};
    constexpr text_rule lines{.field = "text", .characters_max = 4, .may_be_empty = true, .has_lines = true};
    EXPECT_TRUE(check_text("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z", line));  // four characters in ten bytes
    EXPECT_EQ(check_text("12345", line).error().message, "the name has 5 characters; the limit is 4");
    EXPECT_TRUE(check_text("a\tb\n", lines));
    EXPECT_TRUE(check_text("", lines));
    // NUL, escape, DEL, a C1 control; a lone tail, overlong, a surrogate, past U+10FFFF, cut off.
    for (const std::string_view bad :
         {std::string_view("a\0b", 3), std::string_view("\x1b"), std::string_view("\x7f"), std::string_view("\xc2\x85"),
          std::string_view("\x80"), std::string_view("\xc0\xaf"), std::string_view("\xe0\x80\xaf"),
          std::string_view("\xed\xa0\x80"), std::string_view("\xf4\x90\x80\x80"), std::string_view("\xe2\x82")}) {
        EXPECT_EQ(kind_of(check_text(bad, line)), error_kind::invalid) << bad;
        EXPECT_EQ(kind_of(check_text(bad, lines)), error_kind::invalid) << bad;
    }
    for (const auto* bad : {"", "a\tb", "a\nb", " a", "a "}) {
        EXPECT_FALSE(check_text(bad, line)) << bad;
    }
    EXPECT_TRUE(check_username("ada.l_1-x@y"));
    EXPECT_FALSE(check_username("ada l"));
    EXPECT_FALSE(check_username(std::string(65, 'a')));
    EXPECT_TRUE(check_email("ada@example.org"));
    for (const auto* bad : {"ada", "@x", "ada@", "a@b@c", "a<b@c", "a b@c"}) {
        EXPECT_FALSE(check_email(bad)) << bad;
    }
}

TEST(user_records, keeps_one_active_admin) {
    test_database db;
    user_records users(*db);
    EXPECT_EQ(must(users.list()).size(), 4U);
    EXPECT_EQ(kind_of(users.set_role("ada", role::designer)), error_kind::wrong_state);
    EXPECT_EQ(kind_of(users.set_active("ada", false)), error_kind::wrong_state);
    must(users.set_role("ada", role::admin));
    must(users.set_role("bob", role::admin));
    must(users.set_active("bob", false));
    EXPECT_EQ(kind_of(users.set_active("ada", false)), error_kind::wrong_state);  // bob is an Admin, but not active
    must(users.set_active("bob", true));
    must(users.set_active("ada", false));
    EXPECT_EQ(kind_of(users.set_role("bob", role::viewer)), error_kind::wrong_state);
    EXPECT_FALSE(must(users.get("ada")).is_active);
}

TEST(user_records, checks_what_it_is_given) {
    test_database db;
    user_records users(*db);
    EXPECT_EQ(kind_of(users.add({.username = "ada", .full_name = "A", .email = "a@b"}, 1)), error_kind::exists);
    EXPECT_EQ(kind_of(users.add({.username = "a b", .full_name = "A", .email = "a@b"}, 1)), error_kind::invalid);
    EXPECT_EQ(kind_of(users.get("nobody")), error_kind::not_found);
    EXPECT_EQ(kind_of(users.set_name("nobody", "N", "n@b")), error_kind::not_found);
    EXPECT_EQ(kind_of(users.set_role("nobody", role::viewer)), error_kind::not_found);
    must(users.set_name("bob", "Bob Builder", "bb@example.org"));
    EXPECT_EQ(must(users.get("bob")).full_name, "Bob Builder");
}

TEST(category_records, ensures_what_it_does_not_know) {
    test_database db;
    category_records categories(*db);
    EXPECT_EQ(must(categories.list()).size(), 37U);
    EXPECT_EQ(must(categories.ensure({"EL", "RES"})).name, "Resistors");
    EXPECT_EQ(must(categories.ensure({"ZZ", "9A9"})).name, "ZZ-9A9");
    EXPECT_EQ(must(categories.list()).size(), 38U);
    EXPECT_EQ(kind_of(categories.ensure({"z", "1"})), error_kind::invalid);
    EXPECT_EQ(kind_of(categories.add({"EL", "RES"}, "again")), error_kind::exists);
    EXPECT_EQ(kind_of(categories.get({"YY", "YYY"})), error_kind::not_found);
    must(categories.add({"YY", "YYY"}, "Why"));
    EXPECT_EQ(must(categories.get({"YY", "YYY"})).workflow_id, 1);
}

TEST(part_records, counts_without_gaps_although_some_fail) {
    test_database db;
    part_records parts(*db);
    EXPECT_EQ(make_part(*db, "one").number, "EL-RES-10000");
    const auto undone = db->transaction([&](sqlite::connection&) -> result<> {
        must(parts.create({.category = {"EL", "RES"}, .name = "two", .created_by = "bob"}));
        return fail(error_kind::invalid, "no");
    });
    EXPECT_FALSE(undone);
    EXPECT_EQ(kind_of(parts.create({.category = {"QQ", "QQQ"}, .name = "three", .created_by = "bob"})),
              error_kind::storage);
    EXPECT_EQ(kind_of(parts.create({.category = {"EL", "RES"}, .name = "", .created_by = "bob"})), error_kind::invalid);
    EXPECT_EQ(make_part(*db, "four", {"ME", "SCR"}).number, "ME-SCR-10001");
    EXPECT_EQ(must(parts.get("me-scr-10001")).name, "four");
    EXPECT_EQ(kind_of(parts.get("ME-SCR-10002")), error_kind::not_found);
    EXPECT_EQ(kind_of(parts.get("10002")), error_kind::invalid);
}

std::string numbers(const std::vector<part>& found) {
    std::string all;
    for (const part& each : found) {
        all += each.number.substr(3) + " ";
    }
    return all;
}

TEST(part_records, lists_by_filter_and_page) {
    test_database db;
    part_records parts(*db);
    revision_records revisions(*db);
    const part first = make_part(*db, "50% film_x");
    make_part(*db, "carbon");
    make_part(*db, "cap", {"EL", "CAP"});
    make_part(*db, "M3", {"ME", "SCR"});
    EXPECT_EQ(numbers(must(parts.list())), "RES-10000 RES-10001 CAP-10002 SCR-10003 ");
    EXPECT_EQ(numbers(must(parts.list({.category = "EL"}))), "RES-10000 RES-10001 CAP-10002 ");
    EXPECT_EQ(numbers(must(parts.list({.category = "el-res"}))), "RES-10000 RES-10001 ");
    EXPECT_EQ(numbers(must(parts.list({.text = "0% FILM_"}))), "RES-10000 ");
    EXPECT_EQ(numbers(must(parts.list({.text = "%"}))), "RES-10000 ");
    EXPECT_EQ(numbers(must(parts.list({.text = "about c"}))), "RES-10001 CAP-10002 ");
    EXPECT_EQ(numbers(must(parts.list({.after_number = "EL-RES-10000", .limit = 2}))), "RES-10001 CAP-10002 ");
    // Version 1 is released and version 2 is a draft, so both are live.
    const revision released =
        must(revisions.set_status(must(revisions.get(first.part_id, 1)), revision_status::released, "Released", 1));
    must(revisions.create_from(released, {.author = "bob", .workflow_state = "Draft", .now_ms = 2}));
    EXPECT_EQ(numbers(must(parts.list({.status = revision_status::released}))), "RES-10000 ");
    EXPECT_EQ(must(parts.list({.status = revision_status::draft})).size(), 4U);
    EXPECT_TRUE(must(parts.list({.status = revision_status::obsolete})).empty());
}

TEST(revision_records, copies_the_content_and_opens_one_at_a_time) {
    test_database db;
    revision_records revisions(*db);
    const part child = make_part(*db, "child");
    const part made = make_part(*db, "parent");
    const revision first = must(revisions.get(made.part_id, 1));
    must(result<std::int64_t>(
        db->run("INSERT INTO Properties(revision_id, key, value) VALUES(?1, 'k', 'v')", first.revision_id).value()));
    must(result<std::int64_t>(db->run("INSERT INTO Relationships(parent_revision_id, child_part_id, quantity, "
                                      "reference) VALUES(?1, ?2, 3, 'R1')",
                                      first.revision_id, child.part_id)
                                  .value()));
    must(result<std::int64_t>(
        db->run("INSERT INTO Files(revision_id, name, size_bytes, sha256, blob) VALUES(?1, 'f', 1, ?2, 'b')",
                first.revision_id, std::string(64, '0'))
            .value()));
    EXPECT_EQ(kind_of(revisions.create_from(first, {.author = "bob", .workflow_state = "Draft"})),
              error_kind::wrong_state);
    EXPECT_FALSE(must(revisions.find_on_main(made.part_id)));
    const revision released = must(revisions.set_status(first, revision_status::released, "Released", 7'000));
    EXPECT_EQ(released.released_date, 7'000);
    EXPECT_FALSE(must(revisions.find_open(made.part_id)));
    const revision second =
        must(revisions.create_from(released, {.author = "dan", .workflow_state = "Draft", .now_ms = 8'000}));
    EXPECT_EQ(second.version, 2);
    EXPECT_EQ(second.author, "dan");
    EXPECT_EQ(db->get<std::string>("SELECT value FROM Properties WHERE revision_id = ?1", second.revision_id).value(),
              "v");
    EXPECT_EQ(
        db->get<double>("SELECT quantity FROM Relationships WHERE parent_revision_id = ?1", second.revision_id).value(),
        3);
    EXPECT_EQ(db->get<std::string>("SELECT name FROM Files WHERE revision_id = ?1", second.revision_id).value(), "f");
    EXPECT_EQ(must(revisions.find_open(made.part_id))->version, 2);
    EXPECT_EQ(must(revisions.get_effective(made.part_id)).version, 1);
    EXPECT_EQ(must(revisions.get_newest(made.part_id)).version, 2);
    EXPECT_EQ(must(revisions.find_on_main(made.part_id))->version, 1);
    must(revisions.set_text(second, "renamed", "why", 9'000));
    const part renamed = must(part_records(*db).get(made.part_id));
    EXPECT_EQ(renamed.name, "renamed");
    EXPECT_EQ(renamed.modified_date, 9'000);
    EXPECT_EQ(must(revisions.get(made.part_id, 1)).name, "parent");
    EXPECT_EQ(must(revisions.list(made.part_id)).size(), 2U);
    EXPECT_EQ(kind_of(revisions.get(made.part_id, 3)), error_kind::not_found);
}

TEST(revision_records, a_new_version_from_an_older_one_gives_its_name_back_to_the_part) {
    test_database db;
    revision_records revisions(*db);
    const part made = make_part(*db, "old");
    const revision first =
        must(revisions.set_status(must(revisions.get(made.part_id, 1)), revision_status::released, "Released", 1));
    const revision second =
        must(revisions.create_from(first, {.author = "bob", .workflow_state = "Draft", .now_ms = 2}));
    must(revisions.set_text(second, "new", "", 3));
    must(revisions.set_status(second, revision_status::obsolete, "Obsolete", 4));
    EXPECT_EQ(must(revisions.get_effective(made.part_id)).version, 1);
    EXPECT_EQ(must(revisions.find_on_main(made.part_id))->version, 1);
    EXPECT_EQ(must(revisions.create_from(first, {.author = "bob", .workflow_state = "Draft", .now_ms = 5})).version, 3);
    EXPECT_EQ(must(part_records(*db).get(made.part_id)).name, "old");
}

TEST(revision_records, counts_the_rounds) {
    test_database db;
    revision_records revisions(*db);
    const part made = make_part(*db, "x");
    revision draft = must(revisions.get(made.part_id, 1));
    for (std::int64_t round = 1; round <= 3; ++round) {
        const revision sent = must(revisions.set_status(draft, revision_status::in_review, "In Review", round));
        EXPECT_EQ(sent.review_round, round);
        EXPECT_EQ(sent.submitted_date, round);
        draft = must(revisions.set_status(sent, revision_status::draft, "Draft", round));
        EXPECT_EQ(draft.submitted_date, std::nullopt);
    }
}

TEST(approval_records, decides_by_round) {
    test_database db;
    approval_records approvals(*db);
    const part made = make_part(*db, "x");
    const review_round round{must(revision_records(*db).get(made.part_id, 1)).revision_id, 1};
    EXPECT_EQ(kind_of(approvals.begin(round, {})), error_kind::invalid);
    const std::vector<std::string> asked{"ada", "dan", "ada"};
    must(approvals.begin(round, asked));
    EXPECT_EQ(must(approvals.list(round)).size(), 2U);
    EXPECT_EQ(must(approvals.state(round)), approval_status::pending);
    must(approvals.decide(round, "ada", {.comment = "fine", .now_ms = 9}));
    EXPECT_EQ(kind_of(approvals.decide(round, "ada", {})), error_kind::wrong_state);
    EXPECT_EQ(kind_of(approvals.decide(round, "eve", {})), error_kind::not_found);
    EXPECT_EQ(must(approvals.state(round)), approval_status::pending);
    must(approvals.decide(round, "dan", {}));
    EXPECT_EQ(must(approvals.state(round)), approval_status::approved);
    must(approvals.decide(round, "dan", {.status = approval_status::rejected, .comment = "no"}));
    EXPECT_EQ(must(approvals.state(round)), approval_status::rejected);
    const review_round next{round.revision_id, 2};
    EXPECT_EQ(must(approvals.state(next)), approval_status::pending);
    must(approvals.reject_unasked(next, "eve", {.status = approval_status::rejected}));
    EXPECT_EQ(must(approvals.list(next)).front().approver, "eve");
}

workflow two_checks() {
    using enum revision_status;
    return {.name = "two checks",
            .states = {{"Idea", draft},
                       {"Draft", draft},
                       {"Check 1", in_review},
                       {"Check 2", in_review},
                       {"Out", released},
                       {"Gone", obsolete}},
            .transitions = {{"Idea", "Draft", {}},
                            {"Draft", "Check 1", {}},
                            {"Check 1", "Check 2", role::admin},
                            {"Check 2", "Out", {}},
                            {"Check 1", "Idea", {}},
                            {"Out", "Gone", {}}}};
}

TEST(workflow_records, keeps_what_it_was_given) {
    test_database db;
    workflow_records workflows(*db);
    EXPECT_EQ(must(workflows.create(two_checks())), 2);
    EXPECT_EQ(kind_of(workflows.create(two_checks())), error_kind::exists);
    const workflow read = must(workflows.get("two checks"));
    ASSERT_EQ(read.states.size(), 6U);
    EXPECT_EQ(read.states[3].state, "Check 2");
    EXPECT_EQ(read.transitions.size(), 6U);
    EXPECT_EQ(read.entry_of(revision_status::in_review), "Check 1");
    EXPECT_EQ(read.transitions_from("Check 1").size(), 2U);
    EXPECT_TRUE(read.check_step("Idea", "Draft", role::designer));
    EXPECT_EQ(kind_of(read.check_step("Idea", "Check 1", role::admin)), error_kind::wrong_state);
    EXPECT_EQ(kind_of(read.check_step("Check 1", "Check 2", role::designer)), error_kind::permission);
    EXPECT_TRUE(read.check_step("Check 1", "Check 2", role::admin));
    EXPECT_EQ(must(workflows.list()).size(), 2U);
    EXPECT_EQ(kind_of(workflows.get("none")), error_kind::not_found);
}

TEST(workflow_records, refuses_what_cannot_be_followed) {
    const auto refused = [](const std::function<void(workflow&)>& change) {
        workflow made = two_checks();
        change(made);
        return kind_of(check_workflow(made)) == error_kind::invalid;
    };
    EXPECT_FALSE(refused([](workflow&) {}));
    EXPECT_TRUE(refused([](workflow& w) { w.name.clear(); }));
    EXPECT_TRUE(refused([](workflow& w) { w.states.pop_back(); }));                  // no state for Obsolete
    EXPECT_TRUE(refused([](workflow& w) { std::swap(w.states[1], w.states[2]); }));  // out of order
    EXPECT_TRUE(refused([](workflow& w) { w.states[1].state = "Idea"; }));           // twice
    EXPECT_TRUE(refused([](workflow& w) { w.transitions[0].to_state = "Nowhere"; }));
    EXPECT_TRUE(refused([](workflow& w) { w.transitions[0].to_state = "Idea"; }));     // to itself
    EXPECT_TRUE(refused([](workflow& w) { w.transitions[1].to_state = "Check 2"; }));  // not the entry
    EXPECT_TRUE(refused([](workflow& w) { w.transitions[1].to_state = "Out"; }));      // Draft to Released
    EXPECT_TRUE(refused([](workflow& w) { w.transitions.push_back(w.transitions[0]); }));
}

TEST(workflow_records, takes_the_revisions_of_a_category_along) {
    test_database db;
    workflow_records workflows(*db);
    revision_records revisions(*db);
    const part draft = make_part(*db, "draft");
    const part sent = make_part(*db, "sent");
    const part other = make_part(*db, "other", {"ME", "SCR"});
    must(revisions.set_status(must(revisions.get(sent.part_id, 1)), revision_status::in_review, "In Review", 1));
    must(workflows.create(two_checks()));
    must(workflows.assign({"EL", "RES"}, "two checks"));
    EXPECT_EQ(must(workflows.get_of({"EL", "RES"})).name, "two checks");
    EXPECT_EQ(must(workflows.get_of({"ME", "SCR"})).name, "standard");
    EXPECT_EQ(must(revisions.get_newest(draft.part_id)).workflow_state, "Draft");  // both have it
    EXPECT_EQ(must(revisions.get_newest(sent.part_id)).workflow_state, "Check 1");
    EXPECT_EQ(must(revisions.get_newest(other.part_id)).workflow_state, "Draft");
    EXPECT_EQ(kind_of(workflows.assign({"ZZ", "ZZZ"}, "standard")), error_kind::not_found);
    EXPECT_EQ(kind_of(workflows.assign({"EL", "RES"}, "none")), error_kind::not_found);
}

TEST(revision_records, finds_the_current_one) {
    test_database db;
    revision_records revisions(*db);
    const part made = make_part(*db, "x");
    const part other = make_part(*db, "y");
    EXPECT_EQ(must(revisions.get_current(made.part_id)).version, 1) << "the draft";
    const auto released =
        must(revisions.set_status(must(revisions.get(made.part_id, 1)), revision_status::released, "Released", 1));
    const auto second =
        must(revisions.create_from(released, {.author = "bob", .workflow_state = "Draft", .now_ms = 2}));
    EXPECT_EQ(must(revisions.get_current(made.part_id)).version, 2) << "the draft goes before the released one";
    must(revisions.set_status(second, revision_status::obsolete, "Obsolete", 3));
    EXPECT_EQ(must(revisions.get_current(made.part_id)).version, 1);
    const std::vector<part> both{other, made};
    const auto all = must(revisions.list_current(both));
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].part_id, other.part_id);
    EXPECT_EQ(all[1].version, 1);
}

TEST(records, complete_names) {
    test_database db;
    const part made = make_part(*db, "x");
    const part other = make_part(*db, "y", {"ME", "SCR"});
    using names = std::vector<std::string>;
    EXPECT_EQ(must(part_records(*db).complete_number("el-")), names{made.number});
    EXPECT_EQ(must(part_records(*db).complete_number("")), (names{made.number, other.number}));
    EXPECT_EQ(must(part_records(*db).complete_number("%")), names{});
    EXPECT_EQ(must(category_records(*db).complete_code("me-sc")), names{"ME-SCR"});
    EXPECT_EQ(must(user_records(*db).complete_name("bo")), names{"bob"});
    EXPECT_EQ(must(user_records(*db).complete_name("BO")), names{});
}

TEST(history_records, tells_the_newest_first) {
    test_database db;
    history_records history(*db);
    const part made = make_part(*db, "x");
    must(history.add({.date = 1, .username = "ada", .action = "create a part", .part_id = made.part_id}));
    must(history.add({.date = 2, .username = "ada", .action = "manage users"}));
    must(history.add({.date = 3, .username = "bob", .action = "edit", .part_id = made.part_id, .detail = "name"}));
    const auto events = must(history.list(made.part_id));
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].detail, "name");
    EXPECT_EQ(must(history.list(made.part_id, 1)).size(), 1U);
    EXPECT_EQ(must(history.list_all()).size(), 3U);
    EXPECT_EQ(must(history.list_named(made.part_id)).size(), 2U);
    const auto all = must(history.list_named(std::nullopt));
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].number, made.number);
    EXPECT_EQ(all[0].event.detail, "name");
    EXPECT_EQ(all[1].number, std::nullopt);
    EXPECT_EQ(all[1].version, std::nullopt);
}

}  // namespace
}  // namespace sluice::parts
