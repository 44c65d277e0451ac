// history_records.hpp - the history for readers: the user, the action, the part and the time.
//
// Use:     TRY(history.add({.date = now_ms, .username = "ada", .action = "release", .part_id = id, ...}));
//          TRY_ASSIGN(const auto events, history.list(part_id));
// Order:   newest first.
// Bounds:  at most `limit` events.
// Threads: any; inside or outside a transaction of the database, which outlives this.
// Errors:  storage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

// An event with the names of what it is about.
struct named_event {
    history_event event;
    std::optional<std::string> number;
    std::optional<std::int64_t> version;

    static named_event from_row(const sqlite::row& from);
};

class history_records {
  public:
    explicit history_records(sqlite::database& database) : database_(database) {}

    result<> add(const history_event& happened);
    result<std::vector<history_event>> list(std::int64_t part_id, std::int64_t limit = 1'000);
    // True if the user changed the revision's content: its text, its parts, its files.
    result<bool> has_worked_on(const revision& which, std::string_view username);
    // Events of the whole project, also those that concern no part.
    result<std::vector<history_event>> list_all(std::int64_t limit = 1'000);
    // Events of one part, or of the whole project, with numbers and versions.
    result<std::vector<named_event>> list_named(std::optional<std::int64_t> part_id, std::int64_t limit = 1'000);

  private:
    sqlite::database& database_;
};

}  // namespace sluice::parts
