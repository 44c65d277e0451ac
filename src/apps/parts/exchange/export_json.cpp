#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/parts/exchange/export.hpp"
#include "apps/parts/model/domain.hpp"
#include "apps/parts/model/structure_rules.hpp"

namespace sluice::parts {

namespace {

using json = nlohmann::ordered_json;

// Each row of a query as an object, with the columns' names as keys.
result<json> rows_of(sqlite::connection& db, std::string_view sql, std::int64_t id) {
    json rows = json::array();
    TRY(db.each(
        sql,
        [&](const sqlite::row& from) {
            json made = json::object();
            for (int at = 0; at < from.size(); ++at) {
                const std::string name(from.name(at));
                if (from.is_null(at)) {
                    made[name] = nullptr;
                } else if (name.ends_with("_date") || name == "version" || name == "size_bytes" || name == "date" ||
                           name == "review_round") {
                    made[name] = from.get<std::int64_t>(at);
                } else if (name == "quantity") {
                    made[name] = from.get<double>(at);
                } else {
                    made[name] = from.get<std::string>(at);
                }
            }
            rows.push_back(std::move(made));
        },
        id));
    return rows;
}

result<json> properties_of(sqlite::connection& db, std::int64_t revision_id) {
    json properties = json::object();
    TRY(db.each(
        "select key, value from Properties where revision_id = ?1 order by key",
        [&](const sqlite::row& from) { properties[from.get<std::string>(0)] = from.get<std::string>(1); },
        revision_id));
    return properties;
}

result<json> revisions_of(sqlite::connection& db, std::int64_t part_id) {
    TRY_ASSIGN(const auto ids,
               db.list<std::int64_t>("select revision_id from Revisions where part_id = ?1 order by version", part_id));
    json revisions = json::array();
    for (const auto id : ids) {
        TRY_ASSIGN(auto rows,
                   rows_of(db,
                           "select version, status, workflow_state, name, description, author, created_date, "
                           "submitted_date, released_date, obsoleted_date, commit_hash from Revisions "
                           "where revision_id = ?1",
                           id));
        json revision = std::move(rows.at(0));
        TRY_ASSIGN(revision["properties"], properties_of(db, id));
        TRY_ASSIGN(revision["lines"],
                   rows_of(db,
                           "select number, quantity, reference, note from Relationships join Parts on part_id = "
                           "child_part_id where parent_revision_id = ?1 order by number",
                           id));
        TRY_ASSIGN(
            revision["files"],
            rows_of(db, "select name, size_bytes, sha256, blob from Files where revision_id = ?1 order by name", id));
        TRY_ASSIGN(revision["approvals"], rows_of(db,
                                                  "select review_round, approver, status, comment, date from Approvals "
                                                  "where revision_id = ?1 order by review_round, approver",
                                                  id));
        revisions.push_back(std::move(revision));
    }
    return revisions;
}

result<json> part_of(sqlite::connection& db, std::int64_t part_id) {
    TRY_ASSIGN(auto rows, rows_of(db,
                                  "select number, category || '-' || subcategory as category, name, description, "
                                  "created_by, created_date, modified_date from Parts where part_id = ?1",
                                  part_id));
    json made = std::move(rows.at(0));
    made["properties"] = json::object();
    TRY_ASSIGN(made["manufacturer_parts"],
               rows_of(db,
                       "select manufacturer, mpn, status, description from ManufacturerParts where part_id = ?1 "
                       "order by status <> 'Preferred', manufacturer, mpn",
                       part_id));
    TRY_ASSIGN(auto revisions, revisions_of(db, part_id));
    if (!revisions.empty()) {
        made["name"] = revisions.back()["name"];
        made["description"] = revisions.back()["description"];
        made["properties"] = revisions.back()["properties"];
    }
    made["revisions"] = std::move(revisions);
    return made;
}

std::string text_of(const json& value) {
    return value.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace

result<> export_json(sqlite::database& database, const text_sink& sink) {
    return database.execute([&](sqlite::connection& db) -> result<> {
        read_snapshot seen(db);
        TRY(seen.begin());
        TRY_ASSIGN(
            const auto categories,
            rows_of(db, "select category || '-' || subcategory as code, name from Categories where ?1 = 0 order by 1",
                    0));
        TRY(sink("{\n\"format\": \"sluice-parts\",\n\"version\": 1,\n\"categories\": " + text_of(categories) +
                 ",\n\"parts\": ["));
        TRY_ASSIGN(const auto ids, db.list<std::int64_t>("select part_id from Parts order by number"));
        bool is_first = true;
        for (const auto id : ids) {
            TRY_ASSIGN(const auto part, part_of(db, id));
            TRY(sink((is_first ? "\n" : ",\n") + text_of(part)));
            is_first = false;
        }
        return sink("\n]\n}\n");
    });
}

}  // namespace sluice::parts
