#include "apps/parts/people/history_records.hpp"

#include "apps/parts/model/lifecycle.hpp"

namespace sluice::parts {

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

}  // namespace sluice::parts
