#include "apps/parts/exchange/import.hpp"

#include <gtest/gtest.h>
#include <tuple>

#include "apps/parts/contents/part_paths.hpp"
#include "apps/parts/contents/structure_test_support.hpp"

namespace sluice::parts {
namespace {

using testing::fails_with;
using testing::works;

class import_test : public ::testing::Test {
  protected:
    // The calls of the hooks, one line for each call.
    import_hooks hooks() {
        return {.add_category = [this](const category_code& code) -> result<> {
                    calls_.push_back("category " + code.category + "-" + code.subcategory);
                    return {};
                },
                .create = [this](const category_code& code, const part_change& change) -> result<std::string> {
                    calls_.push_back("create " + code.category + "-" + code.subcategory + text_of(change));
                    return "number " + std::to_string(calls_.size());
                },
                .change = [this](const std::string& number, const part_change& change, bool in_draft) -> result<> {
                    calls_.push_back("change " + number + (in_draft ? " draft" : "") + text_of(change));
                    return {};
                },
                .set_lines = [this](const std::string& parent, std::span<const relationship> lines) -> result<> {
                    calls_.push_back("lines " + parent);
                    for (const auto& each : lines) {
                        made_.run(
                            "insert into Relationships(parent_revision_id, child_part_id, quantity, reference, note) "
                            "values(?1, ?2, ?3, ?4, ?5) on conflict do update set quantity = excluded.quantity",
                            each.parent_revision_id, each.child_part_id, each.quantity, each.reference, each.note);
                    }
                    return {};
                }};
    }
    static std::string text_of(const part_change& change) {
        std::string text = " [" + change.name + "|" + change.description + "]";
        for (const auto& [key, value] : change.properties) {
            text += " " + key + "=" + value;
        }
        for (const auto& each : change.manufacturer_parts) {
            text += " " + each.manufacturer + "/" + each.mpn + "/" + std::string(to_text(each.status));
        }
        return text;
    }
    import_report import(std::string_view csv, bool is_dry_run = false) {
        const auto rows = read_parts_csv(csv);
        EXPECT_TRUE(works(rows));
        return import_parts(made_.db(), rows.value(), {.is_dry_run = is_dry_run}, hooks()).value();
    }
    import_report import_lines(std::string_view csv, bool is_dry_run = false) {
        const auto rows = read_bom_csv(csv);
        EXPECT_TRUE(works(rows));
        return import_bom(made_.db(), rows.value(), {.is_dry_run = is_dry_run}, hooks()).value();
    }
    static std::vector<std::string> problems_of(const import_report& report) {
        std::vector<std::string> all;
        for (const auto& each : report.problems) {
            all.push_back(std::to_string(each.line) + " " + each.column + " \"" + each.value + "\" " + each.reason);
        }
        return all;
    }

