// import.hpp - imports parts and bills of materials into a project: all of a file, or nothing.
//
// Use:     TRY_ASSIGN(const auto rows, read_parts_csv(content));
//          TRY_ASSIGN(const auto report, import_parts(database, rows, {.is_dry_run = true}, hooks));
//          if (!report.problems.empty()) { show them: line, column, value, reason }
// Rule:    every row is checked before the first change, and all problems are reported; with one problem nothing
//          changes. All in one transaction. A row without a number makes a part (numbers in the order of the file); a
//          row with a number changes its open draft: without a draft it is a problem, unless the row changes nothing.
//          Manufacturer parts belong to the part and need no draft. Well-formed categories that do not exist are made.
//          A bill of materials gets the file's lines; existing lines of the file are changed, others stay. Circles are
//          looked for over the whole file, after its last line.
// Hooks:   the caller makes parts and records changes: numbers, history, outbox.
// Bounds:  problems_max problems are reported; rows are bounded by import_rows.hpp.
// Errors:  those of the hooks and the database; problems of rows are in the report.
// Threads: any; inside or outside a transaction. A hook may be called again when the transaction is retried.
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
    std::map<std::string, std::string> properties;      // all properties after the import
    std::vector<manufacturer_part> manufacturer_parts;  // the ones to set
};

struct import_hooks {
    // Makes the category if it does not exist.
    std::function<result<>(const category_code&)> add_category;
    // Makes the part with its draft, without properties. Returns its number.
    std::function<result<std::string>(const category_code&, const part_change&)> create;
    // Changes the part's open draft (`in_draft`) and its manufacturer parts.
    std::function<result<>(const std::string& number, const part_change&, bool in_draft)> change;
    // Called once for each parent in the file, with its lines.
    std::function<result<>(const std::string& parent, std::span<const relationship> lines)> set_lines;
};

struct import_report {
    std::size_t rows = 0;
    std::size_t created = 0;
    std::size_t changed = 0;
    std::size_t unchanged = 0;
    std::vector<std::string> new_categories;
    std::vector<std::string> numbers;  // numbers of the new parts
    std::vector<import_problem> problems;
    bool has_more_problems = false;  // there were more than problems_max
    bool is_applied = false;
};

result<import_report> import_parts(sqlite::database& database, std::span<const import_row> rows,
                                   const import_options& options, const import_hooks& hooks);
// `created` and `changed` count lines.
result<import_report> import_bom(sqlite::database& database, std::span<const import_bom_row> rows,
                                 const import_options& options, const import_hooks& hooks);

}  // namespace sluice::parts
