#include "engine/cursor_list.hpp"

#include <string>
#include <utility>

namespace sluice::engine {

namespace {

// Portals, which are no cursors, have none.
system_value time_of(std::int64_t since_1970_us) {
    return since_1970_us == 0 ? system_value() : system_value(timestamp_us{since_1970_us});
}

system_row row_of(cursor_facts cursor) {
    return {std::move(cursor.name),
            std::move(cursor.statement),
            cursor.is_holdable,
            cursor.is_binary,
            cursor.is_scrollable,
            time_of(cursor.created_us),
            static_cast<std::int64_t>(cursor.rows_fetched),
            static_cast<std::int64_t>(cursor.fetches),
            time_of(cursor.used_us)};
}

}  // namespace

// PostgreSQL's six columns, in its order, and ours behind them.
system_table cursor_lists::table() const {
    return {.name = "pg_cursors",
            .columns = {{.name = "name", .type = system_type::varchar},
                        {.name = "statement", .type = system_type::varchar},
                        {.name = "is_holdable", .type = system_type::boolean},
                        {.name = "is_binary", .type = system_type::boolean},
                        {.name = "is_scrollable", .type = system_type::boolean},
                        {.name = "creation_time", .type = system_type::timestamptz},
                        {.name = "rows_fetched", .type = system_type::bigint},
                        {.name = "fetches", .type = system_type::bigint},
                        {.name = "last_fetch_time", .type = system_type::timestamptz}},
            .rows = [this](system_caller caller) {
                std::vector<system_row> rows;
                for (cursor_facts& cursor : of(caller)) {
                    rows.push_back(row_of(std::move(cursor)));
                }
                return rows;
            }};
}

void cursor_lists::set(system_caller client, list what) {
    const std::scoped_lock lock(mutex_);
    lists_.insert_or_assign(client, std::move(what));
}

void cursor_lists::remove(system_caller client) {
    const std::scoped_lock lock(mutex_);
    lists_.erase(client);
}

std::size_t cursor_lists::size() const {
    const std::scoped_lock lock(mutex_);
    return lists_.size();
}

std::vector<cursor_facts> cursor_lists::of(system_caller client) const {
    list what;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = lists_.find(client);
        what = found == lists_.end() ? nullptr : found->second;
    }
    return what ? what() : std::vector<cursor_facts>();
}

}  // namespace sluice::engine
