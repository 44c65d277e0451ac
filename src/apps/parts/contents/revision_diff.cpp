#include "apps/parts/contents/revision_diff.hpp"

#include <map>
#include <tuple>
#include <utility>

#include "apps/parts/model/structure_rules.hpp"

namespace sluice::parts {

namespace {

using texts = std::map<std::string, std::string>;

result<texts> texts_of(sqlite::connection& db, std::string_view sql, std::int64_t revision_id) {
    texts read;
    TRY(db.each(
        sql, [&](const sqlite::row& each) { read.emplace(each.get<std::string>(0), each.get<std::string>(1)); },
        revision_id));
    return read;
}

result<std::vector<text_change>> changes_of(sqlite::connection& db, std::string_view sql, std::int64_t before,
                                            std::int64_t after) {
    TRY_ASSIGN(const auto old_texts, texts_of(db, sql, before));
    TRY_ASSIGN(const auto new_texts, texts_of(db, sql, after));
    std::map<std::string, text_change> found;
    for (const auto& [key, value] : old_texts) {
        found[key].before = value;
    }
    for (const auto& [key, value] : new_texts) {
        found[key].after = value;
    }
    std::vector<text_change> changes;
    for (auto& [key, change] : found) {
        if (change.before != change.after) {
            change.key = key;
            changes.push_back(std::move(change));
        }
    }
    return changes;
}

bool is_same(const std::optional<relationship>& one, const std::optional<relationship>& other) {
    return one && other && one->quantity == other->quantity && one->reference == other->reference &&
           one->note == other->note;
}

}  // namespace

result<revision_diff> diff_revisions(sqlite::database& database, std::int64_t before, std::int64_t after) {
    return database.execute([&](sqlite::connection& db) -> result<revision_diff> {
        read_snapshot seen(db);
        TRY(seen.begin());
        relationship_records lines(database);
        TRY_ASSIGN(auto old_lines, lines.list(before));
        TRY_ASSIGN(auto new_lines, lines.list(after));
        std::map<std::string, line_change> found;
        for (auto& each : old_lines) {
            found[each.number].before = std::move(each.line);
        }
        for (auto& each : new_lines) {
            found[each.number].after = std::move(each.line);
        }
        revision_diff made;
        for (auto& [number, change] : found) {
            if (!is_same(change.before, change.after)) {
                change.number = number;
                made.lines.push_back(std::move(change));
            }
        }
        TRY_ASSIGN(made.texts, changes_of(db,
                                          "select 'name', name from Revisions where revision_id = ?1 union all "
                                          "select 'description', description from Revisions where revision_id = ?1",
                                          before, after));
        TRY_ASSIGN(made.properties,
                   changes_of(db, "select key, value from Properties where revision_id = ?1", before, after));
        TRY_ASSIGN(made.files, changes_of(db, "select name, sha256 from Files where revision_id = ?1", before, after));
        return made;
    });
}

}  // namespace sluice::parts
