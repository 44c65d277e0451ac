// query_log.hpp - the statements that run now and those that ran last, with their times, rows, memory and outcome.
//
// Problem: "why is it slow" must be answered from inside, in SQL and in the log, at a cost that is not noticeable.
// Use:     query_log log({.entries_max = 1000, .slow_threshold = 1s});
//          query_activity activity(log, {.session_id = 7, .user = "anna"});         // one a session
//          activity.begin({.text = text, ...}, now_ns);  activity.facts().rows += 5;  activity.publish(...);
//          activity.end(sqlstates::successful_completion, now_ns);
//          for (const query_facts& each : log.running()) ...   for (... : log.finished()) ...
// Bounds:  entries_max ended statements, the oldest is dropped first; text_bytes_max of each text.
// Cost:    two uncontended locks a statement; texts are shared, not copied, unless they are long.
// Memory:  peak_memory_bytes and spilled_bytes are the engine's while the statement ran, from samples (note_memory); a
//          statement that begins and ends between two samples has 0.
// Secrets: values of parameters are never stored here. Texts are, as the client sent them; the slow-query line shows
//          them without their constants.
// Threads: any; one at a time for an activity. The log outlives its activities.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/clock.hpp"
#include "base/core/error.hpp"
#include "settings/statement_settings.hpp"
#include "workload/query_profile.hpp"

namespace sluice::workload {

enum class query_phase : std::uint8_t { planning, waiting, executing, streaming, ended };
[[nodiscard]] std::string_view to_text(query_phase phase);

struct query_session {
    std::uint64_t id = 0;
    std::string user;
    std::string database;
    std::string application;
};

// The progress of a statement.
struct query_progress {
    query_phase phase = query_phase::planning;
    std::int64_t planned_ns = 0;    // parsing and planning
    std::int64_t waited_ns = 0;     // for a connection, admission, and between retries
    std::int64_t first_row_ns = 0;  // from its start; 0: there was none
    std::int64_t fetched_ns = 0;    // producing rows
    std::int64_t total_ns = 0;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;  // of rows, as sent
    std::uint64_t reserved_bytes = 0;
    std::uint64_t peak_memory_bytes = 0;
    std::uint64_t spilled_bytes = 0;
    std::uint32_t retries = 0;
    std::int64_t unanswered_ns = 0;  // since a cancel that the statement has not answered within a second; 0: none
    const query_profile* profile = nullptr;
};

struct query_facts : query_progress {
    std::uint64_t id = 0;  // of this run of the statement; never reused
    std::shared_ptr<const query_session> session;
    std::shared_ptr<const void> text_owner;  // shared: the owner of the parsed text; keeps it while it is shown
    std::string_view text;
    std::int64_t started_us = 0;  // since 1970, UTC
    std::int64_t started_ns = 0;  // steady
    sqlstate outcome = sqlstates::successful_completion;
    std::shared_ptr<const std::string> operators;  // sluice.profile_query: JSON; shared: shown and kept
};

struct query_log_params {
    // ended statements; 0: none is kept
    std::size_t entries_max = base::default_of(settings::query_log_entries);
    std::chrono::milliseconds slow_threshold{-1};  // logs statements that took longer; 0: all, negative: none
    std::size_t text_bytes_max = 4096;
    base::clock* time = nullptr;                                 // null: the system's
    std::function<std::string(std::string_view)> normalize;      // a text without its constants, for the log's line
    std::function<std::uint64_t(std::string_view)> fingerprint;  // equal for texts that differ in constants only
};

class query_activity;

class query_log {
  public:
    explicit query_log(query_log_params params);
    query_log(const query_log&) = delete;
    query_log& operator=(const query_log&) = delete;
    ~query_log() = default;

    [[nodiscard]] std::vector<query_facts> running() const;
    [[nodiscard]] std::vector<query_facts> finished() const;  // the oldest first
    [[nodiscard]] std::uint64_t fingerprint(std::string_view text) const {
        return params_.fingerprint ? params_.fingerprint(text) : 0;
    }
    // The text of a running or kept statement; empty: there is none of this id.
    [[nodiscard]] std::string text_of(std::uint64_t id) const;
    // Records a sample of the engine's memory use.
    void note_memory(std::uint64_t memory_bytes, std::uint64_t spilled_bytes);
    // Records that the statement was cancelled at `since_ns` and still runs. Returns its facts; nullopt if it has
    // ended.
    [[nodiscard]] std::optional<query_facts> note_unanswered(std::uint64_t id, std::int64_t since_ns);
    // True if a statement runs that started at this time or earlier.
    [[nodiscard]] bool runs_since(std::int64_t started_before_ns) const;
    [[nodiscard]] base::clock& time() const { return clock_; }
    [[nodiscard]] std::size_t text_bytes_max() const { return params_.text_bytes_max; }

  private:
    friend query_activity;

    void keep(const query_facts& ended);
    void report_slow(const query_facts& ended) const;

    const query_log_params params_;
    base::clock& clock_;
    std::atomic<std::uint64_t> ids_{0};
    mutable std::mutex mutex_;
    std::set<query_activity*> activities_;
    mutable std::mutex ring_mutex_;
    std::vector<query_facts> ring_;
    std::size_t next_ = 0;
    std::atomic<std::uint64_t> spilled_bytes_{0};  // by the latest sample
};

struct query_begin {
    std::shared_ptr<const void> text_owner;
    std::string_view text;
    std::size_t owned_bytes = 0;  // bytes that the owner keeps in memory, if it is more than the text
};

// The statements of one session, one at a time.
class query_activity {
  public:
    query_activity(query_log& log, query_session session);
    query_activity(const query_activity&) = delete;
    query_activity& operator=(const query_activity&) = delete;
    ~query_activity();

    [[nodiscard]] const std::string& application() const { return session_->application; }
    void rename_application(std::string_view name);
    // Drops an unfinished statement without a record. Other threads do not see the new one before publish().
    void begin(query_begin what, std::int64_t now_ns);
    [[nodiscard]] bool active() const { return facts_.phase != query_phase::ended; }
    // For its session only; other threads see the published facts.
    [[nodiscard]] query_facts& facts() { return facts_; }
    void publish(query_phase phase);
    // Returns the final facts, which are kept and logged.
    const query_facts& end(sqlstate outcome, std::int64_t now_ns);
    void discard() { publish(query_phase::ended); }

  private:
    friend query_log;

    [[nodiscard]] std::int64_t unanswered_ns(std::int64_t now_ns) const;

    query_log& log_;
    std::shared_ptr<const query_session> session_;  // shared with the facts, which outlive the session
    query_facts facts_;
    mutable std::mutex mutex_;
    query_facts shown_;
    std::atomic<std::int64_t> running_since_ns_{0};  // 0: nothing runs
    std::atomic<std::uint64_t> peak_memory_bytes_{0};
    std::atomic<std::uint64_t> peak_spilled_bytes_{0};
    std::atomic<std::int64_t> unanswered_since_ns_{0};  // 0: no cancel waits for an answer
    std::uint64_t spilled_before_bytes_ = 0;
};

}  // namespace sluice::workload
