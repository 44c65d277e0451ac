// Open streams and the connections that they need.
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "engines/duckdb/session/duckdb_session.hpp"

namespace sluice::duckdb {
namespace {

// Lets DuckDB take the transaction's snapshot of every attached database, and counts those that others may write to.
constexpr const char* take_snapshots =
    "SELECT count(*) + 0 * (SELECT count(*) FROM system.main.duckdb_schemas()) "
    "FROM sluice_functions.sluice_functions.duckdb_databases() WHERE NOT internal AND type <> 'duckdb'";

}  // namespace

result<> duckdb_session::make_way() {
    if (link_->stream() == nullptr) {
        return {};
    }
    TRY_ASSIGN(const bool left, leave_link_to_stream());
    return left ? result<>() : link_->stream()->put_aside();
}

result<bool> duckdb_session::leave_link_to_stream() {
    if (link_->has_state() || (clock_.in_block() && !clock_.is_undisturbed())) {
        return false;
    }
    auto fresh = std::make_shared<duckdb_link>(link_->shared_instance(), interrupts_);
    // A wait for a connection here would hold another one.
    TRY_ASSIGN(const bool opened, fresh->try_open());
    if (!opened) {
        return false;
    }
    if (clock_.in_block()) {
        const interrupts::scope here(*interrupts_, fresh->connection());
        TRY(make_settings(*fresh));
        TRY(fresh->begin(block_reads_only_));
        TRY_ASSIGN(const std::string foreign, read_text(fresh->connection(), take_snapshots));
        // Checked again, because the snapshots were taken only now.
        if (foreign != "0" || !clock_.is_undisturbed()) {
            return false;
        }
    } else {
        TRY(make_settings(*fresh));
    }
    change_link(std::move(fresh));
    link_->instance().metrics().streams_moved_total.add();
    return true;
}

// Makes the session's earlier settings, in their order.
result<> duckdb_session::make_settings(duckdb_link& fresh) const {
    for (const made_setting& setting : made_settings_) {
        fresh.leave_trace(duckdb_link::trace::settings);
        TRY(run_sql(fresh.connection(), setting.sql));
    }
    return {};
}

void duckdb_session::change_link(std::shared_ptr<duckdb_link> fresh) {
    drop_plans();
    link_ = std::move(fresh);
    if (link_->is_open()) {
        show_lists_here();
    }
}

result<> duckdb_session::hold(backend::row_stream& rows) {
    auto* ours = dynamic_cast<reads_chunks*>(&rows);
    if (ours == nullptr || !ours->source().holds_connection() || ours->source().link() != link_) {
        return {};
    }
    const bool has_written = clock_.block_change() != change::none || ours->source().has_effect();
    if (has_written || link_->has_state()) {
        return ours->source().put_aside();
    }
    // The transaction has only read: it may continue for the stream alone.
    change_link(std::make_shared<duckdb_link>(link_->shared_instance(), interrupts_));
    link_->instance().metrics().streams_moved_total.add();
    return {};
}

result<> duckdb_session::set_formats(backend::row_stream& rows, std::span<const backend::wire_format> formats) {
    if (auto* ours = dynamic_cast<reads_chunks*>(&rows)) {
        ours->write_as({.formats = formats, .settings = settings_, .zone = zone_});
    } else if (auto* constant = dynamic_cast<constant_rows*>(&rows)) {
        constant->write_as(formats);
    }
    return {};
}

void duckdb_session::remember_plan(const std::shared_ptr<duckdb_statement>& statement) {
    constexpr std::size_t few = 16;
    if (planned_.size() >= few + 2 * planned_swept_) {
        std::erase_if(planned_, [](const auto& each) { return each.expired(); });
        planned_swept_ = planned_.size();
    }
    planned_.push_back(statement);
}

// Statements stay, and are planned again when needed.
void duckdb_session::drop_plans() {
    for (const auto& each : planned_) {
        if (const auto statement = each.lock()) {
            statement->plan.reset();
        }
    }
}

}  // namespace sluice::duckdb
