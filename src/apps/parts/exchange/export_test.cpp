#include "apps/parts/exchange/export.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "apps/parts/contents/structure_test_support.hpp"
#include "apps/parts/exchange/import_rows.hpp"

namespace sluice::parts {
namespace {

using testing::fails_with;
using testing::works;

class export_test : public ::testing::Test {
  protected:
    export_test() {
        made_.run("update Revisions set description = 'M8, \"hex\"' where revision_id = ?1", bolt_.revision);
        made_.run("insert into Properties(revision_id, key, value) values(?1, 'mass', '1 g'), (?2, 'Ende', '=1+1')",
                  bolt_.revision, frame_.revision);
        made_.run(
            "insert into ManufacturerParts(part_id, manufacturer, mpn, status) values(?1, 'Acme', 'B', 'Active'), "
            "(?1, 'Zeta', 'A', 'Preferred')",
            bolt_.part);
        made_.run(
            "insert into Relationships(parent_revision_id, child_part_id, quantity, reference, note) "
            "values(?1, ?2, 2.5, 'M1, M2', '')",
            frame_.revision, bolt_.part);
    }
    template <typename F>
    std::string text_of(F exporting) {
        std::string text;
        EXPECT_TRUE(works(exporting([&](std::string_view piece) {
            text += piece;
            return result<>();
        })));
        return text;
    }
    std::string parts_csv(const base::csv_writer_params& format = {}) {
        return text_of([&](const text_sink& sink) { return export_parts_csv(made_.db(), format, sink); });
    }

    testing::structure_fixture made_;
    testing::made_part bolt_ = made_.part("bolt");
    testing::made_part frame_ = made_.part("frame", "Released");
};

TEST_F(export_test, writes_parts) {
    EXPECT_EQ(parts_csv(),
              "number,category,name,description,status,version,manufacturer,mpn,manufacturer_status,"
              "manufacturer_description,property:Ende,property:mass\r\n"
              "ME-GEN-10000,ME-GEN,bolt,\"M8, \"\"hex\"\"\",Draft,1,Zeta,A,Preferred,,,1 g\r\n"
              "ME-GEN-10000,,,,,,Acme,B,Active,,,\r\n"
              "ME-GEN-10001,ME-GEN,frame,,Released,1,,,,,=1+1,\r\n");
    const auto excel = parts_csv({.separator = ';', .excel = true});
    EXPECT_TRUE(excel.starts_with("\xef\xbb\xbfnumber;category;"));
    EXPECT_TRUE(excel.contains(";'=1+1;"));
}

TEST_F(export_test, what_is_written_is_read_again) {
    for (const auto& format : {base::csv_writer_params{}, base::csv_writer_params{.separator = ';', .excel = true}}) {
        const auto rows = read_parts_csv(parts_csv(format)).value();
        ASSERT_EQ(rows.size(), 3U);
        EXPECT_EQ(rows[0].number, bolt_.number);
        EXPECT_EQ(rows[0].description, "M8, \"hex\"");
        EXPECT_EQ(rows[0].properties.at("mass"), "1 g");
        EXPECT_EQ(rows[1].manufacturer_parts.at(0).mpn, "B");
        EXPECT_EQ(rows[2].properties.at("Ende"), "=1+1");
    }
    const auto bom = text_of([&](const text_sink& sink) { return export_bom_csv(made_.db(), {}, sink); });
    EXPECT_EQ(bom, "parent,child,quantity,reference,note\r\nME-GEN-10001,ME-GEN-10000,2.5,\"M1, M2\",\r\n");
    EXPECT_EQ(read_bom_csv(bom).value().at(0).reference, "M1, M2");
}

TEST_F(export_test, writes_all_as_json) {
    made_.revision(frame_.part, 2, "Draft", "frame 2");
    const auto text = text_of([&](const text_sink& sink) { return export_json(made_.db(), sink); });
    const auto all = nlohmann::json::parse(text);
    EXPECT_EQ(all["format"], "sluice-parts");
    EXPECT_EQ(all["categories"].size(), 37U);
    ASSERT_EQ(all["parts"].size(), 2U);
    EXPECT_EQ(all["parts"][0]["manufacturer_parts"][0]["mpn"], "A");
    EXPECT_EQ(all["parts"][0]["properties"]["mass"], "1 g");
    EXPECT_EQ(all["parts"][1]["name"], "frame 2");
    EXPECT_EQ(all["parts"][1]["revisions"].size(), 2U);
    EXPECT_EQ(all["parts"][1]["revisions"][0]["lines"][0]["quantity"], 2.5);
    EXPECT_EQ(all["parts"][1]["revisions"][0]["released_date"], nullptr);
    const auto rows = read_parts_json(text).value();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].number, bolt_.number);
    EXPECT_EQ(rows[0].manufacturer_parts.size(), 2U);
}

TEST_F(export_test, a_sink_that_fails_ends_it) {
    const auto full = [](std::string_view) -> result<> { return fail(error_kind::io, "disk full"); };
    EXPECT_TRUE(fails_with(export_parts_csv(made_.db(), {}, full), error_kind::io, "disk full"));
    EXPECT_TRUE(fails_with(export_bom_csv(made_.db(), {}, full), error_kind::io, "disk full"));
    EXPECT_TRUE(fails_with(export_json(made_.db(), full), error_kind::io, "disk full"));
}

}  // namespace
}  // namespace sluice::parts
