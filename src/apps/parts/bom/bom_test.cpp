#include "apps/parts/bom/bom.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <tuple>

#include "apps/parts/contents/revision_diff.hpp"
#include "apps/parts/contents/structure_test_support.hpp"

namespace sluice::parts {
namespace {

using testing::fails_with;
using testing::made_part;

class bom_test : public ::testing::Test {
  protected:
    testing::structure_fixture made_;
    sqlite::database& db_ = made_.db();
};

TEST_F(bom_test, explodes_depth_first_by_number_with_quantities) {
    const auto car = made_.part("car");
    const auto axle = made_.part("axle");
    const auto wheel = made_.part("wheel");
    const auto bolt = made_.part("bolt");
    made_.line(car.revision, bolt.part, 10);
    made_.line(car.revision, axle.part, 2);
    made_.line(axle.revision, wheel.part, 2);
    made_.line(wheel.revision, bolt.part, 5);
    const auto tree = explode(db_, car.revision).value();
    std::vector<std::tuple<std::string, std::size_t, std::size_t, double, double>> seen;
    for (const auto& each : tree.items) {
        seen.emplace_back(each.name, each.parent, each.level, each.quantity, each.total);
    }
    const decltype(seen) expected{{"car", bom_item::no_parent, 0, 1, 1},
                                  {"axle", 0, 1, 2, 2},
                                  {"wheel", 1, 2, 2, 4},
                                  {"bolt", 2, 3, 5, 20},
                                  {"bolt", 0, 1, 10, 10}};
    EXPECT_EQ(seen, expected);
    EXPECT_FALSE(tree.is_cut);

    const auto flat = explode(db_, car.revision, {.depth_max = 1}).value();
    ASSERT_EQ(flat.items.size(), 3U);
    EXPECT_TRUE(flat.items[1].has_more);
    EXPECT_FALSE(flat.items[2].has_more);
    EXPECT_TRUE(explode(db_, car.revision, {.depth_max = 0}).value().items.at(0).has_more);
    const auto cut = explode(db_, car.revision, {.rows_max = 4}).value();
    EXPECT_EQ(cut.items.size(), 4U);
    EXPECT_TRUE(cut.is_cut);
    EXPECT_FALSE(explode(db_, car.revision, {.rows_max = 5}).value().is_cut);

    const auto totals = roll_up(db_, car.revision).value();
    ASSERT_EQ(totals.size(), 3U);
    EXPECT_EQ(totals[2].name, "bolt");
    EXPECT_EQ(totals[2].total, 30);
    EXPECT_TRUE(totals[2].is_leaf);
    EXPECT_FALSE(totals[0].is_leaf);
    EXPECT_TRUE(roll_up(db_, bolt.revision).value().empty());
    EXPECT_TRUE(fails_with(roll_up(db_, 999), error_kind::not_found, "999"));
}

TEST_F(bom_test, lines_float_to_the_effective_revision) {
    const auto car = made_.part("car");
    const auto axle = made_.part("axle", "Released");
    const auto bolt = made_.part("bolt");
    made_.line(car.revision, axle.part);
    made_.line(axle.revision, bolt.part, 1);
    const auto second = made_.revision(axle.part, 2, "Draft", "axle 2");
    made_.line(second, bolt.part, 100);
    EXPECT_EQ(roll_up(db_, car.revision).value().at(1).total, 1);
    EXPECT_EQ(effective_revision(db_, axle.part).value(), axle.revision);
    made_.set_status(second, "Released");
    EXPECT_EQ(roll_up(db_, car.revision).value().at(1).total, 100);
    EXPECT_EQ(explode(db_, car.revision).value().items.at(1).version, 2);
    EXPECT_EQ(explode(db_, car.revision).value().items.at(1).name, "axle 2");
    made_.set_status(second, "Obsolete");
    EXPECT_EQ(effective_revision(db_, axle.part).value(), axle.revision);
    made_.set_status(axle.revision, "Obsolete");
    EXPECT_EQ(effective_revision(db_, axle.part).value(), second);
}

TEST_F(bom_test, shared_sub_assemblies_do_not_blow_up) {
    // Sixty levels of two parts, each with both parts of the next level: 2^59 paths to the last ones.
    std::vector<made_part> level{made_.part("top")};
    const auto top = level[0];
    for (int at = 0; at < 60; ++at) {
        std::vector<made_part> next{made_.part("left"), made_.part("right")};
        for (const auto& above : level) {
            made_.line(above.revision, next[0].part);
            made_.line(above.revision, next[1].part);
        }
        level = next;
    }
    const auto totals = roll_up(db_, top.revision).value();
    ASSERT_EQ(totals.size(), 120U);
    EXPECT_EQ(totals.back().total, std::ldexp(1.0, 59));
    EXPECT_EQ(explode(db_, top.revision).value().items.size(), explode_limits{}.rows_max);
    const auto users = where_used(db_, level[0].part).value();
    EXPECT_EQ(users.size(), 119U);
    EXPECT_EQ(users[0].number, top.number);
    EXPECT_EQ(users[0].level, 60U);
    EXPECT_EQ(users[0].total, std::ldexp(1.0, 59));
}

TEST_F(bom_test, a_circle_in_a_damaged_database_is_an_error) {
    const auto top = made_.part("top");
    const auto a = made_.part("a");
    const auto b = made_.part("b");
    const auto leaf = made_.part("leaf");
    made_.line(top.revision, a.part);
    made_.line(a.revision, b.part);
    made_.line(b.revision, a.part);
    made_.line(b.revision, leaf.part);
    const auto way = a.number + " → " + b.number + " → " + a.number;
    const auto other_way = b.number + " → " + a.number + " → " + b.number;
    for (const auto revision : {top.revision, a.revision}) {
        const auto refused = roll_up(db_, revision);
        EXPECT_TRUE(fails_with(refused, error_kind::cycle, way) || fails_with(refused, error_kind::cycle, other_way));
        EXPECT_TRUE(fails_with(explode(db_, revision), error_kind::cycle, "damaged"));
    }
    EXPECT_TRUE(fails_with(where_used(db_, leaf.part), error_kind::cycle, "damaged"));
    EXPECT_TRUE(fails_with(where_used(db_, a.part), error_kind::cycle, "damaged"));
    made_.line(leaf.revision, leaf.part);
    EXPECT_TRUE(fails_with(roll_up(db_, leaf.revision), error_kind::cycle, leaf.number + " → " + leaf.number));
}

TEST_F(bom_test, totals_that_no_number_holds_are_refused) {
    auto above = made_.part("top");
    const auto top = above;
    for (int at = 0; at < 30; ++at) {
        const auto next = made_.part("x");
        made_.line(above.revision, next.part, 9e11);
        above = next;
    }
    EXPECT_TRUE(fails_with(roll_up(db_, top.revision), error_kind::invalid, "too large"));
}

TEST_F(bom_test, tells_where_a_part_is_used) {
    const auto car = made_.part("car");
    const auto axle = made_.part("axle", "Released");
    const auto wheel = made_.part("wheel");
    const auto bolt = made_.part("bolt");
    made_.line(car.revision, axle.part, 2);
    made_.line(car.revision, bolt.part, 10);
    made_.line(axle.revision, wheel.part, 2);
    made_.line(wheel.revision, bolt.part, 5);
    const auto draft = made_.revision(axle.part, 2, "Draft");
    made_.line(draft, bolt.part, 1);
    const auto direct = where_used_directly(db_, bolt.part).value();
    ASSERT_EQ(direct.size(), 3U);
    EXPECT_EQ(direct[1].number, axle.number);
    EXPECT_EQ(direct[1].version, 2);
    EXPECT_EQ(direct[2].quantity, 5);
    const auto all = where_used(db_, bolt.part).value();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].number, car.number);
    EXPECT_EQ(all[0].quantity, 10);
    EXPECT_EQ(all[0].total, 30);
    EXPECT_EQ(all[0].level, 1U);
    EXPECT_EQ(all[1].number, axle.number);
    EXPECT_EQ(all[1].quantity, 0);  // the draft is not effective
    EXPECT_EQ(all[1].total, 10);
    EXPECT_EQ(all[1].level, 2U);
    EXPECT_TRUE(where_used(db_, car.part).value().empty());
    EXPECT_TRUE(fails_with(where_used(db_, 5), error_kind::not_found, "5"));
}

