// rate_limiter.hpp - token buckets of a service, kept in the database and shared by all processes.
//
// Problem: a bucket with continuous refill lets nearly twice its size pass within one minute, and a request may arrive
//          later than it was counted. A service that counts any sixty seconds refuses both.
// Use:     TRY_ASSIGN(const auto answer, limiter.take(tokens, hold));
//          if (answer.permit) { send; TRY(limiter.give_back(*answer.permit, tokens_used)); } else { wait until answer.until_ms }
// Rule:    a request takes one token of the bucket of requests and its estimate out of the bucket of tokens. They
//          return one window (a minute) after its answer came: it had arrived by then, so no window of the service
//          holds more than the bucket. If the process dies in between, they return after `hold` and a window. A day's
//          requests are counted by the service's calendar. pause() makes all callers wait, in every process.
// Bounds:  one row for each request of the last window.
// Threads: any.
// Errors:  the database's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "apps/errors/error.hpp"
#include "base/core/clock.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::jobs {

// 0: no limit on our side.
struct rate_limits {
    std::int64_t requests_per_minute = 0;
    std::int64_t tokens_per_minute = 0;
    std::int64_t requests_per_day = 0;
};

struct rate_permit {
    std::int64_t use_id = 0;  // 0: not counted
    std::int64_t tokens = 0;
};

struct rate_answer {
    std::optional<rate_permit> permit;
    std::int64_t until_ms = 0;  // without a permit: earliest time of the next try
    bool is_day = false;        // the day's requests are used up
    std::string reason;
};

struct rate_limiter_params {
    std::string service;  // host and model, which have the limits
    rate_limits limits;
    std::string day_zone = "America/Los_Angeles";  // time zone of the service's days
    std::chrono::milliseconds window{60'000};
    const base::clock* time = &base::system_clock();
};

class rate_limiter {
  public:
    rate_limiter(sqlite::database& database, rate_limiter_params params);

    // `hold`: longest duration of the request.
    result<rate_answer> take(std::int64_t tokens, std::chrono::milliseconds hold);
    // Ends the request; `tokens` is its real number of tokens, if known.
    result<> give_back(const rate_permit& permit, std::optional<std::int64_t> tokens);
    // Pauses all callers; a longer pause that is set already stays.
    result<> pause(std::int64_t until_ms, bool is_day, const std::string& reason);
    // Begin of the service's next day.
    [[nodiscard]] std::int64_t next_day_ms() const;
    [[nodiscard]] const std::string& service() const { return params_.service; }

  private:
    [[nodiscard]] bool is_limited() const;
    [[nodiscard]] std::string today() const;
    result<std::optional<rate_answer>> find_pause(sqlite::connection& db) const;
    result<rate_answer> take_counted(sqlite::connection& db, std::int64_t tokens, std::chrono::milliseconds hold) const;
    result<std::optional<rate_answer>> find_full_day(sqlite::connection& db) const;
    result<std::optional<rate_answer>> find_full_minute(sqlite::connection& db, std::int64_t tokens) const;

    sqlite::database& database_;
    const rate_limiter_params params_;
};

}  // namespace sluice::jobs
