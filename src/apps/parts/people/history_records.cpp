#include "apps/parts/people/history_records.hpp"

#include "apps/parts/model/lifecycle.hpp"

namespace sluice::parts {

named_event named_event::from_row(const sqlite::row& from) {
    return {.event = history_event::from_row(from),
            .number = from.get<std::optional<std::string>>(6),
            .version = from.get<std::optional<std::int64_t>>(7)};
}

result<> history_records::add(const history_event& happened) {
    TRY(database_.run(
        "INSERT INTO History(date, username, action, part_id, revision_id, detail) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
        happened.date, happened.username, happened.action, happened.part_id, happened.revision_id, happened.detail));
    return {};
}

result<std::vector<history_event>> history_records::list(std::int64_t part_id, std::int64_t limit) {
    TRY_ASSIGN(auto events,
               database_.list<history_event>("SELECT date, username, action, part_id, revision_id, detail "
                                             "FROM History WHERE part_id = ?1 ORDER BY event_id DESC LIMIT ?2",
                                             part_id, limit));
    return events;
}

result<bool> history_records::has_worked_on(const revision& which, std::string_view username) {
    TRY_ASSIGN(const auto found,
               database_.get<bool>("SELECT EXISTS(SELECT 1 FROM History WHERE part_id = ?1 AND revision_id = ?2 AND "
                                   "username = ?3 AND action IN (?4, ?5, ?6))",
                                   which.part_id, which.revision_id, username, to_text(action::edit),
                                   to_text(action::edit_bom), to_text(action::attach_file)));
    return found;
}

result<std::vector<history_event>> history_records::list_all(std::int64_t limit) {
    TRY_ASSIGN(auto events, database_.list<history_event>("SELECT date, username, action, part_id, revision_id, detail "
                                                          "FROM History ORDER BY event_id DESC LIMIT ?1",
                                                          limit));
    return events;
}

result<std::vector<named_event>> history_records::list_named(std::optional<std::int64_t> part_id, std::int64_t limit) {
    TRY_ASSIGN(auto events,
               database_.list<named_event>(
                   "SELECT h.date, h.username, h.action, h.part_id, h.revision_id, h.detail, p.number, r.version "
                   "FROM History h LEFT JOIN Parts p ON p.part_id = h.part_id "
                   "LEFT JOIN Revisions r ON r.revision_id = h.revision_id "
                   "WHERE ?1 IS NULL OR h.part_id = ?1 ORDER BY h.event_id DESC LIMIT ?2",
                   part_id, limit));
    return events;
}

}  // namespace sluice::parts
