#include "apps/parts/actions/part_service_structure.hpp"

#include <fstream>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "apps/parts/contents/manufacturer_part_records.hpp"
#include "apps/parts/contents/part_records.hpp"
#include "apps/parts/contents/parts_test_support.hpp"
#include "apps/parts/contents/structure_test_support.hpp"
#include "apps/parts/history/git_test_support.hpp"
#include "apps/parts/people/history_records.hpp"

namespace sluice::parts {
namespace {

using testing::fails_with;
using testing::must;
using testing::works;

class part_management_structure_test : public ::testing::Test {
  protected:
    std::string make(const std::string& name) {
        return must(bob_.create_part({.category = {"ME", "GEN"}, .name = name, .description = ""}));
    }
    std::string newest_detail(const std::string& number) {
        const auto part_id = must(part_records(*db_).get(number)).part_id;
        const auto events = must(history_records(*db_).list(part_id));
        return events.empty() ? "" : events[0].username + ": " + events[0].action + ": " + events[0].detail;
    }
    std::int64_t outbox() { return db_->get<std::int64_t>("select count(*) from GitOutbox").value(); }
    nlohmann::json newest_files() {
        return nlohmann::json::parse(
            db_->get<std::string>("select files from GitOutbox order by change_id desc limit 1").value());
    }
    static import_report applied(result<import_report> outcome) {
        EXPECT_TRUE(works(outcome));
        for (const auto& each : outcome->problems) {
            ADD_FAILURE() << each.line << " " << each.reason;
        }
        EXPECT_TRUE(outcome->is_applied);
        return std::move(outcome).value();
    }