    testing::structure_fixture made_;
    std::vector<std::string> calls_;
};

TEST_F(import_test, makes_parts_in_the_order_of_the_file) {
    const std::string csv =
        "category,name,description,property:mass,manufacturer,mpn,manufacturer_status\n"
        "el-res,10 k,\"two\r\nlines\",1 g,Acme,R-10K,preferred\n"
        "ZZ-NEW,odd,,,,,\n"
        "ZZ,odder,,,,,\n";
    auto report = import(csv, true);
    EXPECT_EQ(report.problems.size(), 0U);
    EXPECT_FALSE(report.is_applied);
    EXPECT_TRUE(calls_.empty());
    EXPECT_EQ(report.new_categories, (std::vector<std::string>{"ZZ-NEW", "ZZ-GEN"}));
    report = import(csv);
    EXPECT_TRUE(report.is_applied);
    EXPECT_EQ(report.created, 3U);
    EXPECT_EQ(report.numbers.size(), 3U);
    EXPECT_EQ(calls_, (std::vector<std::string>{"category ZZ-NEW", "category ZZ-GEN",
                                                "create EL-RES [10 k|two\nlines] mass=1 g Acme/R-10K/Preferred",
                                                "create ZZ-NEW [odd|]", "create ZZ-GEN [odder|]"}));
}

TEST_F(import_test, changes_drafts_and_leaves_what_is_the_same) {
    const auto bolt = made_.part("bolt");
    const auto nut = made_.part("nut", "Released");
    made_.run("insert into Properties(revision_id, key, value) values(?1, 'a', '1'), (?1, 'b', '2'), (?1, 'c', '')",
              bolt.revision);
    made_.run(
        "insert into ManufacturerParts(part_id, manufacturer, mpn, status, description) "
        "values(?1, 'Acme', 'N', 'Alternate', 'text')",
        nut.part);
    const auto report = import("number;name;property:a;property:b;property:c;manufacturer;mpn;version\n" +  //
                               bolt.number + ";;1;;;Acme;B;7\n" +                                           //
                               nut.number + ";nut;;;;Acme;N;1\n" +                                          //
                               bolt.number + ";;;;;Bolts Ltd;X;\n");
    EXPECT_EQ(problems_of(report), std::vector<std::string>{});
    EXPECT_EQ(report.changed, 1U);
    EXPECT_EQ(report.unchanged, 1U);
    EXPECT_EQ(calls_, (std::vector<std::string>{"change " + bolt.number +
                                                " draft [bolt|] a=1 c= Acme/B/Active Bolts Ltd/X/Active"}));
    calls_.clear();
    // A released part's manufacturer parts may change.
    const auto second = import("number,manufacturer,mpn,manufacturer_status\n" + nut.number + ",Acme,N,Preferred\n");
    EXPECT_EQ(problems_of(second), std::vector<std::string>{});
    EXPECT_EQ(calls_, (std::vector<std::string>{"change " + nut.number + " [nut|] Acme/N/Preferred"}));
}

TEST_F(import_test, tells_all_that_is_wrong_and_changes_nothing) {
    const auto bolt = made_.part("bolt");
    const auto nut = made_.part("nut", "Released");
    const auto report = import(
        "number,category,name,description,manufacturer,mpn,manufacturer_status\n"
        ",E,x,,,,\n"             // 2
        ",EL-RES,,,,,\n"         // 3
        "ME-GEN-99999,,x,,,,\n"  // 4
        "10000,,x,,,,\n" +       // 5
        nut.number +
        ",,other,,,,\n" +                 // 6
        bolt.number + ",EL-RES,,,,,\n" +  // 7
        bolt.number + ",,twice,,,,\n" +   // 8
        ",EL-RES,a\tb,,,,\n" +            // 9
        ",EL-RES,ok,,Acme,,\n" +          // 10
        ",EL-RES,ok,,Acme,1,Loved\n");
    const auto problems = problems_of(report);
    ASSERT_EQ(problems.size(), 10U);
    const std::vector<std::pair<std::string, std::string>> expected{
        {"2 category \"E\"", "two letters"},
        {"3 name \"\"", "needs a name"},
        {"4 number \"ME-GEN-99999\"", "no such part"},
        {"5 number \"10000\"", "not a part number"},
        {"6 name \"other\"", nut.number + " has no open draft to change: v1 is Released"},
        {"7 category \"EL-RES\"", "of the category ME-GEN"},
        {"8 number \"" + bolt.number + "\"", "line 7"},
        {"9 name \"a\tb\"", "control character"},
        {"10 mpn \"Acme \"", "mpn is empty"},
        {"11 manufacturer_status \"Loved\"", "Preferred"}};
    for (std::size_t at = 0; at < expected.size(); ++at) {
        EXPECT_TRUE(problems[at].starts_with(expected[at].first)) << problems[at];
        EXPECT_TRUE(problems[at].contains(expected[at].second)) << problems[at];
    }
    EXPECT_FALSE(report.is_applied);
    EXPECT_TRUE(calls_.empty());
}

TEST_F(import_test, a_failure_on_the_way_names_the_line_and_undoes_all) {
    auto failing = hooks();
    const auto rows = read_parts_csv("category,name\nEL-RES,a\nEL-RES,b\n").value();
    failing.create = [&](const category_code&, const part_change& change) -> result<std::string> {
        if (change.name == "b") {
            return fail(error_kind::conflict, "no");
        }
        made_.run("insert into Project values('seen', ?1)", change.name);
        return "a number";
    };
    EXPECT_TRUE(fails_with(import_parts(made_.db(), rows, {}, failing), error_kind::conflict, "line 3: no"));
    EXPECT_EQ(made_.db().get<std::int64_t>("select count(*) from Project").value(), 0);
}

TEST_F(import_test, problems_are_bounded) {
    std::string csv = "number\n";
    for (int at = 0; at < 20; ++at) {
        csv += "x\n";
    }
    const auto rows = read_parts_csv(csv).value();
    const auto report = import_parts(made_.db(), rows, {.problems_max = 5}, hooks()).value();
    EXPECT_EQ(report.problems.size(), 5U);
    EXPECT_TRUE(report.has_more_problems);
    EXPECT_TRUE(fails_with(read_parts_csv(csv, {.lines_max = 10}), error_kind::invalid, "10 lines"));
    EXPECT_TRUE(fails_with(read_parts_csv("name\n\xff\n", {.source = "a.csv"}), error_kind::invalid, "a.csv, line 2"));
}

TEST_F(import_test, brings_lines_of_bills_of_materials) {
    const auto car = made_.part("car");
    const auto axle = made_.part("axle", "Released");
    const auto bolt = made_.part("bolt");
    made_.line(axle.revision, bolt.part, 3);
    made_.line(car.revision, bolt.part, 1);
    const std::string csv = "parent,child,quantity,reference\n" +                   //
                            car.number + "," + axle.number + ",2.5,\"A1, A2\"\n" +  //
                            car.number + "," + bolt.number + ",4,\n" +              //
                            axle.number + "," + bolt.number + ",3,\n";
    EXPECT_FALSE(import_lines(csv, true).is_applied);
    EXPECT_TRUE(calls_.empty());
    const auto report = import_lines(csv);
    EXPECT_EQ(problems_of(report), std::vector<std::string>{});
    EXPECT_EQ(std::tuple(report.created, report.changed, report.unchanged), std::tuple(1U, 1U, 1U));
    EXPECT_EQ(calls_, std::vector<std::string>{"lines " + car.number});
    EXPECT_EQ(
        made_.db()
            .list<double>("select quantity from Relationships where parent_revision_id = ?1 order by 1", car.revision)
            .value(),
        (std::vector<double>{2.5, 4}));
}

TEST_F(import_test, tells_what_is_wrong_with_lines) {
    const auto car = made_.part("car");
    const auto axle = made_.part("axle", "Released");
    const auto report = import_lines("parent,child,quantity,note\n" +                  //
                                     car.number + ",ME-GEN-77777,1,\n" +               // 2
                                     car.number + "," + axle.number + ",many,\n" +     // 3
                                     car.number + "," + axle.number + ",0,\n" +        // 4
                                     axle.number + "," + car.number + ",1,\n" +        // 5: released
                                     car.number + "," + axle.number + ",\"1,5\",\n" +  // 6
                                     car.number + "," + axle.number + ",1,\n" +        // 7
                                     car.number + "," + axle.number + ",1,\n");        // 8
    const auto problems = problems_of(report);
    ASSERT_EQ(problems.size(), 7U);
    EXPECT_TRUE(problems[0].starts_with("2 child")) << problems[0];
    EXPECT_TRUE(problems[1].starts_with("3 quantity \"many\"")) << problems[1];
    EXPECT_TRUE(problems[2].starts_with("4 quantity \"0\"")) << problems[2];
    EXPECT_TRUE(problems[3].starts_with("5 parent")) << problems[3];
    EXPECT_TRUE(problems[4].starts_with("6 quantity \"1,5\"")) << problems[4];
    EXPECT_TRUE(problems[5].starts_with("8 child")) << problems[5];
    EXPECT_TRUE(problems[6].contains(" → ")) << problems[6];  // lines 5 and 7
    EXPECT_TRUE(calls_.empty());
}

TEST_F(import_test, a_circle_over_several_lines_is_found) {
    const auto a = made_.part("a");
    const auto b = made_.part("b");
    const auto c = made_.part("c");
    made_.line(a.revision, b.part);
    const std::string csv =
        "parent,child,quantity\n" + b.number + "," + c.number + ",1\n" + c.number + "," + a.number + ",1\n";
    const auto report = import_lines(csv);
    ASSERT_EQ(report.problems.size(), 1U);
    EXPECT_EQ(report.problems[0].line, 3U);
    EXPECT_TRUE(report.problems[0].reason.contains(a.number + " → " + b.number + " → " + c.number + " → " + a.number))
        << report.problems[0].reason;
    EXPECT_TRUE(calls_.empty());
}

TEST_F(import_test, reads_json) {
    const auto rows = read_parts_json(R"({"other": 1, "parts": [
        {"category": "EL-RES", "name": "10 k", "properties": {"mass": "1 g"}, "revisions": [],
         "manufacturer_parts": [{"manufacturer": "Acme", "mpn": "1", "status": "Preferred"}, {"manufacturer": "B", "mpn": "2"}]},
        {"number": null, "category": "EL", "name": "ß"}]})")
                          .value();
    EXPECT_TRUE(import_parts(made_.db(), rows, {}, hooks()).value().is_applied);
    EXPECT_EQ(calls_, (std::vector<std::string>{"create EL-RES [10 k|] mass=1 g Acme/1/Preferred B/2/Active",
                                                "create EL-GEN [ß|]"}));
    EXPECT_TRUE(fails_with(read_parts_json("{"), error_kind::invalid, "not JSON"));
    EXPECT_TRUE(fails_with(read_parts_json("\"\xff\""), error_kind::invalid, "not JSON"));
    EXPECT_TRUE(fails_with(read_parts_json("[]"), error_kind::invalid, "parts"));
    EXPECT_TRUE(fails_with(read_parts_json(R"({"parts": [{}, 7]})"), error_kind::invalid, "part 2"));
    EXPECT_TRUE(fails_with(read_parts_json(R"({"parts": [{"name": 7}]})"), error_kind::invalid, "\"name\""));
    EXPECT_TRUE(fails_with(read_parts_json(R"({"parts": [{"properties": {"a": 7}}]})"), error_kind::invalid, "\"a\""));
}

}  // namespace
}  // namespace sluice::parts
