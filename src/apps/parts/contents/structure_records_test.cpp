#include <gtest/gtest.h>

#include "apps/parts/contents/manufacturer_part_records.hpp"
#include "apps/parts/contents/property_records.hpp"
#include "apps/parts/contents/structure_test_support.hpp"

namespace sluice::parts {
namespace {

using testing::fails_with;
using testing::works;

TEST(property_manager_test, sets_changes_and_unsets) {
    testing::structure_fixture made;
    const auto bolt = made.part("bolt");
    property_records properties(made.db());
    EXPECT_TRUE(works(properties.set(bolt.revision, "Größe", "M8")));
    EXPECT_TRUE(works(properties.set(bolt.revision, "grade", "8.8")));
    EXPECT_TRUE(works(properties.set(bolt.revision, "Größe", "M10\n(fine)")));
    EXPECT_EQ(properties.list(bolt.revision).value(),
              (std::map<std::string, std::string>{{"Größe", "M10\n(fine)"}, {"grade", "8.8"}}));
    EXPECT_TRUE(works(properties.unset(bolt.revision, "grade")));
    EXPECT_TRUE(fails_with(properties.unset(bolt.revision, "grade"), error_kind::not_found, "grade"));
    EXPECT_TRUE(fails_with(properties.set(bolt.revision, "", "x"), error_kind::invalid, "property key"));
    EXPECT_TRUE(fails_with(properties.set(bolt.revision, "k", "\x01"), error_kind::invalid, "property value"));
    made.set_status(bolt.revision, "Released");
    EXPECT_TRUE(fails_with(properties.set(bolt.revision, "k", "v"), error_kind::wrong_state, "Released"));
    EXPECT_TRUE(fails_with(properties.unset(bolt.revision, "Größe"), error_kind::wrong_state, "Released"));
}

TEST(property_manager_test, has_a_limit) {
    testing::structure_fixture made;
    const auto bolt = made.part("bolt");
    property_records properties(made.db());
    const auto filled = made.db().transaction([&](sqlite::connection&) -> result<> {
        for (std::int64_t at = 0; at < properties_max; ++at) {
            TRY(properties.set(bolt.revision, std::to_string(at), ""));
        }
        return {};
    });
    EXPECT_TRUE(works(filled));
    EXPECT_TRUE(fails_with(properties.set(bolt.revision, "one more", ""), error_kind::invalid, "1000"));
    EXPECT_TRUE(works(properties.set(bolt.revision, "7", "changed")));
}

class manufacturer_part_manager_test : public ::testing::Test {
  protected:
    manufacturer_part acme(const std::string& mpn, manufacturer_status status) const {
        return {.part_id = bolt_.part, .manufacturer = "Acme", .mpn = mpn, .status = status, .description = ""};
    }

    testing::structure_fixture made_;
    testing::made_part bolt_ = made_.part("bolt", "Released");
    manufacturer_part_records parts_{made_.db()};
};

TEST_F(manufacturer_part_manager_test, one_at_most_is_preferred) {
    using enum manufacturer_status;
    EXPECT_FALSE(parts_.add(acme("B", preferred)).value());
    EXPECT_FALSE(parts_.add(acme("A", alternate)).value());
    const auto former = parts_.set(acme("A", preferred)).value();
    ASSERT_TRUE(former);
    EXPECT_EQ(former->mpn, "B");
    EXPECT_EQ(former->status, active);
    EXPECT_FALSE(parts_.set(acme("A", preferred)).value());  // it is Preferred already
    EXPECT_EQ(parts_.add(acme("C", preferred)).value()->mpn, "A");
    const auto all = parts_.list(bolt_.part).value();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].mpn, "C");
    EXPECT_EQ(all[1].mpn, "A");
    EXPECT_EQ(all[1].status, active);
    // Other parts have their own Preferred one.
    const auto nut = made_.part("nut");
    auto other = acme("C", preferred);
    other.part_id = nut.part;
    EXPECT_FALSE(parts_.add(other).value());
    EXPECT_EQ(parts_.list(bolt_.part).value()[0].status, preferred);
}

TEST_F(manufacturer_part_manager_test, refuses_what_is_wrong) {
    using enum manufacturer_status;
    EXPECT_TRUE(works(parts_.add(acme("A", active))));
    EXPECT_TRUE(fails_with(parts_.add(acme("A", obsolete)), error_kind::exists, "Acme A"));
    EXPECT_TRUE(fails_with(parts_.add(acme("", active)), error_kind::invalid, "mpn"));
    EXPECT_TRUE(works(parts_.remove(bolt_.part, "Acme", "A")));
    EXPECT_TRUE(fails_with(parts_.remove(bolt_.part, "Acme", "A"), error_kind::not_found, "Acme A"));
    EXPECT_TRUE(fails_with(parts_.list(4), error_kind::not_found, "4"));
}

}  // namespace
}  // namespace sluice::parts
