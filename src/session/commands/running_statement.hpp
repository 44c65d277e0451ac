// running_statement.hpp - the state of a client's statement besides its portal: its record, its permit, its time.
//
// Use:     running.begin(query, statement.text);  TRY_ASSIGN(const bool admitted, running.admit(profile, resumes));
//          ... not admitted: running.waits(), until may_go_on() returns true; running.end(outcome)
// How:     workload/governed_statement.hpp decides; this class updates the deadlines, the engine and the clock.
// Time:    pause() and go_on() enclose the times in which the session waits for its client.
// Threads: as for the conversation: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/backend.hpp"
#include "base/core/clock.hpp"
#include "base/core/result.hpp"
#include "session/settings/settings.hpp"
#include "session/state/deadlines.hpp"
#include "session/state/prepared.hpp"
#include "workload/governed_statement.hpp"
#include "workload/workload.hpp"

namespace sluice::session {

struct running_statement_params {
    backend::session& engine;
    workload::governor& load;
    const settings& of_session;
    deadlines& watch;
    base::clock& clock;
    workload::query_session session;
    std::function<void()> wake;
};

class running_statement {
  public:
    explicit running_statement(running_statement_params params);
    running_statement(const running_statement&) = delete;
    running_statement& operator=(const running_statement&) = delete;
    ~running_statement();

    void begin(const std::shared_ptr<const parsed_query>& query, std::string_view text);
    // For a text that could not be parsed, or is not parsed yet.
    void begin_refused(std::string_view sql);
    void note_planned();
    // Ends the record of a Parse; its planning time goes to the record of its Execute.
    void end_parse();
    void end(sqlstate outcome);

    [[nodiscard]] const workload::query_profile& profile_of(const prepared& source) const;
    // True: it may run. `resumes`: it goes on with an earlier execution.
    result<bool> admit(const workload::query_profile& profile, bool resumes);
    // Asks again for the permit of a statement that has given way to others.
    result<bool> admit_again() { return step(); }
    // For a statement that waits for its permit or for another try.
    result<bool> may_go_on() { return step(); }
    // True: start it again when may_go_on() returns true.
    [[nodiscard]] bool retry_after(const error& cause);
    [[nodiscard]] error explain(error cause) const { return governed_.explain(std::move(cause)); }
    [[nodiscard]] bool must_ask() const { return governed_.must_ask(); }
    [[nodiscard]] bool holds_permit() const { return governed_.holds_permit(); }
    [[nodiscard]] bool waits() const { return watch_.is_set(deadline::waiting); }

    // Called around the waits for the client.
    void pause();
    void go_on();
    void give_way();

    // Before a statement, while the session has no connection of the engine. False: it waits.
    result<bool> connect(const std::function<void()>& begin_record);

    // statement_timeout, from the first message of a statement on.
    void start_timer();
    void stop_timer();
    result<> check_cancel() const;

    // The time between the two counts as producing rows.
    void begin_rows() { rows_began_ns_ = clock_.steady_ns(); }
    void pause_rows();

    [[nodiscard]] bool active() const { return governed_.active(); }
    [[nodiscard]] workload::query_facts& facts() { return governed_.facts(); }
    void publish(workload::query_phase phase) { governed_.publish(phase); }
    // True if a statement has been lost because its client went away, now or before.
    [[nodiscard]] bool lose_client(sqlstate cause);
    void follow_application_name();

  private:
    result<bool> step();
    void note_admitted(std::int64_t now_ns);

    backend::session& engine_;
    workload::governor& load_;
    const settings& settings_;
    deadlines& watch_;
    base::clock& clock_;
    const std::string user_;
    workload::governed_statement governed_;
    std::int64_t connect_began_ns_ = 0;   // 0: it does not wait for a connection
    std::int64_t connect_waited_ns_ = 0;  // before the next statement
    std::int64_t planned_ns_ = 0;         // by a Parse whose Execute has not come
    std::int64_t rows_began_ns_ = 0;      // 0: no rows are being produced
    bool timer_runs_ = false;
    bool lost_ = false;
};

}  // namespace sluice::session