TEST_F(bom_test, agrees_with_a_recursive_query_on_random_graphs) {
    // Ten levels of a thousand parts, below a part that has the first level.
    std::mt19937 random(42);
    const auto filled = db_.transaction([&](sqlite::connection&) -> result<> {
        const auto top = made_.part("top");
        std::vector<made_part> above;
        for (int level = 0; level < 10; ++level) {
            std::vector<made_part> here;
            for (int at = 0; at < 1000; ++at) {
                here.push_back(made_.part("p"));
            }
            for (const auto& each : here) {
                if (level == 0) {
                    made_.line(top.revision, each.part, 1 + static_cast<double>(random() % 3));
                    continue;
                }
                const auto first = random() % above.size();
                made_.line(above[first].revision, each.part, 1 + static_cast<double>(random() % 4) / 4);
                made_.line(above[(first + 1 + random() % (above.size() - 1)) % above.size()].revision, each.part, 2);
            }
            above = std::move(here);
        }
        return {};
    });
    ASSERT_TRUE(filled.has_value());
    std::map<std::string, double> expected;
    for (auto& [number, total] : db_.list<std::tuple<std::string, double>>(R"(
            with recursive Way(part_id, total) as (
                select child_part_id, quantity from Relationships where parent_revision_id = 1
                union all
                select r.child_part_id, total * r.quantity from Way
                    join Revisions v on v.part_id = Way.part_id join Relationships r on r.parent_revision_id = v.revision_id)
            select number, sum(total) from Way join Parts using(part_id) group by number)")
                                     .value()) {
        expected[number] = total;
    }
    ASSERT_EQ(expected.size(), 10'000U);
    const auto rolled = roll_up(db_, 1).value();
    ASSERT_EQ(rolled.size(), expected.size());
    for (const auto& each : rolled) {
        EXPECT_NEAR(each.total, expected.at(each.number), 1e-9 * each.total) << each.number;
    }
}

TEST_F(bom_test, compares_two_revisions) {
    const auto car = made_.part("car", "Released");
    const auto gone = made_.part("gone");
    const auto kept = made_.part("kept");
    const auto more = made_.part("more");
    const auto fresh = made_.part("new");
    const auto second = made_.revision(car.part, 2, "Draft", "car");
    for (const auto& each : {gone, kept, more}) {
        made_.line(car.revision, each.part);
    }
    made_.line(second, kept.part);
    made_.line(second, more.part, 2);
    made_.line(second, fresh.part);
    made_.run(
        "insert into Properties(revision_id, key, value) values(1, 'mass', '1 t'), (?1, 'mass', '2 t'), "
        "(1, 'colour', 'red'), (?1, 'colour', 'red'), (?1, 'seats', '5')",
        second);
    made_.run("insert into Files(revision_id, name, size_bytes, sha256, blob) values(1, 'a.pdf', 1, ?1, 'b')",
              std::string(64, 'a'));
    const auto changes = diff_revisions(db_, car.revision, second).value();
    ASSERT_EQ(changes.lines.size(), 3U);
    EXPECT_EQ(changes.lines[0].number, gone.number);
    EXPECT_FALSE(changes.lines[0].after);
    EXPECT_EQ(changes.lines[1].before->quantity, 1);
    EXPECT_EQ(changes.lines[1].after->quantity, 2);
    EXPECT_EQ(changes.lines[2].number, fresh.number);
    EXPECT_FALSE(changes.lines[2].before);
    ASSERT_EQ(changes.properties.size(), 2U);
    EXPECT_EQ(changes.properties[0].key, "mass");
    EXPECT_EQ(changes.properties[1].before, std::nullopt);
    ASSERT_EQ(changes.files.size(), 1U);
    EXPECT_EQ(changes.files[0].after, std::nullopt);
    EXPECT_TRUE(changes.texts.empty());
}

}  // namespace
}  // namespace sluice::parts
