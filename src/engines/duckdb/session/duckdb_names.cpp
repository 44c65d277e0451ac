// Keeps the search path of a session's connection up to date.
#include <memory>
#include <utility>

#include "engines/duckdb/session/duckdb_session.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

result<schema_names::list> read_schemas(const duckdb_link& link) {
    auto names =
        read_texts(link.connection(), "SELECT schema_name FROM system.main.duckdb_schemas() WHERE database_name = " +
                                          postgres::quote_literal(link.instance().catalog()));
    if (!names) {
        return fail(link.cancelled_or(std::move(names).error()));
    }
    return std::make_shared<const std::vector<std::string>>(*std::move(names));
}

}  // namespace

void duckdb_session::set_search_path(std::span<const std::string> schemas) {
    if (path_.set({schemas.begin(), schemas.end()}) || names_changed_) {
        path_seen_ = {};
        names_changed_ = false;
        std::erase_if(made_settings_, [](const made_setting& made) { return read_traits(made.sql).changes_names; });
    }
}

// Costs a few comparisons as long as there is no change of names.
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
    return link_->set_search_path(path_.engine_value());  // other sessions may have used this connection meanwhile
}

result<> duckdb_session::resolve_search_path(const plan_stamp& now) {
    // A schema that this transaction has made or dropped is not visible to others yet.
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
