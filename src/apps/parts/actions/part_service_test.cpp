// Permissions: every action in every status by every role, against a table written down here; and reviews.
#include "apps/parts/actions/part_service.hpp"

#include <gtest/gtest.h>

#include "apps/parts/contents/part_records.hpp"
#include "apps/parts/contents/parts_test_support.hpp"
#include "apps/parts/contents/revision_records.hpp"
#include "apps/parts/people/approval_records.hpp"
#include "apps/parts/people/category_records.hpp"
#include "apps/parts/people/history_records.hpp"

namespace sluice::parts {
namespace {

using testing::kind_of;
using testing::message_of;
using testing::must;
using testing::test_database;
using enum revision_status;
using names = std::vector<std::string>;

constexpr std::string_view viewer_designer_admin[] = {"Viewer", "Designer", "Admin"};

// bob is the author; dan acts in the role under test; ada approves, too.
class scene {
  public:
    scene() {
        must(as("ada").create_workflow({.name = "two steps",
                                        .states = {{"D1", draft},
                                                   {"D2", draft},
                                                   {"R1", in_review},
                                                   {"R2", in_review},
                                                   {"Out", released},
                                                   {"Gone", obsolete}},
                                        .transitions = {{"D1", "D2", {}},
                                                        {"R1", "R2", {}},
                                                        {"D1", "R1", {}},
                                                        {"R1", "D1", {}},
                                                        {"R1", "Out", {}},
                                                        {"Out", "Gone", {}}}}));
        must(as("ada").assign_workflow({"EL", "RES"}, "two steps"));
        number = must(as("bob").create_part({.category = {"EL", "RES"}, .name = "x"}));
    }
    part_service as(const char* username) { return {*db, username, time}; }

    void bring_to(revision_status status, bool is_approved) {
        if (status == draft) {
            return;
        }
        must(as("bob").submit(number, names{"ada", "dan"}));
        if (status == in_review && !is_approved) {
            return;
        }
        must(as("ada").approve(number));
        must(as("dan").approve(number));
        if (status == in_review) {
            return;
        }
        must(as("bob").release(number));
        if (status == obsolete) {
            must(as("ada").make_obsolete(number));
        }
    }

    result<> act(std::string_view what) {
        auto dan = as("dan");
        const auto touch = [](sqlite::connection& on, const part&, const revision& which) -> result<> {
            TRY(on.run("INSERT INTO Properties(revision_id, key, value) VALUES(?1, 'k', 'v')", which.revision_id));
            return {};
        };
        const auto only = [](const auto& outcome) -> result<> {
            TRY(outcome);
            return {};
        };
        if (what == "view") {
            return only(dan.check(action::view));
        }
        if (what == "export") {
            return only(dan.check(action::export_data));
        }
        if (what == "import") {
            return only(dan.check(action::import_data));
        }
        if (what == "create a part") {
            return only(dan.create_part({.category = {"EL", "RES"}, .name = "y"}));
        }
        if (what == "create a category") {
            return dan.create_category({"YY", "YYY"}, "y");
        }
        if (what == "edit") {
            return dan.edit(number, {.name = "z", .description = {}});
        }
        if (what == "edit the bill of materials") {
            return dan.change_draft(number, action::edit_bom, "", touch);
        }
        if (what == "attach a file") {
            return dan.change_draft(number, action::attach_file, "", touch);
        }
        if (what == "edit manufacturer parts") {
            return dan.change_part(number, action::edit_manufacturers, "",
                                   [](sqlite::connection&, const part&) -> result<> { return {}; });
        }
        if (what == "advance") {
            const auto now = must(revision_records(*db).get(must(part_records(*db).get(number)).part_id, 1)).status;
            return dan.advance(number, now == in_review ? "R2" : "D2");
        }
        if (what == "revise") {
            return only(dan.revise(number));
        }
        if (what == "submit") {
            return dan.submit(number, names{"ada"});
        }
        if (what == "approve") {
            return dan.approve(number);
        }
        if (what == "reject") {
            return dan.reject(number);
        }
        if (what == "release") {
            return dan.release(number);
        }
        if (what == "make obsolete") {
            return dan.make_obsolete(number);
        }
        if (what == "manage users") {
            return dan.add_user({.username = "new", .full_name = "N", .email = "n@e"});
        }
        if (what == "manage workflows") {
            return dan.assign_workflow({"ME", "SCR"}, "two steps");
        }
        ADD_FAILURE() << what;
        return {};
    }

