#include "apps/jobs/rate_limiter.hpp"

#include <absl/time/time.h>
#include <algorithm>
#include <fmt/format.h>

namespace sluice::jobs {

namespace {

absl::TimeZone zone_of(const std::string& name) {
    absl::TimeZone zone;
    return absl::LoadTimeZone(name, &zone) ? zone : absl::UTCTimeZone();
}

absl::CivilDay day_of(std::int64_t unix_ms, const absl::TimeZone& zone) {
    return absl::ToCivilDay(absl::FromUnixMillis(unix_ms), zone);
}

struct use {
    std::int64_t requests = 0;
    std::int64_t tokens = 0;
    std::int64_t returns_at = 0;

    static use from_row(const sqlite::row& from) {
        return {.requests = from.get<std::int64_t>(0),
                .tokens = from.get<std::int64_t>(1),
                .returns_at = from.get<std::int64_t>(2)};
    }
};

bool exceeds(std::int64_t used, std::int64_t more, std::int64_t limit) {
    return limit > 0 && used + more > limit;
}

}  // namespace

rate_limiter::rate_limiter(sqlite::database& database, rate_limiter_params params)
    : database_(database), params_(std::move(params)) {}

bool rate_limiter::is_limited() const {
    const auto& limits = params_.limits;
    return limits.requests_per_minute > 0 || limits.tokens_per_minute > 0 || limits.requests_per_day > 0;
}

std::string rate_limiter::today() const {
    return absl::FormatCivilTime(day_of(params_.time->unix_ms(), zone_of(params_.day_zone)));
}

std::int64_t rate_limiter::next_day_ms() const {
    const auto zone = zone_of(params_.day_zone);
    return absl::ToUnixMillis(absl::FromCivil(day_of(params_.time->unix_ms(), zone) + 1, zone));
}

result<std::optional<rate_answer>> rate_limiter::find_pause(sqlite::connection& db) const {
    using found_pause = std::tuple<std::int64_t, bool, std::string>;
    TRY_ASSIGN(const auto found,
               db.find<found_pause>("SELECT until, is_day, reason FROM rate_pauses WHERE service = ?1 AND until > ?2",
                                    params_.service, params_.time->unix_ms()));
    if (!found) {
        return std::nullopt;
    }
    return rate_answer{
        .permit = {}, .until_ms = std::get<0>(*found), .is_day = std::get<1>(*found), .reason = std::get<2>(*found)};
}

result<std::optional<rate_answer>> rate_limiter::find_full_day(sqlite::connection& db) const {
    TRY_ASSIGN(const auto used, db.find<std::int64_t>("SELECT requests FROM rate_days WHERE service = ?1 AND day = ?2",
                                                      params_.service, today()));
    if (!exceeds(used.value_or(0), 1, params_.limits.requests_per_day)) {
        return std::nullopt;
    }
    return rate_answer{
        .permit = {},
        .until_ms = next_day_ms(),
        .is_day = true,
        .reason = fmt::format("the {} requests of the day are used up", params_.limits.requests_per_day)};
}

result<std::optional<rate_answer>> rate_limiter::find_full_minute(sqlite::connection& db, std::int64_t tokens) const {
    TRY(db.run("DELETE FROM rate_uses WHERE service = ?1 AND returns_at <= ?2", params_.service,
               params_.time->unix_ms()));
    TRY_ASSIGN(const auto uses, db.list<use>("SELECT requests, tokens, returns_at FROM rate_uses WHERE service = ?1 "
                                             "ORDER BY returns_at",
                                             params_.service));
    std::int64_t requests_used = 0;
    std::int64_t tokens_used = 0;
    for (const use& each : uses) {
        requests_used += each.requests;
        tokens_used += each.tokens;
    }
    const auto& limits = params_.limits;
    const auto is_full = [&] {
        return exceeds(requests_used, 1, limits.requests_per_minute) ||
               exceeds(tokens_used, tokens, limits.tokens_per_minute);
    };
    if (!is_full()) {
        return std::nullopt;
    }
    const bool is_requests = exceeds(requests_used, 1, limits.requests_per_minute);
    rate_answer answer{.reason = is_requests ? fmt::format("{} requests a minute", limits.requests_per_minute)
                                             : fmt::format("{} tokens a minute", limits.tokens_per_minute)};
    for (auto each = uses.begin(); each != uses.end() && is_full(); ++each) {
        requests_used -= each->requests;
        tokens_used -= each->tokens;
        answer.until_ms = each->returns_at;
    }
    return answer;
}

result<rate_answer> rate_limiter::take_counted(sqlite::connection& db, std::int64_t tokens,
                                               std::chrono::milliseconds hold) const {
    TRY_ASSIGN(auto pause, find_pause(db));
    if (pause) {
        return std::move(*pause);
    }
    TRY_ASSIGN(auto day, find_full_day(db));
    if (day) {
        return std::move(*day);
    }
    TRY_ASSIGN(auto minute, find_full_minute(db, tokens));
    if (minute) {
        return std::move(*minute);
    }
    const std::int64_t returns_at = params_.time->unix_ms() + (hold + params_.window).count();
    TRY(db.run("INSERT INTO rate_uses(service, requests, tokens, returns_at) VALUES(?1, 1, ?2, ?3)", params_.service,
               tokens, returns_at));
    const auto use_id = db.last_insert_id();
    TRY(
        db.run("INSERT INTO rate_days(service, day, requests) VALUES(?1, ?2, 1) "
               "ON CONFLICT DO UPDATE SET requests = requests + 1",
               params_.service, today()));
    return rate_answer{.permit = rate_permit{.use_id = use_id, .tokens = tokens}};
}

result<rate_answer> rate_limiter::take(std::int64_t tokens, std::chrono::milliseconds hold) {
    if (!is_limited()) {
        return database_.execute([&](sqlite::connection& db) -> result<rate_answer> {
            TRY_ASSIGN(auto pause, find_pause(db));
            return pause ? std::move(*pause) : rate_answer{.permit = rate_permit{.use_id = 0, .tokens = tokens}};
        });
    }
    // A request larger than the bucket waits until the bucket is full, and then may go.
    const std::int64_t bucket = params_.limits.tokens_per_minute;
    const std::int64_t counted = bucket > 0 ? std::min(tokens, bucket) : tokens;
    return database_.transaction([&](sqlite::connection& db) { return take_counted(db, counted, hold); });
}

result<> rate_limiter::give_back(const rate_permit& permit, std::optional<std::int64_t> tokens) {
    if (permit.use_id == 0) {
        return {};
    }
    TRY(database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY(db.run("UPDATE rate_uses SET returns_at = ?2, tokens = ?3 WHERE use_id = ?1", permit.use_id,
                   params_.time->unix_ms() + params_.window.count(), tokens.value_or(permit.tokens)));
        return {};
    }));
    return {};
}

result<> rate_limiter::pause(std::int64_t until_ms, bool is_day, const std::string& reason) {
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY(
            db.run("INSERT INTO rate_pauses(service, until, is_day, reason) VALUES(?1, ?2, ?3, ?4) "
                   "ON CONFLICT DO UPDATE SET until = excluded.until, is_day = excluded.is_day, "
                   "reason = excluded.reason WHERE excluded.until > until",
                   params_.service, until_ms, is_day, reason));
        return {};
    });
}

}  // namespace sluice::jobs