    base::manual_clock time_;
    testing::test_database db_;
    part_service bob_{*db_, "bob", time_};
    part_service eve_{*db_, "eve", time_};
    structure_management structure_{*db_, bob_, time_};
    structure_management viewer_{*db_, eve_, time_};
};

TEST_F(part_management_structure_test, lines_and_properties_leave_history_and_a_draft_for_git) {
    const auto frame = make("frame");
    const auto bolt = make("bolt");
    auto waiting = outbox();
    EXPECT_TRUE(works(structure_.set_line(frame, bolt, {.quantity = 4, .reference = "M1"})));
    EXPECT_EQ(newest_detail(frame), "bob: edit the bill of materials: 4 × " + bolt);
    EXPECT_EQ(outbox(), ++waiting);
    EXPECT_EQ(newest_files().at(1)["path"], "bom.csv");
    EXPECT_TRUE(works(structure_.set_line(frame, bolt, {.quantity = 5})));
    EXPECT_EQ(db_->get<std::string>("select quantity || reference from Relationships").value(), "5.0M1");
    EXPECT_TRUE(fails_with(structure_.set_line(bolt, frame, {}), error_kind::cycle, frame));
    EXPECT_TRUE(works(structure_.set_property(frame, "mass", "1 kg")));
    EXPECT_TRUE(newest_files().at(0)["content"].get<std::string>().contains("1 kg"));
    EXPECT_TRUE(works(structure_.unset_property(frame, "mass")));
    EXPECT_EQ(newest_detail(frame), "bob: edit: property mass removed");
    EXPECT_TRUE(works(structure_.remove_line(frame, bolt)));
    EXPECT_EQ(outbox(), waiting += 4);
    // A failed action leaves nothing behind.
    EXPECT_TRUE(fails_with(structure_.remove_line(frame, bolt), error_kind::not_found, bolt));
    EXPECT_TRUE(fails_with(structure_.set_property(frame, "", ""), error_kind::invalid, "key"));
    for (const auto& refused :
         {viewer_.set_line(frame, bolt, {}), viewer_.remove_line(frame, bolt), viewer_.set_property(frame, "a", "b"),
          viewer_.unset_property(frame, "a"), viewer_.set_manufacturer_part(frame, {.manufacturer = "A", .mpn = "B"}),
          viewer_.remove_manufacturer_part(frame, "A", "B")}) {
        EXPECT_TRUE(fails_with(refused, error_kind::permission, "eve"));
    }
    EXPECT_EQ(outbox(), waiting);
    EXPECT_EQ(newest_detail(frame), "bob: edit the bill of materials: " + bolt + " removed");
}

TEST_F(part_management_structure_test, the_history_tells_who_was_preferred) {
    const auto bolt = make("bolt");
    using enum manufacturer_status;
    EXPECT_TRUE(
        works(structure_.set_manufacturer_part(bolt, {.manufacturer = "Acme", .mpn = "1", .status = preferred})));
    const auto waiting = outbox();
    EXPECT_TRUE(
        works(structure_.set_manufacturer_part(bolt, {.manufacturer = "Zeta", .mpn = "2", .status = preferred})));
    EXPECT_EQ(newest_detail(bolt), "bob: edit manufacturer parts: Zeta 2 is Preferred; Acme 1 was, and is Active");
    EXPECT_TRUE(
        works(structure_.set_manufacturer_part(bolt, {.manufacturer = "Zeta", .mpn = "2", .description = "x"})));
    EXPECT_EQ(newest_detail(bolt), "bob: edit manufacturer parts: Zeta 2 is Preferred");
    EXPECT_TRUE(works(structure_.remove_manufacturer_part(bolt, "Acme", "1")));
    EXPECT_EQ(outbox(), waiting);
}

TEST_F(part_management_structure_test, attaches_files) {
    const testing::project_folder folder;
    auto repository = git_repository::create(folder.path()).value();
    const auto file = folder.path() / "sheet.txt";
    std::ofstream(file) << "abc";
    const auto bolt = make("bolt");
    EXPECT_EQ(must(structure_.attach(repository, bolt, file)).size_bytes, 3);
    EXPECT_EQ(newest_detail(bolt), "bob: attach a file: sheet.txt");
    EXPECT_EQ(newest_files().at(1)["path"], "files/sheet.txt");
    EXPECT_EQ(newest_files().at(1)["blob"], "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f");
    EXPECT_TRUE(fails_with(structure_.attach(repository, bolt, file), error_kind::exists, "sheet.txt"));
    EXPECT_TRUE(fails_with(viewer_.attach(repository, bolt, file), error_kind::permission, "eve"));
    EXPECT_TRUE(works(structure_.detach(repository, bolt, "sheet.txt")));
    EXPECT_EQ(newest_files().size(), 1U);
    EXPECT_TRUE(works(db_->run("update Revisions set status = 'In Review'")));
    EXPECT_TRUE(fails_with(structure_.attach(repository, bolt, file), error_kind::wrong_state, "In Review"));
    EXPECT_TRUE(works(db_->run("update Revisions set status = 'Released'")));
    EXPECT_TRUE(fails_with(structure_.attach(repository, bolt, file), error_kind::wrong_state, bolt));
}

TEST_F(part_management_structure_test, imports_parts_and_lines) {
    const auto rows =
        must(read_parts_csv("category,name,property:mass,manufacturer,mpn,manufacturer_status\n"
                            "ME,plate,1 kg,,,\n"
                            "QQ-NEW,thing,,Acme,7,Preferred\n"));
    EXPECT_TRUE(fails_with(viewer_.import_parts(rows), error_kind::permission, "eve"));
    EXPECT_EQ(must(structure_.import_parts(rows, {.is_dry_run = true})).created, 2U);
    EXPECT_EQ(outbox(), 0);
    const auto report = applied(structure_.import_parts(rows));
    EXPECT_EQ(report.numbers, (std::vector<std::string>{"ME-GEN-10000", "QQ-NEW-10001"}));
    EXPECT_EQ(newest_detail("QQ-NEW-10001"), "bob: import: Acme 7 is Preferred");
    EXPECT_EQ(db_->get<std::string>("select value from Properties").value(), "1 kg");

    // Imports the same rows with their numbers: nothing changes.
    auto waiting = outbox();
    const auto same =
        must(read_parts_csv("number,name,property:mass,mpn,manufacturer\nME-GEN-10000,plate,1 kg,,\n"
                            "QQ-NEW-10001,,,7,Acme\n"));
    EXPECT_EQ(applied(structure_.import_parts(same)).unchanged, 2U);
    EXPECT_EQ(outbox(), waiting);
    const auto other = must(read_parts_csv("number,name,description,property:mass\nME-GEN-10000,sheet,thin,\n"));
    EXPECT_EQ(applied(structure_.import_parts(other)).changed, 1U);
    EXPECT_EQ(outbox(), ++waiting);
    EXPECT_EQ(must(part_records(*db_).get("ME-GEN-10000")).name, "sheet");
    EXPECT_EQ(db_->get<std::int64_t>("select count(*) from Properties").value(), 0);

    const auto lines = must(read_bom_csv("parent,child,quantity\nQQ-NEW-10001,ME-GEN-10000,3\n"));
    EXPECT_EQ(applied(structure_.import_bom(lines)).created, 1U);
    EXPECT_EQ(newest_detail("QQ-NEW-10001"), "bob: import: 1 lines");
    EXPECT_TRUE(fails_with(viewer_.import_bom(lines), error_kind::permission, "eve"));
    const auto circle = must(read_bom_csv("parent,child,quantity\nME-GEN-10000,QQ-NEW-10001,3\n"));
    EXPECT_EQ(must(structure_.import_bom(circle)).problems.size(), 1U);
}

TEST_F(part_management_structure_test, an_import_that_fails_midway_takes_no_numbers) {
    const auto rows = must(read_parts_csv("category,name\nME,a\nME,b\n"));
    EXPECT_TRUE(
        works(db_->run("create trigger No before insert on Parts when new.name = 'b' "
                       "begin select raise(abort, 'not this one'); end")));
    EXPECT_TRUE(fails_with(structure_.import_parts(rows), error_kind::storage, "line 3"));
    EXPECT_EQ(db_->get<std::int64_t>("select count(*) from Parts").value(), 0);
    EXPECT_EQ(outbox(), 0);
    EXPECT_TRUE(works(db_->run("drop trigger No")));
    EXPECT_EQ(applied(structure_.import_parts(rows)).numbers.at(0), "ME-GEN-10000");
}

}  // namespace
}  // namespace sluice::parts
