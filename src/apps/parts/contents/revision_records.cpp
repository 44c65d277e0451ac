#include "apps/parts/contents/revision_records.hpp"

#include <fmt/format.h>
#include <utility>

#include "apps/parts/contents/part_records.hpp"
#include "apps/parts/model/text_rules.hpp"

namespace sluice::parts {

namespace {

constexpr std::string_view where_current =
    "WHERE part_id = ?1 ORDER BY status IN ('Draft', 'In Review') DESC, status = 'Released' DESC, version DESC LIMIT 1";

std::string select_revision(std::string_view rest) {
    return fmt::format("SELECT {} FROM Revisions {}", revision::columns, rest);
}

}  // namespace

result<revision> revision_records::create_first(const part& of, const new_revision& made) {
    return insert({.part_id = of.part_id,
                   .version = 1,
                   .workflow_state = made.workflow_state,
                   .name = of.name,
                   .description = of.description,
                   .author = made.author,
                   .created_date = made.now_ms});
}

result<revision> revision_records::create_from(const revision& source, const new_revision& made) {
    return database_.transaction([&](sqlite::connection&) -> result<revision> {
        TRY_ASSIGN(const auto open, find_open(source.part_id));
        if (open) {
            return fail(error_kind::wrong_state,
                        fmt::format("version {} is open already ({})", open->version, to_text(open->status)),
                        "release it, or work on it");
        }
        TRY_ASSIGN(const revision newest, get_newest(source.part_id));
        TRY_ASSIGN(revision next, insert({.part_id = source.part_id,
                                          .version = newest.version + 1,
                                          .workflow_state = made.workflow_state,
                                          .name = source.name,
                                          .description = source.description,
                                          .author = made.author,
                                          .created_date = made.now_ms}));
        TRY(copy_content(source.revision_id, next.revision_id));
        TRY(part_records(database_).follow_newest_revision(source.part_id, made.now_ms));
        return next;
    });
}

result<revision> revision_records::insert(const revision& made) {
    return database_.transaction([&](sqlite::connection& db) -> result<revision> {
        TRY(
            db.run("INSERT INTO Revisions(part_id, version, status, workflow_state, name, description, author, "
                   "created_date) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                   made.part_id, made.version, to_text(made.status), made.workflow_state, made.name, made.description,
                   made.author, made.created_date));
        revision inserted = made;
        inserted.revision_id = db.last_insert_id();
        return inserted;
    });
}

result<> revision_records::copy_content(std::int64_t from_id, std::int64_t to_id) {
    TRY(
        database_.run("INSERT INTO Relationships(parent_revision_id, child_part_id, quantity, reference, note) "
                      "SELECT ?2, child_part_id, quantity, reference, note FROM Relationships "
                      "WHERE parent_revision_id = ?1 ORDER BY relationship_id",
                      from_id, to_id));
    TRY(
        database_.run("INSERT INTO Properties(revision_id, key, value) SELECT ?2, key, value FROM Properties "
                      "WHERE revision_id = ?1 ORDER BY property_id",
                      from_id, to_id));
    TRY(
        database_.run("INSERT INTO Files(revision_id, name, size_bytes, sha256, blob) "
                      "SELECT ?2, name, size_bytes, sha256, blob FROM Files WHERE revision_id = ?1 ORDER BY file_id",
                      from_id, to_id));
    return {};
}

result<revision> revision_records::get(std::int64_t part_id, std::int64_t version) {
    TRY_ASSIGN(auto found,
               database_.find<revision>(select_revision("WHERE part_id = ?1 AND version = ?2"), part_id, version));
    if (!found) {
        return fail(error_kind::not_found, fmt::format("version {} does not exist", version));
    }
    return std::move(*found);
}

result<revision> revision_records::get_by_id(std::int64_t revision_id) {
    TRY_ASSIGN(auto found, database_.get<revision>(select_revision("WHERE revision_id = ?1"), revision_id));
    return found;
}

result<revision> revision_records::get_newest(std::int64_t part_id) {
    TRY_ASSIGN(auto found,
               database_.get<revision>(select_revision("WHERE part_id = ?1 ORDER BY version DESC LIMIT 1"), part_id));
    return found;
}

result<revision> revision_records::get_effective(std::int64_t part_id) {
    TRY_ASSIGN(
        auto found,
        database_.get<revision>(
            select_revision("WHERE part_id = ?1 ORDER BY status = 'Released' DESC, version DESC LIMIT 1"), part_id));
    return found;
}

result<revision> revision_records::get_current(std::int64_t part_id) {
    TRY_ASSIGN(auto found, database_.get<revision>(select_revision(where_current), part_id));
    return found;
}

result<std::vector<revision>> revision_records::list_current(std::span<const part> of) {
    return database_.execute([&](sqlite::connection& db) -> result<std::vector<revision>> {
        const auto sql = select_revision(where_current);
        std::vector<revision> all;
        all.reserve(of.size());
        for (const part& each : of) {
            TRY_ASSIGN(auto current, db.get<revision>(sql, each.part_id));
            all.push_back(std::move(current));
        }
        return all;
    });
}

result<std::optional<revision>> revision_records::find_open(std::int64_t part_id) {
    TRY_ASSIGN(auto found, database_.find<revision>(
                               select_revision("WHERE part_id = ?1 AND status IN ('Draft', 'In Review')"), part_id));
    return found;
}

result<std::optional<revision>> revision_records::find_on_main(std::int64_t part_id) {
    TRY_ASSIGN(auto found,
               database_.find<revision>(select_revision("WHERE part_id = ?1 AND status IN ('Released', 'Obsolete') "
                                                        "ORDER BY status = 'Released' DESC, version DESC LIMIT 1"),
                                        part_id));
    return found;
}

result<std::vector<revision>> revision_records::list(std::int64_t part_id) {
    TRY_ASSIGN(auto all, database_.list<revision>(select_revision("WHERE part_id = ?1 ORDER BY version"), part_id));
    return all;
}

result<revision> revision_records::set_status(const revision& changed, revision_status status,
                                              std::string_view workflow_state, std::int64_t now_ms) {
    return database_.transaction([&](sqlite::connection& db) -> result<revision> {
        TRY(
            db.run("UPDATE Revisions SET status = ?2, workflow_state = ?3, "
                   "review_round = review_round + (?2 = 'In Review'), "
                   "submitted_date = CASE ?2 WHEN 'In Review' THEN ?4 WHEN 'Draft' THEN NULL ELSE submitted_date END, "
                   "released_date = CASE ?2 WHEN 'Released' THEN ?4 ELSE released_date END, "
                   "obsoleted_date = CASE ?2 WHEN 'Obsolete' THEN ?4 ELSE obsoleted_date END WHERE revision_id = ?1",
                   changed.revision_id, to_text(status), workflow_state, now_ms));
        return get_by_id(changed.revision_id);
    });
}

result<> revision_records::set_state(std::int64_t revision_id, std::string_view workflow_state) {
    TRY(database_.run("UPDATE Revisions SET workflow_state = ?2 WHERE revision_id = ?1", revision_id, workflow_state));
    return {};
}

result<> revision_records::set_text(const revision& changed, std::string_view name, std::string_view description,
                                    std::int64_t now_ms) {
    TRY(check_text(name, part_name_rule));
    TRY(check_text(description, description_rule));
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY(db.run("UPDATE Revisions SET name = ?2, description = ?3 WHERE revision_id = ?1", changed.revision_id, name,
                   description));
        return part_records(database_).follow_newest_revision(changed.part_id, now_ms);
    });
}

}  // namespace sluice::parts