    test_database db;
    base::manual_clock time;
    std::string number;
};

struct expectation {
    std::string_view what;
    // One letter each for Draft, In Review, Released, Obsolete: y done, p no permission, s not in this status.
    std::string_view by_role[3];
};

constexpr expectation table[] = {
    {"view", {"yyyy", "yyyy", "yyyy"}},
    {"export", {"yyyy", "yyyy", "yyyy"}},
    {"import", {"pppp", "yyyy", "yyyy"}},
    {"create a part", {"pppp", "yyyy", "yyyy"}},
    {"create a category", {"pppp", "yyyy", "yyyy"}},
    {"edit", {"pppp", "ysss", "ysss"}},
    {"edit the bill of materials", {"pppp", "ysss", "ysss"}},
    {"attach a file", {"pppp", "ysss", "ysss"}},
    {"edit manufacturer parts", {"pppp", "yyyy", "yyyy"}},
    {"advance", {"pppp", "yyss", "yyss"}},
    {"revise", {"pppp", "ssys", "ssys"}},
    {"submit", {"pppp", "ysss", "ysss"}},
    {"approve", {"pppp", "syss", "syss"}},
    {"reject", {"pppp", "syss", "syss"}},
    {"release", {"pppp", "syss", "syss"}},
    {"make obsolete", {"pppp", "pppp", "ssys"}},
    {"manage users", {"pppp", "pppp", "yyyy"}},
    {"manage workflows", {"pppp", "pppp", "yyyy"}},
};

char letter_of(const result<>& outcome) {
    if (outcome) {
        return 'y';
    }
    return outcome.error().kind == error_kind::permission    ? 'p'
           : outcome.error().kind == error_kind::wrong_state ? 's'
                                                             : '?';
}

TEST(part_management, every_action_in_every_status_by_every_role) {
    EXPECT_EQ(std::size(table), permissions().size());
    for (const expectation& row : table) {
        for (std::size_t who = 0; who < 3; ++who) {
            std::string got;
            std::string messages;
            for (const auto status : {draft, in_review, released, obsolete}) {
                scene on;
                on.bring_to(status, row.what == "release");
                must(user_records(*on.db).set_role("dan", must(parse_role(viewer_designer_admin[who]))));
                const auto before = on.db->get<std::int64_t>("SELECT count(*) FROM History").value();
                const auto outcome = on.act(row.what);
                got += letter_of(outcome);
                messages += message_of(outcome) + "; ";
                const auto after = on.db->get<std::int64_t>("SELECT count(*) FROM History").value();
                const bool is_asked_only = row.what == "view" || row.what == "export" || row.what == "import";
                EXPECT_EQ(after - before, outcome && !is_asked_only ? 1 : 0) << row.what;
            }
            EXPECT_EQ(got, row.by_role[who]) << row.what << " by " << viewer_designer_admin[who] << ": " << messages;
        }
    }
}

TEST(part_management, who_is_not_active_or_not_known_may_nothing) {
    scene on;
    must(on.as("ada").set_user_active("dan", false));
    for (const expectation& row : table) {
        EXPECT_EQ(letter_of(on.act(row.what)), 'p') << row.what;
    }
    EXPECT_EQ(kind_of(on.as("nobody").edit(on.number, {.name = "y"})), error_kind::permission);
    EXPECT_EQ(on.db->get<std::string>("SELECT status FROM Revisions").value(), "Draft");
}

struct state_seen {
    std::string status;
    std::string state;
    std::string waiting;  // the last change recorded for git
    friend bool operator==(const state_seen&, const state_seen&) = default;
};
std::ostream& operator<<(std::ostream& out, const state_seen& seen) {
    return out << seen.status << ", " << seen.state << ", " << seen.waiting;
}

state_seen look(scene& on) {
    return {on.db->get<std::string>("SELECT status FROM Revisions ORDER BY revision_id DESC LIMIT 1").value(),
            on.db->get<std::string>("SELECT workflow_state FROM Revisions ORDER BY revision_id DESC LIMIT 1").value(),
            on.db->get<std::string>("SELECT action FROM GitOutbox ORDER BY change_id DESC LIMIT 1").value()};
}

TEST(part_management, from_draft_to_the_end) {
    scene on;
    EXPECT_EQ(look(on), (state_seen{"Draft", "D1", "save_draft"}));
    must(on.as("bob").submit(on.number, names{"ada", "dan"}));
    EXPECT_EQ(look(on), (state_seen{"In Review", "R1", "open_review"}));
    must(on.as("ada").approve(on.number, "good"));
    EXPECT_EQ(message_of(on.as("bob").release(on.number)), "EL-RES-10000 v1 is not approved by dan");
    EXPECT_EQ(kind_of(on.as("ada").approve(on.number)), error_kind::wrong_state);  // approves twice
    must(on.as("dan").approve(on.number));
    must(on.as("bob").release(on.number));
    EXPECT_EQ(look(on), (state_seen{"Released", "Out", "release"}));
    EXPECT_EQ(must(on.as("dan").revise(on.number)), 2);
    EXPECT_EQ(look(on), (state_seen{"Draft", "D1", "save_draft"}));
    EXPECT_EQ(kind_of(on.as("dan").revise(on.number)), error_kind::wrong_state);
    must(on.as("ada").make_obsolete(on.number));  // the effective one, not the draft
    EXPECT_EQ(look(on), (state_seen{"Draft", "D1", "obsolete"}));
    EXPECT_EQ(on.db->get<std::string>("SELECT status FROM Revisions WHERE version = 1").value(), "Obsolete");
    EXPECT_EQ(kind_of(on.as("ada").make_obsolete(on.number, 7)), error_kind::not_found);
    EXPECT_EQ(kind_of(on.as("ada").make_obsolete(on.number, 2)), error_kind::wrong_state);
    const auto events = must(history_records(*on.db).list(10'000));
    std::string told;
    for (const auto& each : events) {
        told = each.username + " " + each.action + ", " + told;
    }
    EXPECT_EQ(told,
              "bob create a part, bob submit, ada approve, dan approve, bob release, dan revise, ada make obsolete, ");
}

TEST(part_management, an_older_version_that_goes_leaves_main_to_the_newer) {
    scene on;
    on.bring_to(released, true);
    must(on.as("bob").revise(on.number));
    must(on.as("bob").edit(on.number, {.name = "second", .description = "line\nline"}));
    must(on.as("bob").submit(on.number, names{"ada"}));
    must(on.as("ada").approve(on.number));
    must(on.as("bob").release(on.number));
    must(on.as("ada").make_obsolete(on.number, 1));
    const auto files = on.db->get<std::string>("SELECT files FROM GitOutbox ORDER BY change_id DESC LIMIT 1").value();
    EXPECT_NE(files.find("\\\"name\\\": \\\"second\\\""), std::string::npos) << files;
    EXPECT_NE(files.find("\\\"status\\\": \\\"Released\\\""), std::string::npos) << files;
    EXPECT_EQ(must(part_records(*on.db).get(on.number)).name, "second");
}

TEST(part_management, who_can_be_asked) {
    scene on;
    const auto submit = [&](const names& asked) { return on.as("bob").submit(on.number, asked); };
    EXPECT_EQ(kind_of(submit({})), error_kind::invalid);
    EXPECT_EQ(kind_of(submit({"bob"})), error_kind::invalid);         // bob is the author
    EXPECT_EQ(kind_of(submit({"ada", "eve"})), error_kind::invalid);  // eve is a Viewer
    EXPECT_EQ(kind_of(submit({"nobody"})), error_kind::not_found);
    must(on.as("ada").set_user_active("dan", false));
    EXPECT_EQ(kind_of(submit({"dan"})), error_kind::invalid);
    EXPECT_EQ(look(on), (state_seen{"Draft", "D1", "save_draft"}));
    // Another user submits; the author stays the author.
    EXPECT_EQ(kind_of(on.as("ada").submit(on.number, names{"bob"})), error_kind::invalid);
    must(on.as("ada").submit(on.number, names{"ada"}));
    EXPECT_EQ(kind_of(on.as("bob").approve(on.number)), error_kind::permission);
    EXPECT_EQ(kind_of(on.as("bob").reject(on.number)), error_kind::permission);
    must(on.as("ada").approve(on.number));
}

TEST(part_management, an_admin_who_is_the_author_decides_nothing_of_his_own) {
    scene on;
    const std::string own = must(on.as("ada").create_part({.category = {"EL", "CAP"}, .name = "own"}));
    must(on.as("ada").submit(own, names{"bob"}));
    EXPECT_EQ(kind_of(on.as("ada").approve(own)), error_kind::permission);
    EXPECT_EQ(kind_of(on.as("ada").reject(own)), error_kind::permission);
    EXPECT_EQ(kind_of(on.as("dan").approve(own)), error_kind::permission);  // dan is not an approver
    EXPECT_EQ(kind_of(on.as("dan").reject(own)), error_kind::permission);
}

TEST(part_management, who_has_worked_on_a_draft_is_no_approver_of_it) {
    scene on;
    must(on.as("dan").edit(on.number, {.name = "z", .description = {}}));
    const auto refused = on.as("bob").submit(on.number, names{"ada", "dan"});
    EXPECT_EQ(kind_of(refused), error_kind::invalid);
    EXPECT_EQ(refused.error().message, "user dan has worked on it, and cannot be an approver");
    must(on.as("bob").submit(on.number, names{"ada"}));
    must(on.as("ada").approve(on.number));
    must(on.as("bob").release(on.number));
    must(on.as("bob").revise(on.number));
    must(on.as("bob").submit(on.number, names{"dan"}));  // submits another draft
    must(on.as("dan").approve(on.number));
}

TEST(part_management, a_rejection_ends_the_round) {
    scene on;
    must(on.as("bob").submit(on.number, names{"dan"}));
    must(on.as("dan").approve(on.number));
    must(on.as("ada").reject(on.number, "not asked, but Admin"));
    EXPECT_EQ(look(on), (state_seen{"Draft", "D1", "reject_review"}));
    must(on.as("bob").edit(on.number, {.name = "better"}));
    must(on.as("bob").submit(on.number, names{"ada"}));
    EXPECT_EQ(kind_of(on.as("bob").release(on.number)),
              error_kind::wrong_state);  // dan's approval belongs to the first round
    EXPECT_EQ(kind_of(on.as("dan").approve(on.number)), error_kind::permission);
    must(on.as("ada").approve(on.number));
    must(on.as("bob").release(on.number));
    const auto id = on.db->get<std::int64_t>("SELECT revision_id FROM Revisions").value();
    const auto first = must(approval_records(*on.db).list({id, 1}));
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].comment, "not asked, but Admin");
    EXPECT_EQ(first[1].status, approval_status::approved);
    EXPECT_EQ(must(approval_records(*on.db).list({id, 2})).size(), 1U);
}

TEST(part_management, follows_the_workflow_of_the_category) {
    scene on;
    // No transition leads from D2 into review.
    must(on.as("bob").advance(on.number, "D2"));
    EXPECT_EQ(message_of(on.as("bob").submit(on.number, names{"ada"})),
              "EL-RES-10000 v1: in the workflow two steps nothing leads from D2 to R1");
    EXPECT_EQ(kind_of(on.as("bob").advance(on.number, "D1")), error_kind::wrong_state);
    EXPECT_EQ(kind_of(on.as("bob").advance(on.number, "nowhere")), error_kind::not_found);
    must(on.as("ada").create_workflow(
        {.name = "by the boss",
         .states = {{"D", draft}, {"R", in_review}, {"Signed", in_review}, {"Out", released}, {"Gone", obsolete}},
         .transitions = {{"D", "R", {}}, {"R", "Signed", role::admin}, {"Signed", "Out", role::admin}}}));
    must(on.as("ada").assign_workflow({"EL", "RES"}, "by the boss"));
    EXPECT_EQ(look(on).state, "D");
    EXPECT_EQ(kind_of(on.as("bob").advance(on.number, "R")), error_kind::wrong_state);  // only submit leads there
    must(on.as("bob").submit(on.number, names{"dan"}));
    must(on.as("dan").approve(on.number));
    EXPECT_EQ(kind_of(on.as("bob").release(on.number)), error_kind::wrong_state);  // it is not signed
    EXPECT_EQ(kind_of(on.as("bob").advance(on.number, "Signed")), error_kind::permission);
    must(on.as("ada").advance(on.number, "Signed"));
    EXPECT_EQ(kind_of(on.as("dan").reject(on.number)), error_kind::wrong_state);  // no transition leads back
    EXPECT_EQ(kind_of(on.as("bob").release(on.number)), error_kind::permission);
    must(on.as("ada").release(on.number));
    EXPECT_EQ(kind_of(on.as("ada").make_obsolete(on.number)), error_kind::wrong_state);
}

TEST(part_management, a_change_that_fails_leaves_nothing) {
    scene on;
    const auto count = [&] {
        return on.db
            ->get<std::int64_t>(
                "SELECT (SELECT count(*) FROM History) + (SELECT count(*) FROM GitOutbox) + "
                "(SELECT count(*) FROM Properties) + (SELECT next_value FROM PartSequence)")
            .value();
    };
    const auto before = count();
    const auto changed = on.as("bob").change_draft(
        on.number, action::edit, "", [](sqlite::connection& db, const part&, const revision& which) -> result<> {
            TRY(db.run("INSERT INTO Properties(revision_id, key, value) VALUES(?1, 'k', 'v')", which.revision_id));
            return fail(error_kind::conflict, "no");
        });
    EXPECT_EQ(kind_of(changed), error_kind::conflict);
    EXPECT_EQ(kind_of(on.as("bob").create_part({.category = {"QQ", "QQQ"}, .name = "x"})), error_kind::not_found);
    EXPECT_EQ(kind_of(on.as("bob").create_part({.category = {"EL", "RES"}, .name = "a\nb"})), error_kind::invalid);
    EXPECT_EQ(kind_of(on.as("bob").edit(on.number, {})), error_kind::invalid);
    EXPECT_EQ(kind_of(on.as("bob").edit(on.number, {.name = std::string(201, 'x')})), error_kind::invalid);
    EXPECT_EQ(kind_of(on.as("ada").set_user_role("ada", role::viewer)), error_kind::wrong_state);
    EXPECT_EQ(count(), before);
}

}  // namespace
}  // namespace sluice::parts
