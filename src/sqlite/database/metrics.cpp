#include "sqlite/database/metrics.hpp"

namespace sluice::store {

namespace {

using core::metric_definition;
using core::metric_type;

struct sampled {
    metric_definition definition;
    double (*value)(const store_statistics& now);
};

template <auto Member>
double total(const store_statistics& now) {
    return static_cast<double>(now.*Member);
}

constexpr metric_definition count(std::string_view name, std::string_view unit, std::string_view help) {
    return {.name = name, .type = metric_type::counter, .unit = unit, .help = help, .label = "database"};
}

constexpr metric_definition level(std::string_view name, std::string_view unit, std::string_view help) {
    return {.name = name, .type = metric_type::gauge, .unit = unit, .help = help, .label = "database"};
}

constexpr sampled all[] = {
    {count("store_reads_total", "calls", "Calls that borrowed a reading connection"),
     total<&store_statistics::reads_total>},
    {count("store_writes_total", "calls", "Calls that borrowed the writing connection"),
     total<&store_statistics::writes_total>},
    {count("store_transactions_total", "transactions", "Transactions begun, those run again included"),
     total<&store_statistics::transactions_total>},
    {count("store_commits_total", "transactions", "Transactions committed"), total<&store_statistics::commits_total>},
    {count("store_group_commits_total", "commits", "Commits that ended several transactions at once"),
     total<&store_statistics::group_commits_total>},
    {count("store_rollbacks_total", "transactions", "Transactions rolled back"),
     total<&store_statistics::rollbacks_total>},
    {count("store_retries_total", "transactions", "Transactions run again after a conflict with another process"),
     total<&store_statistics::retries_total>},
    {count("store_busy_waits_total", "waits", "Waits for another connection's lock"),
     total<&store_statistics::busy_waits_total>},
    {count("store_statement_cache_hits_total", "statements", "Statements that were compiled already"),
     total<&store_statistics::statement_cache_hits_total>},
    {count("store_statement_cache_misses_total", "statements", "Statements that had to be compiled"),
     total<&store_statistics::statement_cache_misses_total>},
    {count("store_checkpoints_total", "checkpoints", "Times the write-ahead log was copied into the database"),
     total<&store_statistics::checkpoints_total>},
    {count("store_poisoned_total", "connections", "Connections given up after an I/O error or damage"),
     total<&store_statistics::poisoned_total>},
    {count("store_leaks_total", "connections", "Connections held for longer than leak_threshold"),
     [](const store_statistics& now) { return static_cast<double>(now.readers.leaks_total + now.writer.leaks_total); }},
    {count("store_acquire_timeouts_total", "calls", "Calls that got no connection within acquire_timeout"),
     [](const store_statistics& now) {
         return static_cast<double>(now.readers.timeouts_total + now.writer.timeouts_total);
     }},
    {level("store_wal_pages", "pages", "Pages in the write-ahead log after this process's last commit"),
     total<&store_statistics::wal_pages>},
    {level("store_readers", "connections", "Reading connections that are open"),
     [](const store_statistics& now) { return static_cast<double>(now.readers.size); }},
    {level("store_readers_on_loan", "connections", "Reading connections that are in use"),
     [](const store_statistics& now) { return static_cast<double>(now.readers.on_loan); }},
    {level("store_readers_idle", "connections", "Reading connections that are open and not in use"),
     [](const store_statistics& now) { return static_cast<double>(now.readers.idle); }},
    {level("store_readers_waiting", "calls", "Calls that wait for a reading connection"),
     [](const store_statistics& now) { return static_cast<double>(now.readers.waiting); }},
    {level("store_writer_waiting", "calls", "Calls that wait for the writing connection"),
     [](const store_statistics& now) { return static_cast<double>(now.writer.waiting); }},
};

using times = std::shared_ptr<const store_times>;

struct timed {
    metric_definition definition;
    const core::histogram& (*value)(const store_times& of);
};

constexpr metric_definition spread(std::string_view name, std::string_view help) {
    return {.name = name,
            .type = metric_type::histogram,
            .unit = "seconds",
            .help = help,
            .label = "database",
            .buckets = core::seconds_buckets};
}

constexpr timed all_times[] = {
    {spread("store_read_acquire_seconds", "Wait of a call for a reading connection; 0 for one that had it at once"),
     [](const store_times& of) -> const core::histogram& { return of.read_acquire; }},
    {spread("store_write_acquire_seconds", "Wait of a call for the writing connection; 0 for one that had it at once"),
     [](const store_times& of) -> const core::histogram& { return of.write_acquire; }},
    {spread("store_open_seconds", "Opening a connection"),
     [](const store_times& of) -> const core::histogram& { return of.open; }},
    {spread("store_busy_wait_seconds", "Wait for the lock of another connection, mostly of another process"),
     [](const store_times& of) -> const core::histogram& { return of.busy_wait; }},
};

}  // namespace

void expose(core::metrics_registry& registry, std::string_view database,
            const std::function<store_statistics()>& read) {
    for (const auto& [definition, value] : all) {
        registry.add_sampled(definition, [read, value] { return value(read()); }, database);
    }
    const times kept = read().times;
    const times shown = kept != nullptr ? kept : std::make_shared<const store_times>();
    for (const auto& [definition, value] : all_times) {
        registry.add_kept(definition, std::shared_ptr<const core::histogram>(shown, &value(*shown)), database);
    }
}

}  // namespace sluice::store
