#include "sqlite/database/metrics.hpp"

namespace sluice::sqlite {

namespace {

using base::metric_definition;
using base::metric_type;

struct sampled {
    metric_definition definition;
    double (*value)(const database_statistics& now);
};

template <auto Member>
double total(const database_statistics& now) {
    return static_cast<double>(now.*Member);
}

constexpr metric_definition count(std::string_view name, std::string_view unit, std::string_view help) {
    return {.name = name, .type = metric_type::counter, .unit = unit, .help = help, .label = "database"};
}

constexpr metric_definition level(std::string_view name, std::string_view unit, std::string_view help) {
    return {.name = name, .type = metric_type::gauge, .unit = unit, .help = help, .label = "database"};
}

constexpr sampled all[] = {
    {count("sqlite_reads_total", "calls", "Calls that borrowed a reading connection"),
     total<&database_statistics::reads_total>},
    {count("sqlite_writes_total", "calls", "Calls that borrowed the writing connection"),
     total<&database_statistics::writes_total>},
    {count("sqlite_transactions_total", "transactions", "Transactions begun, those run again included"),
     total<&database_statistics::transactions_total>},
    {count("sqlite_commits_total", "transactions", "Transactions committed"),
     total<&database_statistics::commits_total>},
    {count("sqlite_group_commits_total", "commits", "Commits that ended several transactions at once"),
     total<&database_statistics::group_commits_total>},
    {count("sqlite_rollbacks_total", "transactions", "Transactions rolled back"),
     total<&database_statistics::rollbacks_total>},
    {count("sqlite_retries_total", "transactions", "Transactions run again after a conflict with another process"),
     total<&database_statistics::retries_total>},
    {count("sqlite_busy_waits_total", "waits", "Waits for another connection's lock"),
     total<&database_statistics::busy_waits_total>},
    {count("sqlite_statement_cache_hits_total", "statements", "Statements that were compiled already"),
     total<&database_statistics::statement_cache_hits_total>},
    {count("sqlite_statement_cache_misses_total", "statements", "Statements that had to be compiled"),
     total<&database_statistics::statement_cache_misses_total>},
    {count("sqlite_checkpoints_total", "checkpoints", "Times the write-ahead log was copied into the database"),
     total<&database_statistics::checkpoints_total>},
    {count("sqlite_poisoned_total", "connections", "Connections given up after an I/O error or damage"),
     total<&database_statistics::poisoned_total>},
    {count("sqlite_leaks_total", "connections", "Connections held for longer than leak_threshold"),
     [](const database_statistics& now) {
         return static_cast<double>(now.readers.leaks_total + now.writer.leaks_total);
     }},
    {count("sqlite_acquire_timeouts_total", "calls", "Calls that got no connection within acquire_timeout"),
     [](const database_statistics& now) {
         return static_cast<double>(now.readers.timeouts_total + now.writer.timeouts_total);
     }},
    {level("sqlite_wal_pages", "pages", "Pages in the write-ahead log after this process's last commit"),
     total<&database_statistics::wal_pages>},
    {level("sqlite_readers", "connections", "Reading connections that are open"),
     [](const database_statistics& now) { return static_cast<double>(now.readers.size); }},
    {level("sqlite_readers_on_loan", "connections", "Reading connections that are in use"),
     [](const database_statistics& now) { return static_cast<double>(now.readers.on_loan); }},
    {level("sqlite_readers_idle", "connections", "Reading connections that are open and not in use"),
     [](const database_statistics& now) { return static_cast<double>(now.readers.idle); }},
    {level("sqlite_readers_waiting", "calls", "Calls that wait for a reading connection"),
     [](const database_statistics& now) { return static_cast<double>(now.readers.waiting); }},
    {level("sqlite_writer_waiting", "calls", "Calls that wait for the writing connection"),
     [](const database_statistics& now) { return static_cast<double>(now.writer.waiting); }},
};

using times = std::shared_ptr<const database_times>;

struct timed {
    metric_definition definition;
    const base::histogram& (*value)(const database_times& of);
};

constexpr metric_definition spread(std::string_view name, std::string_view help) {
    return {.name = name,
            .type = metric_type::histogram,
            .unit = "seconds",
            .help = help,
            .label = "database",
            .buckets = base::seconds_buckets};
}

constexpr timed all_times[] = {
    {spread("sqlite_read_acquire_seconds", "Wait of a call for a reading connection; 0 for one that had it at once"),
     [](const database_times& of) -> const base::histogram& { return of.read_acquire; }},
    {spread("sqlite_write_acquire_seconds", "Wait of a call for the writing connection; 0 for one that had it at once"),
     [](const database_times& of) -> const base::histogram& { return of.write_acquire; }},
    {spread("sqlite_open_seconds", "Opening a connection"),
     [](const database_times& of) -> const base::histogram& { return of.open; }},
    {spread("sqlite_busy_wait_seconds", "Wait for the lock of another connection, mostly of another process"),
     [](const database_times& of) -> const base::histogram& { return of.busy_wait; }},
};

}  // namespace

void expose(base::metrics_registry& registry, std::string_view database,
            const std::function<database_statistics()>& read) {
    for (const auto& [definition, value] : all) {
        registry.add_sampled(definition, [read, value] { return value(read()); }, database);
    }
    const times kept = read().times;
    const times shown = kept != nullptr ? kept : std::make_shared<const database_times>();
    for (const auto& [definition, value] : all_times) {
        registry.add_kept(definition, std::shared_ptr<const base::histogram>(shown, &value(*shown)), database);
    }
}

}  // namespace sluice::sqlite
