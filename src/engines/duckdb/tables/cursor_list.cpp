#include "engines/duckdb/tables/cursor_list.hpp"

#include <string>
#include <utility>

namespace sluice::duckdb {

namespace {

// Portals that are no cursors have no time.
backend::system_value time_of(std::int64_t since_1970_us) {
    return since_1970_us == 0 ? backend::system_value() : backend::system_value(backend::timestamp_us{since_1970_us});
}

backend::system_row row_of(backend::cursor_facts cursor) {
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

backend::system_value text_or_null(std::string text) {
    return text.empty() ? backend::system_value() : backend::system_value(std::move(text));
}

// In the order of PostgreSQL's pg_settings. sourcefile and sourceline are set for values from a configuration file.
backend::system_row row_of(base::setting_facts setting) {
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

// PostgreSQL's six columns, in its order, and Sluice's own behind them.
backend::system_table cursor_lists::cursor_table() const {
    return {.name = "pg_cursors",
            .columns = {{.name = "name", .type = backend::system_type::varchar},
                        {.name = "statement", .type = backend::system_type::varchar},
                        {.name = "is_holdable", .type = backend::system_type::boolean},
                        {.name = "is_binary", .type = backend::system_type::boolean},
                        {.name = "is_scrollable", .type = backend::system_type::boolean},
                        {.name = "creation_time", .type = backend::system_type::timestamptz},
                        {.name = "rows_fetched", .type = backend::system_type::bigint},
                        {.name = "fetches", .type = backend::system_type::bigint},
                        {.name = "last_fetch_time", .type = backend::system_type::timestamptz}},
            .rows = [this](backend::system_caller caller) {
                std::vector<backend::system_row> rows;
                const auto list = of(caller).cursors;
                for (backend::cursor_facts& cursor : list ? list() : std::vector<backend::cursor_facts>()) {
                    rows.push_back(row_of(std::move(cursor)));
                }
                return rows;
            }};
}

backend::system_table cursor_lists::setting_table() const {
    backend::system_table table{.name = "sluice_pg_settings", .columns = {}, .rows = {}};
    for (const char* column :
         {"name", "setting", "unit", "category", "short_desc", "extra_desc", "context", "vartype", "source", "min_val",
          "max_val", "enumvals", "boot_val", "reset_val", "sourcefile", "sourceline"}) {
        table.columns.push_back({.name = column, .type = backend::system_type::varchar});
    }
    table.columns.push_back({.name = "pending_restart", .type = backend::system_type::boolean});
    table.rows = [this](backend::system_caller caller) {
        std::vector<backend::system_row> rows;
        const auto list = of(caller).settings;
        for (base::setting_facts& setting : list ? list() : std::vector<base::setting_facts>()) {
            rows.push_back(row_of(std::move(setting)));
        }
        return rows;
    };
    return table;
}

void cursor_lists::set(backend::system_caller client, session_lists what) {
    const std::scoped_lock lock(mutex_);
    lists_.insert_or_assign(client, std::move(what));
}

void cursor_lists::remove(backend::system_caller client) {
    const std::scoped_lock lock(mutex_);
    lists_.erase(client);
}

std::size_t cursor_lists::size() const {
    const std::scoped_lock lock(mutex_);
    return lists_.size();
}

cursor_lists::session_lists cursor_lists::of(backend::system_caller client) const {
    const std::scoped_lock lock(mutex_);
    const auto found = lists_.find(client);
    return found == lists_.end() ? session_lists() : found->second;
}

}  // namespace sluice::duckdb
