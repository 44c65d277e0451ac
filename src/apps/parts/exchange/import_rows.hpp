// import_rows.hpp - what an import's file says, as rows, before anything is looked up.
//
// Use:     TRY_ASSIGN(const auto rows, read_parts_csv(content, {}));       // or read_parts_json, read_bom_csv
// Parts:   CSV with the columns (any order; only those that are there matter)
//            number        empty: a new part
//            category      EL-RES; of a new part it must be there, else it is only compared
//            name          empty: stays as it is; of a new part it must be there
//            description   empty: becomes empty
//            status, version   what export tells; passed over
//            manufacturer, mpn, manufacturer_status, manufacturer_description    empty: nothing changes
//            property:KEY  any number of them; empty: the part has no such property
//          More rows with the number of a row above name more manufacturer parts, and nothing else.
// Bom:     CSV with the columns parent, child, quantity, and perhaps reference, note.
// JSON:    what export writes, or {"parts": [{"number", "category", "name", "description", "properties": {},
//          "manufacturer_parts": [{"manufacturer", "mpn", "status", "description"}]}]}; a row's line counts the parts from 1.
// Bounds:  import_limits.
// Errors:  invalid: what cannot be read at all, with its line.
// Threads: none; plain functions.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/parts/model/error.hpp"

namespace sluice::parts {

struct import_limits {
    std::size_t lines_max = 200'000;
    std::string source;  // the file's name, for messages
};

struct imported_manufacturer_part {
    std::string manufacturer;
    std::string mpn;
    std::string status;                      // empty: Active, or as it is
    std::optional<std::string> description;  // none: empty, or as it is
};

// Without a value: the file does not say.
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

// Something that keeps a file from being imported.
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
