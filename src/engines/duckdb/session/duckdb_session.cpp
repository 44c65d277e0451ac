#include "engines/duckdb/session/duckdb_session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/core/version.hpp"
#include "engines/duckdb/dialect/driver_queries.hpp"
#include "engines/duckdb/dialect/translate.hpp"
#include "engines/duckdb/session/operator_profile.hpp"
#include "engines/duckdb/statement/analysed_plan.hpp"
#include "engines/duckdb/statement/duckdb_effects.hpp"

namespace sluice::duckdb {
namespace {

// A plan that may depend on data outside of the database, such as files, is used for the first execution only if that
// follows at once, as when both come from one packet.
constexpr std::chrono::milliseconds fresh_plan_age_max{50};

// Drivers read the number behind the first word.
std::string_view version_text() {
    static const std::string text =
        "PostgreSQL 15.0 (Sluice " + std::string(version()) + ", DuckDB " + duckdb_library_version() + ")";
    return text;
}

}  // namespace

duckdb_session::duckdb_session(std::shared_ptr<duckdb_keeper> keeper, const backend::session_params& params)
    : keeper_(std::move(keeper)),
      recall_(params.recall),
      wake_(params.wake),
      interrupts_(std::make_shared<interrupts>(keeper_->lasting().gate)),
      link_(std::make_shared<duckdb_link>(nullptr, interrupts_)),
      clock_(keeper_->lasting().epoch),
      cache_(keeper_->params().plan_cache_entries) {
    interrupts_->token().name_session(params.session_id);
}

duckdb_session::~duckdb_session() {
    queued_.reset();
    cache_.clear();
    drop_plans();
}

result<> duckdb_session::ready() {
    if (cancel().requested()) {
        return fail(cancel().to_error());
    }
    TRY(join_engine());
    link_->instance().look_at_files(clock_.in_block() ? block_files_ : 0);
    TRY(make_way());
    if (!link_->is_open() && !resume()) {
        TRY(link_->open());
        TRY(set_up_link());
    }
    link_->note_work();
    interrupts_->aim(link_->connection());
    TRY(link_->set_time_zone(zone_.engine_name()));
    TRY(follow_dialect());
    return follow_search_path();
}

bool duckdb_session::resume() {
    if (!link_->is_parked()) {
        return false;
    }
    if (link_->resume()) {
        return true;
    }
    drop_plans();
    return false;
}

result<> duckdb_session::set_up_link() {
    TRY(make_settings(*link_));
    show_lists_here();
    return {};
}

result<bool> duckdb_session::connect() {
    // A failure of the engine, or a cancel, is reported by the statement.
    const bool usable = !lost_ && !cancel().requested() &&
                        (link_->has_instance() ? !link_->instance().is_retired() : join_engine().has_value());
    if (!usable) {
        queued_.reset();
        return true;
    }
    if (link_->is_open() || resume()) {
        return true;
    }
    const bool begins = !queued_;
    if (begins) {
        queued_.emplace(link_->instance().connections(), wake_);
        queued_since_ = std::chrono::steady_clock::now();
    }
    const auto waited = std::chrono::steady_clock::now() - queued_since_;
    auto lease = begins                                                    ? queued_->begin(link_->holder())
                 : waited >= link_->instance().params().connection_timeout ? queued_->expire()
                                                                           : queued_->collect();
    if (lease && !*lease) {
        return false;
    }
    queued_.reset();
    if (!lease) {
        return fail(std::move(lease).error());
    }
    link_->adopt(**std::move(lease));
    TRY(set_up_link());
    return true;
}

std::string duckdb_session::take_profile() {
    return link_->is_open() && link_->profiles() && link_->stream() == nullptr ? read_profile(link_->connection())
                                                                               : std::string();
}

void duckdb_session::park() {
    if (clock_.in_block() || !link_->park()) {
        link_->note_rest();
    }
}

result<> duckdb_session::join_engine() {
    if (lost_) {
        lost_ = clock_.in_block();  // until the block has ended
        return fail(lost_error());
    }
    if (link_->has_instance() && !link_->instance().is_retired()) [[likely]] {
        return {};
    }
    TRY_ASSIGN(const auto instance, keeper_->current());
    if (link_->has_instance()) {
        return fail(lost_error());  // the new one was opened before this session has left
    }
    link_ = std::make_shared<duckdb_link>(instance, interrupts_);
    guest_ = instance->guests()->add({.cancel = &cancel(), .recall = recall_});
    return {};
}

void duckdb_session::leave_engine() {
    lost_ = clock_.in_block() || link_->has_state();
    queued_.reset();
    cache_.clear();
    path_seen_ = {};
    link_->leave_trace(duckdb_link::trace::state);
    change_link(std::make_shared<duckdb_link>(nullptr, interrupts_));
    guest_.leave();
}

error duckdb_session::lost_error() const {
    return interrupts_->token().engine_lost_error().with_detail(
        "The transaction, if one was open, is undone; temporary tables, prepared statements and cursors of the session "
        "are gone.");
}

result<> duckdb_session::check_files(change shown) const {
    return shown == change::none ? result<>() : link_->instance().files().check();
}

result<std::shared_ptr<backend::prepared_statement>> duckdb_session::prepare(const postgres::lexed_text& sql,
                                                                             std::span<const backend::oid> declared) {
    if (declared.empty()) {
        if (auto constant = constant_query::read(sql)) {
            TRY(join_engine());
            if (answers_alone()) {
                return constant;
            }
        }
    }
    return plan(sql, declared);
}

bool duckdb_session::answers_alone() {
    return !lost_ && link_->has_instance() && !engine_lost() && !link_->instance().health().is_suspected() &&
           !cancel().requested();
}

result<std::shared_ptr<duckdb_statement>> duckdb_session::plan(const postgres::lexed_text& sql,
                                                               std::span<const backend::oid> declared) {
    const interrupts::scope here(*interrupts_);
    TRY(ready());
    const auto driver_query = find_driver_query(sql.text());
    if (!driver_query && dialect_.postgres) {
        if (auto known = cache_.find(sql.text(), declared); known && is_reusable(*known)) {
            link_->instance().metrics().plan_cache_hits_total.add();
            return known;
        }
        TRY_ASSIGN(auto statement,
                   plan_analysed(plan_with(), sql, declared, {.zone = zone_, .user = facts_.user, .database = "main"}));
        if (statement) {
            cache_.add(statement);
            remember_plan(statement);
            return statement;
        }
    }
    if (driver_query) {
        declared = driver_query->parameter_types;
    }
    translated_text text = driver_query ? translated(driver_query->sql) : translated(sql);
    const bool is_kept = text.changes.empty();  // the translated text does not contain the changes of set_config()
    auto known = is_kept ? cache_.find(text.sql(), declared) : nullptr;
    const bool reusable = known && is_reusable(*known);
    engine_metrics& metrics = link_->instance().metrics();
    (reusable ? metrics.plan_cache_hits_total
     : known  ? metrics.plan_cache_stale_total
              : metrics.plan_cache_misses_total)
        .add();
    if (reusable) {
        return known;
    }
    TRY_ASSIGN(auto statement, describe_statement(plan_with(), std::move(text), declared));
    if (known && known->stamp.epoch.schema == statement->stamp.epoch.schema &&
        known->stamp.own_schema == statement->stamp.own_schema) {
        statement->reuse = known->reuse;  // determined once for a text
    }
    if (is_kept) {
        cache_.add(statement);
    }
    remember_plan(statement);
    return statement;
}

translated_text duckdb_session::translated(const postgres::lexed_text& sql, bool binary_ctid) const {
    session_facts facts{.version_text = version_text(),
                        .user = facts_.user,
                        .process_id = facts_.process_id,
                        .setting = facts_.setting,
                        .changes = {}};
    const bool knows_session = static_cast<bool>(facts_.setting);
    auto written = translate(sql, {.session = knows_session ? &facts : nullptr,
                                   .postgres_operators = dialect_.postgres_operators,
                                   .binary_ctid = binary_ctid});
    translated_text made{.original = sql.text(), .written = {}, .lexed = {}, .changes = std::move(facts.changes)};
    if (written == sql.text()) {
        made.lexed = sql;
    } else {
        made.written = std::make_unique<const std::string>(std::move(written));
        made.lexed = *made.written;
    }
    return made;
}

// True if the current plan may be executed.
bool duckdb_session::is_reusable(duckdb_statement& statement) {
    if (!statement.plan || statement.stamp.connection != link_->id()) {
        return false;
    }
    if (!statement.executed && statement.files_version == link_->instance().files_version() &&
        std::chrono::steady_clock::now() - statement.planned_at < fresh_plan_age_max) {
        return clock_.is_valid(statement.stamp, plan_reuse::until_write);
    }
    if (statement.reuse == plan_reuse::unknown) {
        statement.reuse = look_up_reuse(statement);
    }
    return clock_.is_valid(statement.stamp, statement.reuse);
}

plan_reuse duckdb_session::look_up_reuse(const duckdb_statement& statement) {
    const reuse_question question{.connection = link_->connection(),
                                  .instance = link_->instance(),
                                  .sent = statement.sent,
                                  .traits = statement.traits,
                                  .type = statement.type,
                                  .path = names_changed_ ? nullptr : &path_};
    if (clock_.in_block()) {
        return find_reuse(question);
    }
    if (!link_->begin(true)) {
        return plan_reuse::never;
    }
    const plan_reuse found = find_reuse(question);
    (void)link_->rollback();
    return found;
}

result<> duckdb_session::begin(backend::begin_options options) {
    const interrupts::scope here(*interrupts_);
    TRY(ready());
    clock_.begin_block();
    block_files_ = link_->instance().files_version();
    block_reads_only_ = options.read_only;
    auto begun = link_->begin(options.read_only);
    if (!begun) {
        clock_.end_block(true);
    }
    return begun;
}

result<> duckdb_session::commit() {
    if (std::exchange(lost_, false) || engine_lost()) {
        clock_.end_block(true);
        return fail(lost_error());
    }
    if (!link_->is_open()) {
        clock_.end_block(false);  // the transaction has only read, and a held stream goes on with it
        return {};
    }
    const interrupts::scope here(*interrupts_, link_->connection());
    const write_epoch::writing now(link_->instance().epoch(), clock_.block_change());
    auto committed = check_files(clock_.block_change());
    if (committed) {
        committed = link_->commit();
    } else {
        (void)link_->rollback();
    }
    // DuckDB has rolled back if a commit failed.
    clock_.end_block(!committed);
    return committed;
}

result<> duckdb_session::rollback() {
    lost_ = false;
    if (!link_->is_open() || engine_lost()) {
        clock_.end_block(true);
        return {};
    }
    const interrupts::scope here(*interrupts_, link_->connection());
    auto rolled_back = link_->rollback();
    clock_.end_block(true);
    return rolled_back;
}

result<> duckdb_session::set_value_settings(const backend::value_settings& settings) {
    if (settings.time_zone != settings_.time_zone) {
        TRY_ASSIGN(auto zone, time_zone::find(settings.time_zone));
        if (zone.engine_name() != zone_.engine_name()) {
            cache_.clear();
            clock_.note_setting();  // casts of constants were folded in the old zone
        }
        zone_ = std::move(zone);  // the next statement sends it to DuckDB
    }
    settings_ = settings;
    return {};
}

void duckdb_session::set_facts(backend::conversation_facts facts) {
    lists_.cursors = facts.cursors;
    lists_.settings = facts.settings;
    facts_ = std::move(facts);
}

void duckdb_session::show_lists_here() {
    if (lists_.cursors || lists_.settings) {
        link_->instance().lists().set(link_->client(), lists_);
    }
}

void duckdb_session::rest() {
    const bool connected = link_->is_open() || link_->is_parked();
    if (connected && !clock_.in_block() && link_->stream() == nullptr && !link_->has_state()) {
        cache_.clear();
        drop_plans();
        link_->close();
    }
}

}  // namespace sluice::duckdb
