#include "apps/parts/contents/relationship_records.hpp"

#include <gtest/gtest.h>
#include <limits>

#include "apps/parts/contents/part_paths.hpp"
#include "apps/parts/contents/structure_test_support.hpp"

namespace sluice::parts {
namespace {

using testing::fails_with;
using testing::works;

class relationship_manager_test : public ::testing::Test {
  protected:
    static relationship line(std::int64_t revision, std::int64_t child, double quantity = 1) {
        return {
            .parent_revision_id = revision, .child_part_id = child, .quantity = quantity, .reference = "", .note = ""};
    }

    testing::structure_fixture made_;
    relationship_records lines_{made_.db()};
};

TEST_F(relationship_manager_test, adds_changes_lists_and_removes) {
    const auto frame = made_.part("frame");
    const auto bolt = made_.part("bolt");
    const auto nut = made_.part("nut");
    EXPECT_TRUE(works(lines_.add(line(frame.revision, nut.part, 2))));
    EXPECT_TRUE(works(lines_.add({.parent_revision_id = frame.revision,
                                  .child_part_id = bolt.part,
                                  .quantity = 0.5,
                                  .reference = "M1, M2",
                                  .note = "torque\n5 Nm"})));
    EXPECT_TRUE(fails_with(lines_.add(line(frame.revision, nut.part)), error_kind::exists, nut.number));
    EXPECT_TRUE(works(lines_.update(line(frame.revision, nut.part, 7))));
    EXPECT_TRUE(fails_with(lines_.update(line(nut.revision, bolt.part)), error_kind::not_found, bolt.number));
    const auto listed = lines_.list(frame.revision).value();
    ASSERT_EQ(listed.size(), 2U);
    EXPECT_EQ(listed[0].number, bolt.number);
    EXPECT_EQ(listed[0].line.quantity, 0.5);
    EXPECT_EQ(listed[0].line.note, "torque\n5 Nm");
    EXPECT_EQ(listed[1].line.quantity, 7);
    EXPECT_TRUE(works(lines_.remove(frame.revision, bolt.part)));
    EXPECT_TRUE(fails_with(lines_.remove(frame.revision, bolt.part), error_kind::not_found, bolt.number));
    EXPECT_EQ(lines_.list(frame.revision).value().size(), 1U);
    EXPECT_TRUE(fails_with(lines_.list(999), error_kind::not_found, "999"));
}

TEST_F(relationship_manager_test, refuses_quantities_and_texts_that_cannot_be_right) {
    const auto frame = made_.part("frame");
    const auto bolt = made_.part("bolt");
    for (const double bad :
         {0.0, -1.0, 1e12, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
        EXPECT_TRUE(fails_with(lines_.set(line(frame.revision, bolt.part, bad)), error_kind::invalid, "quantity"));
    }
    auto wrong = line(frame.revision, bolt.part);
    wrong.reference = "a\nb";
    EXPECT_TRUE(fails_with(lines_.set(wrong), error_kind::invalid, "reference"));
    wrong.reference = std::string(reference_rule.characters_max + 1, 'x');
    EXPECT_TRUE(fails_with(lines_.set(wrong), error_kind::invalid, "reference"));
    wrong.reference = "\xff";
    EXPECT_TRUE(fails_with(lines_.set(wrong), error_kind::invalid, "reference"));
    EXPECT_TRUE(fails_with(lines_.set(line(frame.revision, 99)), error_kind::not_found, "99"));
}

TEST_F(relationship_manager_test, only_drafts_are_changed) {
    const auto bolt = made_.part("bolt");
    for (const auto* status : {"In Review", "Released", "Obsolete"}) {
        const auto frame = made_.part("frame", status);
        EXPECT_TRUE(fails_with(lines_.set(line(frame.revision, bolt.part)), error_kind::wrong_state, status));
        EXPECT_TRUE(fails_with(lines_.remove(frame.revision, bolt.part), error_kind::wrong_state, status));
    }
}

TEST_F(relationship_manager_test, a_part_never_contains_itself) {
    const auto a = made_.part("a");
    const auto b = made_.part("b");
    const auto c = made_.part("c");
    const auto d = made_.part("d");
    EXPECT_TRUE(fails_with(lines_.add(line(a.revision, a.part)), error_kind::cycle, a.number + " → " + a.number));
    ASSERT_TRUE(works(lines_.add(line(a.revision, b.part))));
    ASSERT_TRUE(works(lines_.add(line(b.revision, c.part))));
    ASSERT_TRUE(works(lines_.add(line(c.revision, d.part))));
    ASSERT_TRUE(works(lines_.add(line(a.revision, d.part))));  // d is twice below a, but there is no circle
    EXPECT_TRUE(fails_with(lines_.add(line(c.revision, a.part)), error_kind::cycle,
                           c.number + " → " + a.number + " → " + b.number + " → " + c.number));
    EXPECT_EQ(lines_.list(c.revision).value().size(), 1U);
}

TEST_F(relationship_manager_test, only_what_is_live_counts) {
    const auto a = made_.part("a", "Released");
    const auto b = made_.part("b");
    made_.line(a.revision, b.part);
    EXPECT_TRUE(fails_with(lines_.add(line(b.revision, a.part)), error_kind::cycle, a.number));
    const auto second = made_.revision(a.part, 2, "Draft");  // without the line; version 1 is still effective
    EXPECT_TRUE(fails_with(lines_.add(line(b.revision, a.part)), error_kind::cycle, a.number));
    made_.set_status(second, "Released");
    EXPECT_TRUE(works(lines_.add(line(b.revision, a.part))));
    // A draft's line counts, although the effective revision does not have it.
    const auto third = made_.revision(a.part, 3, "Draft");
    EXPECT_TRUE(fails_with(lines_.add(line(third, b.part)), error_kind::cycle, b.number));
}

TEST_F(relationship_manager_test, many_lines_are_checked_at_once) {
    const auto a = made_.part("a");
    const auto b = made_.part("b");
    const auto done = made_.db().transaction([&](sqlite::connection& db) -> result<> {
        using enum relationship_records::circles;
        TRY(lines_.set(line(a.revision, b.part), checked_later));
        TRY(check_all_acyclic(db));
        TRY(lines_.set(line(b.revision, a.part), checked_later));
        return check_all_acyclic(db);
    });
    EXPECT_TRUE(fails_with(done, error_kind::cycle, a.number + " → " + b.number + " → " + a.number));
    EXPECT_TRUE(lines_.list(a.revision).value().empty());
}

TEST_F(relationship_manager_test, a_long_way_round_is_shortened) {
    auto first = made_.part("0");
    auto last = first;
    for (int at = 1; at < 100; ++at) {
        const auto next = made_.part(std::to_string(at));
        made_.line(last.revision, next.part);
        last = next;
    }
    EXPECT_TRUE(fails_with(lines_.add(line(last.revision, first.part)), error_kind::cycle, "more"));
}

}  // namespace
}  // namespace sluice::parts
