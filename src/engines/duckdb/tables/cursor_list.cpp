#include "engines/duckdb/tables/cursor_list.hpp"

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

system_value text_or_null(std::string text) {
    return text.empty() ? system_value() : system_value(std::move(text));
}

// In the order of PostgreSQL's pg_settings. sourcefile and sourceline are those of a configuration file.
system_row row_of(core::setting_facts setting) {
    const bool in_file = setting.source == "configuration file" && setting.set_by.contains(':');
    const auto colon = setting.set_by.rfind(':');
    return {std::move(setting.name),
            std::move(setting.value),
            text_or_null(std::move(setting.unit)),
            std::move(setting.category),
            std::move(setting.description),
            text_or_null(in_file ? "" : setting.set_by),
            std::move(setting.context),
            std::move(setting.type),
            std::move(setting.source),
            text_or_null(std::move(setting.min)),
            text_or_null(std::move(setting.max)),
            text_or_null(std::move(setting.choices)),
            std::move(setting.default_value),
            std::move(setting.reset_value),
            text_or_null(in_file ? setting.set_by.substr(0, colon) : ""),
            text_or_null(in_file ? setting.set_by.substr(colon + 1) : ""),
            false};
}

}  // namespace

// PostgreSQL's six columns, in its order, and ours behind them.
system_table cursor_lists::cursor_table() const {
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
                const auto list = of(caller).cursors;
                for (cursor_facts& cursor : list ? list() : std::vector<cursor_facts>()) {
                    rows.push_back(row_of(std::move(cursor)));
                }
                return rows;
            }};
}

system_table cursor_lists::setting_table() const {
    system_table table{.name = "sluice_pg_settings", .columns = {}, .rows = {}};
    for (const char* column :
         {"name", "setting", "unit", "category", "short_desc", "extra_desc", "context", "vartype", "source", "min_val",
          "max_val", "enumvals", "boot_val", "reset_val", "sourcefile", "sourceline"}) {
        table.columns.push_back({.name = column, .type = system_type::varchar});
    }
    table.columns.push_back({.name = "pending_restart", .type = system_type::boolean});
    table.rows = [this](system_caller caller) {
        std::vector<system_row> rows;
        const auto list = of(caller).settings;
        for (core::setting_facts& setting : list ? list() : std::vector<core::setting_facts>()) {
            rows.push_back(row_of(std::move(setting)));
        }
        return rows;
    };
    return table;
}

void cursor_lists::set(system_caller client, session_lists what) {
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

cursor_lists::session_lists cursor_lists::of(system_caller client) const {
    const std::scoped_lock lock(mutex_);
    const auto found = lists_.find(client);
    return found == lists_.end() ? session_lists() : found->second;
}

}  // namespace sluice::engine
