// governed_statement.hpp - one statement under the governor: its record, profile, permit, retries and time.
//
// Problem: the statements of clients and those of programs pass the same gates in the same order. A client's session
//          must not block a thread for them, a program's call must.
// Use:     governed_statement statement(load, user, session, [] { ... have step() called again ... });
//          statement.begin({.text = text}, now_ns);
//          statement.plan(profile, {});
//          TRY_ASSIGN(const next_step next, statement.step(now_ns));   // runs, or call again at until_ns or when woken
//          ... run; on an error that may pass: if (statement.retry_after(cause, now_ns)) { step() again }
//          statement.end(outcome, now_ns);
// States:  idle ── begin ──► recorded ── plan ──► asking ── step ──► waiting for its permit ──► running
//          running ── retry_after ──► waiting to be tried again ── step ──► asking
//          running ── give_way ──► asking, as one that has run already
//          all ── end ──► idle
// Time:    the profile's timeout counts from resume_time() to pause_time() only: neither while the statement waits nor
//          while its client does.
// Threads: one at a time; `wake` is called on any.
// Errors:  53200 and 53300 from step(), when it has waited for too long or too many wait already.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "base/core/result.hpp"
#include "workload/admission.hpp"
#include "workload/query_log.hpp"
#include "workload/query_profile.hpp"
#include "workload/workload.hpp"

namespace sluice::workload {

struct next_step {
    bool runs = true;
    std::int64_t until_ns = 0;  // steady; !runs: step() is to be called again then, or when woken
    bool is_admitted = false;   // by this step
};

// Limits of a statement that differ from its profile's.
struct governed_limits {
    std::uint64_t memory_bytes = 0;       // 0: the profile's
    std::chrono::nanoseconds timeout{0};  // 0: none
    bool resumes = false;                 // goes on with an earlier execution, as a FETCH of a cursor
};

class governed_statement {
  public:
    governed_statement(governor& load, workload_user user, query_session session, std::function<void()> wake);
    governed_statement(const governed_statement&) = delete;
    governed_statement& operator=(const governed_statement&) = delete;
    ~governed_statement() = default;

    void begin(query_begin what, std::int64_t now_ns);
    // Sets the demand of the statement. A statement without a plan runs at once.
    void plan(const query_profile& profile, const governed_limits& limits);
    result<next_step> step(std::int64_t now_ns);
    // True: step() tries it again. Only for a statement that has changed nothing and whose client was sent nothing.
    [[nodiscard]] bool retry_after(const error& cause, std::int64_t now_ns);
    // Adds the number of attempts, if there were several.
    [[nodiscard]] error explain(error cause) const;
    // While its client does not read: gives its reservation to others. step() asks for it again.
    void give_way();
    // Gives back its reservation for good: there are no more rows to produce. Its record goes on.
    void give_back();
    void end(sqlstate outcome, std::int64_t now_ns);
    // For a statement that begins anew: drops its record.
    void discard() { activity_.discard(); }

    [[nodiscard]] const query_profile* profile() const { return profile_; }  // nullptr: without a plan
    [[nodiscard]] bool holds_permit() const { return permit_.held(); }
    // True if it was admitted once, and has given its permit back since.
    [[nodiscard]] bool must_ask() const { return profile_ != nullptr && !permit_.held(); }

    [[nodiscard]] bool has_time_limit() const { return time_left_ns_ != 0; }
    // The deadline from now on; 0: there is none.
    std::int64_t resume_time(std::int64_t now_ns);
    void pause_time(std::int64_t now_ns);

    [[nodiscard]] bool active() const { return activity_.active(); }
    [[nodiscard]] query_facts& facts() { return activity_.facts(); }
    void publish(query_phase phase) { activity_.publish(phase); }
    [[nodiscard]] query_activity& activity() { return activity_; }

  private:
    next_step admitted();
    void end_wait(std::int64_t now_ns);

    governor& load_;
    const workload_user user_;
    query_activity activity_;
    admission_permit permit_;
    const query_profile* profile_ = nullptr;
    admission_demand demand_;
    std::int64_t permit_began_ns_ = 0;  // 0: it does not wait for its permit
    std::size_t attempts_ = 0;          // failed attempts
    std::int64_t retry_at_ns_ = 0;      // 0: it does not wait to be tried again
    std::int64_t retry_began_ns_ = 0;
    std::int64_t time_left_ns_ = 0;  // 0: no limit
    std::int64_t time_ends_ns_ = 0;  // while it counts; 0: it does not count
};

}  // namespace sluice::workload
