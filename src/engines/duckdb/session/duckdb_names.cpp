// Keeps a session's connection to its search path.
#include <memory>
#include <utility>

#include "engines/duckdb/session/duckdb_session.hpp"
#include "postgres/sql/quote.hpp"

namespace sluice::duckdb {
namespace {

result<schema_names::list> read_schemas(const duckdb_link& link) {
    const std::string sql = "SELECT schema_name FROM system.main.duckdb_schemas() WHERE database_name = " +
                            postgres::quote_literal(link.instance().catalog());
    owned_result result;
    if (duckdb_query(link.connection(), sql.c_str(), result.out()) == DuckDBError) {
        return fail(link.to_error(duckdb_result_error(result.get())));
    }
    auto names = std::make_shared<std::vector<std::string>>();
    const idx_t rows = duckdb_row_count(result.get());
    for (idx_t row = 0; row < rows; ++row) {
        names->push_back(take_text(duckdb_value_varchar(result.get(), 0, row)));
    }
    return names;
}

}  // namespace

void duckdb_session::set_search_path(std::vector<std::string> schemas) {
    if (path_.set(std::move(schemas)) || names_changed_) {
        path_seen_ = {};
        names_changed_ = false;
        std::erase_if(made_settings_, [](const std::string& made) { return read_traits(made).changes_names; });
    }
}

// Costs a few comparisons while nobody changes anything that a name may mean.
result<> duckdb_session::follow_search_path() {
    const plan_stamp now = clock_.now(link_->id());
    const bool same = now.connection == path_seen_.connection && now.epoch.schema == path_seen_.epoch.schema &&
                      now.own_schema == path_seen_.own_schema;
    if (names_changed_) {
        return {};
    }
    if (!same) [[unlikely]] {
        TRY(resolve_search_path(now));
    }
    return link_->set_search_path(path_.engine_value());  // others may have used this connection meanwhile
}

result<> duckdb_session::resolve_search_path(const plan_stamp& now) {
    // A schema that this transaction has made, or dropped, is its own.
    const bool shared = clock_.block_change() != change::schema;
    schema_names& known = link_->instance().schemas();
    auto existing = shared ? known.find(now.epoch.schema) : nullptr;
    if (!existing) {
        TRY_ASSIGN(existing, read_schemas(*link_));
        const bool quiet = now.epoch.schema_is_quiet() && clock_.now(link_->id()).epoch.schema == now.epoch.schema;
        if (quiet && !clock_.in_block()) {
            known.keep(now.epoch.schema, existing);
        }
    }
    if (path_.resolve(link_->instance().catalog(), *existing)) {
        cache_.clear();
        clock_.note_setting();
    }
    path_seen_ = now;
    path_seen_.own_schema = clock_.now(link_->id()).own_schema;
    return {};
}

}  // namespace sluice::duckdb
