#include "apps/parts/contents/relationship_records.hpp"

#include <cmath>
#include <fmt/format.h>

#include "apps/parts/contents/part_paths.hpp"
#include "apps/parts/model/structure_rules.hpp"

namespace sluice::parts {

namespace {

constexpr double quantity_end = 1e12;  // the table's CHECK

result<bool> has_line(sqlite::connection& db, std::int64_t revision_id, std::int64_t child) {
    TRY_ASSIGN(const auto found,
               db.find<int>("select 1 from Relationships where parent_revision_id = ?1 and child_part_id = ?2",
                            revision_id, child));
    return found.has_value();
}

result<> no_line(sqlite::connection& db, const revision_key& parent, std::int64_t child) {
    TRY_ASSIGN(const auto number, number_of(db, child));
    return fail(error_kind::not_found,
                fmt::format("{} v{} has no line with {}", parent.number, parent.version, number));
}

}  // namespace

listed_line listed_line::from_row(const sqlite::row& from) {
    return {.line = relationship::from_row(from), .number = from.get<std::string>(5), .name = from.get<std::string>(6)};
}

result<> check_line(const relationship& line) {
    if (!std::isfinite(line.quantity) || line.quantity <= 0 || line.quantity >= quantity_end) {
        return fail(error_kind::invalid, fmt::format("quantity is {}", line.quantity),
                    "it must be more than 0 and less than 1e12");
    }
    TRY(check_text(line.reference, reference_rule));
    return check_text(line.note, note_rule);
}

result<> relationship_records::add(const relationship& line) {
    return write(line, expected::absent, circles::refused);
}

result<> relationship_records::update(const relationship& line) {
    return write(line, expected::present, circles::refused);
}

result<> relationship_records::set(const relationship& line, circles when) {
    return write(line, expected::either, when);
}

result<> relationship_records::write(const relationship& line, expected state, circles when) {
    TRY(check_line(line));
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const auto parent, require_draft(db, line.parent_revision_id));
        TRY_ASSIGN(const auto child, number_of(db, line.child_part_id));
        TRY_ASSIGN(const bool is_there, has_line(db, line.parent_revision_id, line.child_part_id));
        if (is_there && state == expected::absent) {
            return fail(error_kind::exists,
                        fmt::format("{} v{} has a line with {} already", parent.number, parent.version, child),
                        "change its quantity instead");
        }
        if (!is_there && state == expected::present) {
            return no_line(db, parent, line.child_part_id);
        }
        if (!is_there && when == circles::refused) {
            TRY(check_acyclic(db, parent.part_id, line.child_part_id));
        }
        TRY(
            db.run("insert into Relationships(parent_revision_id, child_part_id, quantity, reference, note) "
                   "values(?1, ?2, ?3, ?4, ?5) on conflict(parent_revision_id, child_part_id) do update set "
                   "quantity = excluded.quantity, reference = excluded.reference, note = excluded.note",
                   line.parent_revision_id, line.child_part_id, line.quantity, line.reference, line.note));
        return {};
    });
}

result<> relationship_records::remove(std::int64_t revision_id, std::int64_t child_part_id) {
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const auto parent, require_draft(db, revision_id));
        TRY_ASSIGN(const auto removed,
                   db.run("delete from Relationships where parent_revision_id = ?1 and child_part_id = ?2", revision_id,
                          child_part_id));
        return removed == 0 ? no_line(db, parent, child_part_id) : result<>();
    });
}

result<std::vector<listed_line>> relationship_records::list(std::int64_t revision_id) {
    return database_.execute([&](sqlite::connection& db) -> result<std::vector<listed_line>> {
        TRY(find_revision(db, revision_id));
        TRY_ASSIGN(auto lines,
                   db.list<listed_line>("select parent_revision_id, child_part_id, quantity, reference, note, "
                                        "number, name from Relationships join Parts on part_id = child_part_id "
                                        "where parent_revision_id = ?1 order by number",
                                        revision_id));
        return lines;
    });
}

}  // namespace sluice::parts
