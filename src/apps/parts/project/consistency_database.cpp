// Checks the database alone.
#include <fmt/format.h>

#include "apps/parts/model/schema.hpp"
#include "apps/parts/project/consistency_parts.hpp"

namespace sluice::parts {

namespace {

constexpr std::size_t foreign_keys_max = 100;  // longest list of violations

result<> check_file(sqlite::connection& db, std::vector<finding>& findings) {
    TRY(db.each("SELECT integrity_check FROM pragma_integrity_check", [&](const sqlite::row& from) {
        if (from.get<std::string_view>(0) != "ok") {
            findings.push_back({.what = "the database is damaged: " + from.get<std::string>(0), .number = {}});
        }
    }));
    std::size_t count = 0;
    TRY(db.each("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check", [&](const sqlite::row& from) {
        findings.push_back({.what = fmt::format("row {} of {} names a row of {} that does not exist",
                                                from.get<std::optional<std::int64_t>>(1).value_or(0),
                                                from.get<std::string_view>(0), from.get<std::string_view>(2)),
                            .number = {}});
        return ++count < foreign_keys_max;
    }));
    return {};
}

result<> check_numbers(sqlite::connection& db, std::vector<finding>& findings) {
    using counted = std::tuple<std::int64_t, std::int64_t>;
    TRY_ASSIGN(const auto parts,
               db.get<counted>("SELECT count(*), coalesce(max(part_id), ?1 - 1) FROM Parts", first_part_id));
    const auto [count, newest] = parts;
    TRY_ASSIGN(const auto next, db.find<std::int64_t>("SELECT next_value FROM PartSequence"));
    if (next != newest + 1) {
        findings.push_back({.what = fmt::format("PartSequence would give {} to the next part; it must be {}",
                                                next ? std::to_string(*next) : "nothing", newest + 1),
                            .number = {}});
    }
    if (count == newest + 1 - first_part_id) {
        return {};
    }
    TRY_ASSIGN(const auto missing,
               db.get<std::int64_t>("SELECT coalesce(min(part_id) + 1, ?1) FROM (SELECT ?1 - 1 AS part_id UNION ALL "
                                    "SELECT part_id FROM Parts) p WHERE NOT EXISTS(SELECT 1 FROM Parts q "
                                    "WHERE q.part_id = p.part_id + 1)",
                                    first_part_id));
    findings.push_back({.what = fmt::format("the parts' numbers have gaps: {} parts between {} and {}; {} is missing",
                                            count, first_part_id, newest, missing),
                        .number = {}});
    return {};
}

result<> check_names(sqlite::connection& db, std::vector<finding>& findings) {
    TRY(db.each("SELECT number FROM Parts p WHERE NOT EXISTS(SELECT 1 FROM Revisions r WHERE r.part_id = p.part_id)",
                [&](const sqlite::row& from) {
                    findings.push_back({.what = "the part has no revision", .number = from.get<std::string>(0)});
                }));
    TRY(db.each(
        "SELECT p.number, p.name, r.name, r.version, p.name = r.name FROM Parts p "
        "JOIN Revisions r ON r.part_id = p.part_id AND "
        "r.version = (SELECT max(version) FROM Revisions WHERE part_id = p.part_id) "
        "WHERE p.name <> r.name OR p.description <> r.description",
        [&](const sqlite::row& from) {
            findings.push_back(
                {.what = from.get<bool>(4)
                             ? fmt::format("the part's description is not that of v{}", from.get<std::int64_t>(3))
                             : fmt::format("the part is called {}, but its v{} {}", from.get<std::string_view>(1),
                                           from.get<std::int64_t>(3), from.get<std::string_view>(2)),
                 .number = from.get<std::string>(0)});
        }));
    TRY(
        db.each("SELECT p.number, count(*), max(r.version) FROM Parts p JOIN Revisions r USING(part_id) "
                "GROUP BY part_id HAVING count(*) <> max(r.version)",
                [&](const sqlite::row& from) {
                    findings.push_back({.what = fmt::format("the part has {} versions, but the newest is v{}",
                                                            from.get<std::int64_t>(1), from.get<std::int64_t>(2)),
                                        .number = from.get<std::string>(0)});
                }));
    return {};
}

result<> check_outbox(sqlite::connection& db, std::vector<finding>& findings) {
    TRY(
        db.each("SELECT count(*) OVER (), change_id, action, number, version FROM GitOutbox WHERE applied_date IS NULL "
                "ORDER BY change_id LIMIT 1",
                [&](const sqlite::row& from) {
                    findings.push_back({.level = severity::warning,
                                        .what = fmt::format("{} changes wait for git; the first is {}, {} of v{}",
                                                            from.get<std::int64_t>(0), from.get<std::int64_t>(1),
                                                            from.get<std::string_view>(2), from.get<std::int64_t>(4)),
                                        .number = from.get<std::string>(3)});
                }));
    return {};
}

}  // namespace

result<> check_database(sqlite::connection& db, std::vector<finding>& findings) {
    TRY(check_file(db, findings));
    TRY(check_numbers(db, findings));
    TRY(check_names(db, findings));
    return check_outbox(db, findings);
}

}  // namespace sluice::parts
