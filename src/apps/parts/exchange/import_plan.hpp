// import_plan.hpp - plans an import: looks up each row, collects all problems, changes nothing.
//
// Use:     part_plan plan(db, options);  for (row) TRY(plan.add(row));  plan.report(), plan.steps()
//          bom_plan lines(db, options);  ... TRY(lines.check_circles());
// Errors:  storage. Problems of rows are in the report.
// Threads: the thread of the connection, which outlives the plan, as the rows do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/parts/exchange/import.hpp"
#include "sqlite/connection/connection.hpp"

namespace sluice::parts {

class import_findings {
  public:
    explicit import_findings(std::size_t problems_max) : problems_max_(problems_max) {}

    void add(std::size_t line, std::string_view column, std::string_view value, std::string reason);
    // True: no error; else the error becomes a problem.
    bool take(const result<>& checked, std::size_t line, std::string_view column, std::string_view value);
    [[nodiscard]] import_report& report() { return report_; }

  private:
    const std::size_t problems_max_;
    import_report report_;
};

class part_plan {
  public:
    struct step {
        std::size_t line = 0;
        std::string number;  // empty: a new part
        category_code code;
        part_change change;
        bool in_draft = false;  // its texts or properties differ
    };

    part_plan(sqlite::connection& db, const import_options& options) : db_(db), found_(options.problems_max) {}

    result<> add(const import_row& row);
    // Call it once, after the last row: also counts created, changed and unchanged entries.
    [[nodiscard]] import_report& finish();
    [[nodiscard]] const std::vector<step>& steps() const { return steps_; }

  private:
    struct known_part;

    [[nodiscard]] bool check_texts(const import_row& row);
    result<> add_new(const import_row& row);
    result<> add_known(const import_row& row);
    result<> compare(const import_row& row, const known_part& known, step& made);
    void note_difference(const import_row& row, const known_part& known, step& made, std::string_view column,
                         std::string_view value);
    result<> add_manufacturers(const import_row& row, std::int64_t part_id, step& made);
    result<> note_category(const category_code& code);
    result<std::optional<known_part>> find(const std::string& number);

    sqlite::connection& db_;
    import_findings found_;
    std::vector<step> steps_;
    std::map<std::string, std::size_t> by_number_;
    std::set<std::string> categories_;  // categories looked up already
};

class bom_plan {
  public:
    struct step {
        std::size_t line = 0;  // the first line of the file
        std::string parent;
        std::vector<relationship> lines;  // the lines that differ
    };

    bom_plan(sqlite::connection& db, const import_options& options) : db_(db), found_(options.problems_max) {}

    result<> add(const import_bom_row& row);
    result<> check_circles();
    [[nodiscard]] import_report& report() { return found_.report(); }
    [[nodiscard]] const std::vector<step>& steps() const { return steps_; }

  private:
    struct known_part {
        std::int64_t part_id = 0;
        std::int64_t revision_id = 0;  // the newest revision
        revision_status status = revision_status::draft;
        std::int64_t version = 0;
    };
    result<const known_part*> find(std::size_t line, std::string_view column, std::string_view number);
    result<> place(const import_bom_row& row, const known_part& parent, relationship wanted);

    sqlite::connection& db_;
    import_findings found_;
    std::vector<step> steps_;
    std::map<std::string, std::size_t> by_parent_;
    std::map<std::string, known_part, std::less<>> parts_;
    std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> lines_;  // parent and child → the row's line
};

}  // namespace sluice::parts
