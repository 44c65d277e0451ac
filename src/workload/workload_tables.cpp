#include "workload/workload_tables.hpp"

#include <fmt/format.h>
#include <string>
#include <utility>

namespace sluice::workload {

namespace {

backend::system_value integer(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

backend::system_value milliseconds(std::int64_t nanoseconds) {
    const std::int64_t microseconds = nanoseconds / 1000;  // finer times are noise
    return static_cast<double>(microseconds) / 1000;
}

// 0, for a phase that did not happen, becomes NULL.
backend::system_value milliseconds_if_any(std::int64_t nanoseconds) {
    return nanoseconds == 0 ? backend::system_value() : milliseconds(nanoseconds);
}

template <typename Number>
backend::system_value limit(Number value) {
    return value == 0 ? backend::system_value() : integer(value);
}

// A column's name and type, and the function that reads it from a row's source.
template <typename Source>
struct shown_column {
    const char* name;
    backend::system_type type;
    backend::system_value (*show)(const Source& from);
};

template <typename Source, std::size_t Count, typename List>
backend::system_table make_table(std::string name, const shown_column<Source> (&columns)[Count], List list) {
    backend::system_table table{.name = std::move(name), .columns = {}, .rows = {}};
    for (const auto& column : columns) {
        table.columns.push_back({column.name, column.type});
    }
    table.rows = [&columns, list](backend::system_caller) {
        std::vector<backend::system_row> rows;
        for (const auto& each : list()) {
            backend::system_row& row = rows.emplace_back();
            for (const auto& column : columns) {
                row.push_back(column.show(each));
            }
        }
        return rows;
    };
    return table;
}

// With the facts that only the log knows.
struct shown_query {
    query_facts facts;
    std::uint64_t fingerprint = 0;
};

using enum backend::system_type;

constexpr shown_column<shown_query> query_columns[] = {
    {"query_id", bigint, [](const shown_query& q) { return integer(q.facts.id); }},
    {"session_id", bigint, [](const shown_query& q) { return integer(q.facts.session->id); }},
    {"user_name", varchar, [](const shown_query& q) { return backend::system_value(q.facts.session->user); }},
    {"database", varchar, [](const shown_query& q) { return backend::system_value(q.facts.session->database); }},
    {"application_name", varchar,
     [](const shown_query& q) { return backend::system_value(q.facts.session->application); }},
    {"profile", varchar,
     [](const shown_query& q) { return q.facts.profile == nullptr ? backend::system_value() : q.facts.profile->name; }},
    {"state", varchar, [](const shown_query& q) { return backend::system_value(std::string(to_text(q.facts.phase))); }},
    {"sqlstate", varchar,
     [](const shown_query& q) {
         return q.facts.phase == query_phase::ended ? backend::system_value(std::string(q.facts.outcome.view()))
                                                    : backend::system_value();
     }},
    {"started", timestamptz,
     [](const shown_query& q) { return backend::system_value(backend::timestamp_us{q.facts.started_us}); }},
    {"total_ms", double_precision, [](const shown_query& q) { return milliseconds(q.facts.total_ns); }},
    {"plan_ms", double_precision, [](const shown_query& q) { return milliseconds_if_any(q.facts.planned_ns); }},
    {"wait_ms", double_precision, [](const shown_query& q) { return milliseconds_if_any(q.facts.waited_ns); }},
    {"first_row_ms", double_precision, [](const shown_query& q) { return milliseconds_if_any(q.facts.first_row_ns); }},
    {"fetch_ms", double_precision, [](const shown_query& q) { return milliseconds_if_any(q.facts.fetched_ns); }},
    {"rows", bigint, [](const shown_query& q) { return integer(q.facts.rows); }},
    {"bytes", bigint, [](const shown_query& q) { return integer(q.facts.bytes); }},
    {"reserved_bytes", bigint, [](const shown_query& q) { return integer(q.facts.reserved_bytes); }},
    {"peak_memory_bytes", bigint, [](const shown_query& q) { return integer(q.facts.peak_memory_bytes); }},
    {"spilled_bytes", bigint, [](const shown_query& q) { return integer(q.facts.spilled_bytes); }},
    {"retries", bigint, [](const shown_query& q) { return integer(q.facts.retries); }},
    {"unresponsive_ms", double_precision,
     [](const shown_query& q) { return milliseconds_if_any(q.facts.unanswered_ns); }},
    {"fingerprint", varchar,
     [](const shown_query& q) { return backend::system_value(fmt::format("{:016x}", q.fingerprint)); }},
    {"query", varchar, [](const shown_query& q) { return backend::system_value(std::string(q.facts.text)); }},
    {"operators", varchar,
     [](const shown_query& q) {
         return q.facts.operators ? backend::system_value(*q.facts.operators) : backend::system_value();
     }},
};

struct shown_profile {
    const query_profile* profile = nullptr;
    std::uint64_t memory_bytes = 0;
    admission_usage now;
};

constexpr shown_column<shown_profile> profile_columns[] = {
    {"name", varchar, [](const shown_profile& p) { return backend::system_value(p.profile->name); }},
    {"memory_bytes", bigint, [](const shown_profile& p) { return integer(p.memory_bytes); }},
    {"timeout_ms", bigint,
     [](const shown_profile& p) { return limit(static_cast<std::uint64_t>(p.profile->timeout.count())); }},
    {"priority", varchar,
     [](const shown_profile& p) { return backend::system_value(std::string(to_text(p.profile->priority))); }},
    {"rows_expected", bigint, [](const shown_profile& p) { return limit(p.profile->rows_expected); }},
    {"cancellable", boolean, [](const shown_profile& p) { return backend::system_value(p.profile->cancellable); }},
    {"running_max", bigint, [](const shown_profile& p) { return limit(p.profile->limits.running_max); }},
    {"waiting_max", bigint,
     [](const shown_profile& p) {
         return p.profile->limits.waiting_max ? integer(*p.profile->limits.waiting_max) : backend::system_value();
     }},
    {"memory_bytes_max", bigint, [](const shown_profile& p) { return limit(p.profile->limits.memory_bytes_max); }},
    {"running", bigint, [](const shown_profile& p) { return integer(p.now.running); }},
    {"waiting", bigint, [](const shown_profile& p) { return integer(p.now.waiting); }},
    {"reserved_bytes", bigint, [](const shown_profile& p) { return integer(p.now.reserved_bytes); }},
};

constexpr shown_column<admission_stats> admission_columns[] = {
    {"budget_bytes", bigint, [](const admission_stats& a) { return integer(a.budget_bytes); }},
    {"reserved_bytes", bigint, [](const admission_stats& a) { return integer(a.reserved_bytes); }},
    {"reserved_bytes_max", bigint, [](const admission_stats& a) { return integer(a.reserved_bytes_max); }},
    {"running", bigint, [](const admission_stats& a) { return integer(a.running); }},
    {"waiting_high", bigint, [](const admission_stats& a) { return integer(a.waiting[0]); }},
    {"waiting_normal", bigint, [](const admission_stats& a) { return integer(a.waiting[1]); }},
    {"waiting_low", bigint, [](const admission_stats& a) { return integer(a.waiting[2]); }},
    {"admitted_total", bigint, [](const admission_stats& a) { return integer(a.admitted_total); }},
    {"waited_total", bigint, [](const admission_stats& a) { return integer(a.waited_total); }},
    {"refused_full_total", bigint, [](const admission_stats& a) { return integer(a.refused_full_total); }},
    {"refused_timeout_total", bigint, [](const admission_stats& a) { return integer(a.refused_timeout_total); }},
};

std::vector<shown_query> with_fingerprints(const query_log& log, std::vector<query_facts> all) {
    std::vector<shown_query> shown;
    shown.reserve(all.size());
    for (query_facts& each : all) {
        const std::uint64_t fingerprint = log.fingerprint(each.text);
        shown.push_back({.facts = std::move(each), .fingerprint = fingerprint});
    }
    return shown;
}

}  // namespace

std::vector<backend::system_table> workload_tables(governor& load) {
    query_log* const log = &load.log();
    return {
        make_table("sluice_running_queries", query_columns, [log] { return with_fingerprints(*log, log->running()); }),
        make_table("sluice_query_log", query_columns, [log] { return with_fingerprints(*log, log->finished()); }),
        make_table("sluice_profiles", profile_columns,
                   [&load] {
                       std::vector<shown_profile> shown;
                       for (const auto& each : load.profiles().all()) {
                           shown.push_back({.profile = each.get(),
                                            .memory_bytes = load.memory_bytes(*each),
                                            .now = load.usage_of(*each)});
                       }
                       return shown;
                   }),
        make_table("sluice_admission", admission_columns,
                   [&load] { return std::vector<admission_stats>{load.admission().stats()}; }),
    };
}

}  // namespace sluice::workload
