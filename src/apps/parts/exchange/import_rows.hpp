// import_rows.hpp - reads an import's file into rows, before anything is looked up.
//
// Use:     TRY_ASSIGN(const auto rows, read_parts_csv(content, {}));       // or read_parts_json, read_bom_csv
// Parts:   CSV with these columns (any order, any subset)
//            number        empty: a new part
//            category      EL-RES; required for a new part, else only compared
//            name          empty: unchanged; required for a new part
//            description   empty: becomes empty
//            status, version   written by export; ignored
//            manufacturer, mpn, manufacturer_status, manufacturer_description    empty: unchanged
//            property:KEY  any number of them; empty: the part has no such property
//          More rows with the same number name more manufacturer parts, and nothing else.
// Bom:     CSV with the columns parent, child, quantity, and optionally reference, note.
// JSON:    as export writes it, or {"parts": [{"number", "category", "name", "description", "properties": {},
//          "manufacturer_parts": [{"manufacturer", "mpn", "status", "description"}]}]}; a row's line counts the parts from 1.
// Bounds:  import_limits.
// Errors:  invalid: text that cannot be read at all, with its line.
// Threads: none; plain functions.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/errors/error.hpp"

namespace sluice::parts {

struct import_limits {
    std::size_t lines_max = 200'000;
    std::string source;  // the file's name, for messages
};

struct imported_manufacturer_part {
    std::string manufacturer;
    std::string mpn;
    std::string status;                      // empty: Active, or unchanged
    std::optional<std::string> description;  // none: empty, or unchanged
};

// Fields without a value are not in the file.
struct import_row {
    std::size_t line = 0;
    std::string number;
    std::string category;
    std::string name;
    std::optional<std::string> description;
    std::map<std::string, std::string> properties;
    std::vector<imported_manufacturer_part> manufacturer_parts;
};

struct import_bom_row {
    std::size_t line = 0;
    std::string parent;
    std::string child;
    std::string quantity;
    std::optional<std::string> reference;
    std::optional<std::string> note;
};

// A reason not to import the file.
struct import_problem {
    std::size_t line = 0;
    std::string column;
    std::string value;
    std::string reason;
};

result<std::vector<import_row>> read_parts_csv(std::string_view content, const import_limits& limits = {});
result<std::vector<import_row>> read_parts_json(std::string_view content, const import_limits& limits = {});
result<std::vector<import_bom_row>> read_bom_csv(std::string_view content, const import_limits& limits = {});

}  // namespace sluice::parts
