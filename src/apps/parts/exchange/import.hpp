// import.hpp - brings parts and bills of materials into a project: all of a file, or nothing of it.
//
// Use:     TRY_ASSIGN(const auto rows, read_parts_csv(content));
//          TRY_ASSIGN(const auto report, import_parts(database, rows, {.is_dry_run = true}, hooks));
//          if (!report.problems.empty()) { show them: line, column, value, reason }
// Rule:    every row is looked at before the first change, and all that is wrong is told; one problem, and nothing changes.
//          All in one transaction. A row without a number makes a part (numbers in the order of the file); one with a
//          number changes its open draft: without one it is a problem, unless the row says what is there already.
//          Manufacturer parts belong to the part and need no draft. Well-formed categories that do not exist are made.
//          A bill of materials gets the file's lines; those that it has already are changed, others stay. Circles are
//          looked for over the whole file, after its last line.
// Hooks:   how a part is made, and what has to follow a change, is the caller's: numbers, history, outbox.
// Bounds:  problems_max of them are told; the rows' own are import_rows.hpp's.
// Errors:  those of the hooks and the database; what is wrong with the rows is in the report.
// Threads: any; inside or outside of a transaction. A hook may be called again when the transaction is tried again.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/parts/contents/manufacturer_part_records.hpp"
#include "apps/parts/exchange/import_rows.hpp"
#include "apps/parts/model/domain.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

struct import_options {
    bool is_dry_run = false;
    std::size_t problems_max = 1'000;
};

struct part_change {
    std::string name;
    std::string description;
    std::map<std::string, std::string> properties;      // all that it has then
    std::vector<manufacturer_part> manufacturer_parts;  // those to be set
};

struct import_hooks {
    // Makes the category if there is none.
    std::function<result<>(const category_code&)> add_category;
    // The part with its draft, without properties.
    std::function<result<std::string>(const category_code&, const part_change&)> create;
    // Of the part's open draft (`in_draft`) and of its manufacturer parts.
    std::function<result<>(const std::string& number, const part_change&, bool in_draft)> change;
    // Once for each parent of the file, with its lines.
    std::function<result<>(const std::string& parent, std::span<const relationship> lines)> set_lines;
};

struct import_report {
    std::size_t rows = 0;
    std::size_t created = 0;
    std::size_t changed = 0;
    std::size_t unchanged = 0;
    std::vector<std::string> new_categories;
    std::vector<std::string> numbers;  // of the parts that were made
    std::vector<import_problem> problems;
    bool has_more_problems = false;  // than problems_max
    bool is_applied = false;
};

result<import_report> import_parts(sqlite::database& database, std::span<const import_row> rows,
                                   const import_options& options, const import_hooks& hooks);
// created and changed count lines.
result<import_report> import_bom(sqlite::database& database, std::span<const import_bom_row> rows,
                                 const import_options& options, const import_hooks& hooks);

}  // namespace sluice::parts
