#include "sqlite/database/metrics.hpp"

#include <memory>

namespace sluice::sqlite {

namespace {

// Adds what the connections count themselves.
void expose_counters(base::metrics_registry& registry, base::metric_label label,
                     const std::shared_ptr<const database_counters>& counters) {
    const auto show = [&]<typename Metric>(base::metric_definition definition, Metric database_counters::* member) {
        definition.label = label;
        registry.add_kept(definition, std::shared_ptr<const Metric>(counters, &((*counters).*member)));
    };
    using all = database_counters;
    show({"sqlite_reads_total", "calls", "Calls that borrowed a reading connection"}, &all::reads_total);
    show({"sqlite_writes_total", "calls", "Calls that borrowed the writing connection"}, &all::writes_total);
    show({"sqlite_transactions_total", "transactions", "Transactions begun, those run again included"},
         &all::transactions_total);
    show({"sqlite_commits_total", "transactions", "Transactions committed"}, &all::commits_total);
    show({"sqlite_group_commits_total", "commits", "Commits that ended several transactions at once"},
         &all::group_commits_total);
    show({"sqlite_rollbacks_total", "transactions", "Transactions rolled back"}, &all::rollbacks_total);
    show({"sqlite_retries_total", "transactions", "Transactions run again after a conflict with another process"},
         &all::retries_total);
    show({"sqlite_busy_waits_total", "waits", "Waits for another connection's lock"}, &all::busy_waits_total);
    show({"sqlite_statement_cache_hits_total", "statements", "Statements that were compiled already"},
         &all::statement_cache_hits_total);
    show({"sqlite_statement_cache_misses_total", "statements", "Statements that had to be compiled"},
         &all::statement_cache_misses_total);
    show({"sqlite_checkpoints_total", "checkpoints", "Times the write-ahead log was copied into the database"},
         &all::checkpoints_total);
    show({"sqlite_poisoned_total", "connections", "Connections given up after an I/O error or damage"},
         &all::poisoned_total);
    show({"sqlite_wal_pages", "pages", "Pages in the write-ahead log after this process's last commit"},
         &all::wal_pages);
    show({"sqlite_read_acquire_seconds", "seconds",
          "Wait of a call for a reading connection; 0 for one that had it at once"},
         &all::read_acquire_seconds);
    show({"sqlite_write_acquire_seconds", "seconds",
          "Wait of a call for the writing connection; 0 for one that had it at once"},
         &all::write_acquire_seconds);
    show({"sqlite_open_seconds", "seconds", "Opening a connection"}, &all::open_seconds);
    show({"sqlite_busy_wait_seconds", "seconds", "Wait for the lock of another connection, mostly of another process"},
         &all::busy_wait_seconds);
}

}  // namespace

void expose(base::metrics_registry& registry, std::string_view database,
            const std::function<database_statistics()>& read) {
    const base::metric_label label{"database", database};
    const auto counters = read().counters;
    expose_counters(registry, label, counters != nullptr ? counters : std::make_shared<const database_counters>());
    const base::sampled_metrics from(registry, read);
    using statistics = database_statistics;
    from.counter({"sqlite_leaks_total", "connections", "Connections held for longer than leak_threshold", label},
                 [](const statistics& now) { return now.readers.leaks_total + now.writer.leaks_total; });
    from.counter(
        {"sqlite_acquire_timeouts_total", "calls", "Calls that got no connection within acquire_timeout", label},
        [](const statistics& now) { return now.readers.timeouts_total + now.writer.timeouts_total; });
    from.gauge({"sqlite_readers", "connections", "Reading connections that are open", label},
               [](const statistics& now) { return now.readers.size; });
    from.gauge({"sqlite_readers_on_loan", "connections", "Reading connections that are in use", label},
               [](const statistics& now) { return now.readers.on_loan; });
    from.gauge({"sqlite_readers_idle", "connections", "Reading connections that are open and not in use", label},
               [](const statistics& now) { return now.readers.idle; });
    from.gauge({"sqlite_readers_waiting", "calls", "Calls that wait for a reading connection", label},
               [](const statistics& now) { return now.readers.waiting; });
    from.gauge({"sqlite_writer_waiting", "calls", "Calls that wait for the writing connection", label},
               [](const statistics& now) { return now.writer.waiting; });
}

}  // namespace sluice::sqlite
