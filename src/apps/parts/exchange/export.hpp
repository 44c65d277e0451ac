// export.hpp - a project as files that other programs read: CSV for spreadsheets, JSON for everything.
//
// Use:     TRY(export_parts_csv(database, {.excel = true}, [&](std::string_view text) { file << text; return result<>(); }));
// Parts:   the columns of import_rows.hpp, of each part's newest revision: number, category, name, description, status,
//          version, manufacturer, mpn, manufacturer_status, manufacturer_description, and property:KEY for each key,
//          sorted by key. A part with several manufacturer parts has a further row for each, with its number only.
// Bom:     parent, child, quantity, reference, note; of newest revisions, by parent and child.
// JSON:    {"format": "sluice-parts", "version": 1, "categories": [], "parts": [{number, category, name, description,
//          properties, manufacturer_parts, revisions: [{version, status, name, description, author, dates, commit,
//          properties, lines, files, approvals}]}]}; dates are milliseconds since 1970 in UTC; the part's own texts and
//          properties are those of its newest revision. Contents of files are in git.
// Excel:   byte order mark, CRLF, and `separator` (; where a comma is part of numbers); csv.hpp says more.
// Order:   by number. The same database gives the same bytes.
// Bounds:  JSON is written part by part; memory holds one part, and for CSV the names of properties.
// Errors:  those of the sink, storage.
// Threads: any. Each call sees one snapshot.
#pragma once

#include <functional>
#include <string_view>

#include "apps/errors/error.hpp"
#include "base/csv/csv.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

using text_sink = std::function<result<>(std::string_view)>;

result<> export_parts_csv(sqlite::database& database, const base::csv_writer_params& format, const text_sink& sink);
result<> export_bom_csv(sqlite::database& database, const base::csv_writer_params& format, const text_sink& sink);
result<> export_json(sqlite::database& database, const text_sink& sink);

}  // namespace sluice::parts
