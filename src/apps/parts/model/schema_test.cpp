#include "apps/parts/model/schema.hpp"

#include <gtest/gtest.h>

#include "apps/parts/model/domain.hpp"

namespace sluice::parts {
namespace {

TEST(parts_schema, is_made_once_and_begins_at_ten_thousand) {
    auto db = sqlite::database::open(":memory:").value();
    EXPECT_EQ(sqlite::migrate(*db, parts_schema()).value(), 1);
    EXPECT_EQ(sqlite::migrate(*db, parts_schema()).value(), 0);
    EXPECT_EQ(db->get<std::int64_t>("select next_value from PartSequence").value(), first_part_id);
    EXPECT_EQ(db->list<std::string>("select integrity_check from pragma_integrity_check").value().front(), "ok");
    EXPECT_TRUE(db->list<std::string>("select \"table\" from pragma_foreign_key_check").value().empty());
}

TEST(parts_domain, reads_categories_and_numbers) {
    EXPECT_EQ(parse_category("el-res").value(), (category_code{"EL", "RES"}));
    EXPECT_EQ(parse_category("EL").value(), (category_code{"EL", "GEN"}));
    for (const auto* bad : {"", "E", "ELX", "EL-", "EL-RE", "EL-RESX", "E1-RES", "EL_RES", "EL-R\xc3\xa4"}) {
        EXPECT_FALSE(parse_category(bad)) << bad;
    }
    EXPECT_EQ(parse_number("el-res-10000").value(), "EL-RES-10000");
    for (const auto* bad :
         {"", "10000", "EL-RES-", "EL-RES-1000", "EL-RES-01000", "EL-RES-1000x", "EL-RES-100000000000000"}) {
        EXPECT_FALSE(parse_number(bad)) << bad;
    }
    EXPECT_EQ(parse_revision_status("in review").value(), revision_status::in_review);
    EXPECT_EQ(parse_role("owner").error().hint, "there are Viewer, Designer, Admin");
}

}  // namespace
}  // namespace sluice::parts
