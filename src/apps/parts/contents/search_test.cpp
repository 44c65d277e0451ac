#include "apps/parts/contents/search.hpp"

#include <gtest/gtest.h>

#include "apps/parts/contents/structure_test_support.hpp"

namespace sluice::parts {
namespace {

using testing::fails_with;

class search_test : public ::testing::Test {
  protected:
    std::vector<std::string> names(std::string_view text, std::size_t limit = 100) const {
        std::vector<std::string> found;
        for (const auto& each : search_parts(made_.db(), text, limit).value().parts) {
            found.push_back(each.name);
        }
        return found;
    }
    using list = std::vector<std::string>;

    testing::structure_fixture made_;
};

TEST_F(search_test, makes_classes_of_letters) {
    EXPECT_EQ(glob_of("R*"), "*[rR][*]*");
    EXPECT_EQ(glob_of("Ö1[?]"), "*[öÖ]1[[][?]]*");
    EXPECT_EQ(glob_of("д中😀"), "*[дД]中😀*");
}

TEST_F(search_test, finds_words_anywhere) {
    const auto bolt = made_.part("Hex bolt");
    const auto nut = made_.part("Hex nut");
    made_.run("insert into Properties(revision_id, key, value) values(?1, 'Größe', 'M8 ÄÖÜ')", bolt.revision);
    made_.run("insert into Files(revision_id, name, size_bytes, sha256, blob) values(?1, 'Nut_100%.pdf', 1, ?2, 'b')",
              nut.revision, std::string(64, 'a'));
    made_.run("insert into ManufacturerParts(part_id, manufacturer, mpn) values(?1, 'Акме', 'X[1]*')", nut.part);
    EXPECT_EQ(names("hex"), (list{"Hex bolt", "Hex nut"}));
    EXPECT_EQ(names("  HEX\tBOLT "), list{"Hex bolt"});
    EXPECT_EQ(names("hex screw"), list{});
    EXPECT_EQ(names("bolt m8"), list{"Hex bolt"});
    EXPECT_EQ(names("GRÖßE äöü"), list{"Hex bolt"});
    EXPECT_EQ(names("акме"), list{"Hex nut"});
    EXPECT_EQ(names("АКМЕ x[1]*"), list{"Hex nut"});
    EXPECT_EQ(names("0%.PDF"), list{"Hex nut"});
    EXPECT_EQ(names("*"), list{"Hex nut"});
    EXPECT_EQ(names("?"), list{});
    EXPECT_EQ(names("_1"), list{"Hex nut"});
}

TEST_F(search_test, numbers_that_begin_so_come_first) {
    made_.part("one");  // ME-GEN-10000
    made_.part("two");
    made_.run("update Revisions set name = 'like me-gen-10001' where revision_id = 1");
    EXPECT_EQ(names("me-gen-10001"), (list{"two", "one"}));
    EXPECT_EQ(names("10001"), (list{"one", "two"}));
    EXPECT_EQ(names("me-gen", 1), list{"one"});
    EXPECT_EQ(search_parts(made_.db(), "me-gen", 1).value().found, 2U);
}

TEST_F(search_test, only_live_revisions_count) {
    const auto bolt = made_.part("old name", "Released");
    const auto second = made_.revision(bolt.part, 2, "Released", "new name");
    EXPECT_EQ(names("old").size(), 0U);
    EXPECT_EQ(names("new").size(), 1U);
    made_.revision(bolt.part, 3, "Draft", "next name");
    EXPECT_EQ(names("new").size(), 1U);
    EXPECT_EQ(names("next").size(), 1U);
    made_.set_status(second, "Obsolete");
    EXPECT_EQ(names("old").size(), 1U);
}

TEST_F(search_test, refuses_what_is_no_text) {
    EXPECT_TRUE(fails_with(search_parts(made_.db(), " \t"), error_kind::invalid, "nothing"));
    EXPECT_TRUE(fails_with(search_parts(made_.db(), "\xc3"), error_kind::invalid, "search text"));
    EXPECT_TRUE(fails_with(search_parts(made_.db(), std::string(1001, 'x')), error_kind::invalid, "search text"));
    std::string many;
    for (std::size_t at = 0; at <= search_words_max; ++at) {
        many += "x ";
    }
    EXPECT_TRUE(fails_with(search_parts(made_.db(), many), error_kind::invalid, "16 words"));
}

}  // namespace
}  // namespace sluice::parts
