#include "engines/duckdb/session/duckdb_keeper.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <utility>

#include "base/observe/log.hpp"

namespace sluice::duckdb {
namespace {

constexpr base::logger log{"engine"};
constexpr std::chrono::milliseconds look_interval{1'000};
constexpr std::chrono::milliseconds leave_interval{
    10};  // between asking guests to leave, and looking whether they have
constexpr std::chrono::milliseconds reopen_interval{200};
constexpr int rounds_before_word = 300;

// `now` with the totals of earlier instances; the other numbers of `past` are ignored.
base::pool_stats with_totals(base::pool_stats now, const base::pool_stats& past) {
    now.made_total += past.made_total;
    now.closed_total += past.closed_total;
    now.unhealthy_total += past.unhealthy_total;
    now.waits_total += past.waits_total;
    now.timeouts_total += past.timeouts_total;
    now.stolen_total += past.stolen_total;
    now.leaks_total += past.leaks_total;
    return now;
}

// False: a stop was asked for.
bool pause(const std::stop_token& stop, std::chrono::milliseconds time) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    (void)never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

}  // namespace

result<std::shared_ptr<duckdb_keeper>> duckdb_keeper::open(duckdb_params params) {
    TRY_ASSIGN(auto first, open_instance(params));
    const bool check_only = params.check_only;
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): its constructor is private
    std::shared_ptr<duckdb_keeper> keeper(new duckdb_keeper(std::move(params), first->lasting()));
    keeper->instance_ = std::move(first);
    if (!check_only) {
        keeper->thread_ = std::jthread([&owner = *keeper](const std::stop_token& stop) { owner.run(stop); });
    }
    return keeper;
}

duckdb_keeper::~duckdb_keeper() = default;

result<std::shared_ptr<duckdb_instance>> duckdb_keeper::current() const {
    const std::scoped_lock lock(mutex_);
    if (instance_ && !instance_->is_retired()) {
        return instance_;
    }
    return fail(error{.code = sqlstates::cannot_connect_now,
                      .message = "the database is being opened again: " + status_,
                      .hint = "Try again in a moment.",
                      .retryable = true});
}

base::pool_stats duckdb_keeper::connections() const {
    const std::scoped_lock lock(mutex_);
    return with_totals(instance_ ? instance_->connections().stats() : base::pool_stats(), past_);
}

std::string duckdb_keeper::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

void duckdb_keeper::say(std::string status) {
    const std::scoped_lock lock(mutex_);
    status_ = std::move(status);
}

void duckdb_keeper::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const std::size_t failures = lasting_->health.wait_for_suspicion(stop, look_interval);
        if (stop.stop_requested()) {
            return;
        }
        if (const std::string reason = find_failure(failures != 0); !reason.empty()) {
            restart(reason, stop);
        }
        lasting_->health.checked(failures);
    }
}

std::string duckdb_keeper::find_failure(bool suspicious) const {
    const auto instance = current();
    if (!instance) {
        return {};
    }
    if ((*instance)->files().look() == file_watch::state::replaced) {
        const auto changed = (*instance)->files().check();
        // The log beside the file belongs to the new file.
        (void)(*instance)->run_on_its_own("PRAGMA disable_checkpoint_on_shutdown");
        return changed ? std::string() : changed.error().message;
    }
    return suspicious ? (*instance)->find_invalidation() : std::string();
}

void duckdb_keeper::restart(const std::string& reason, const std::stop_token& stop) {
    log.error("the database is closed, to be opened again", {{"reason", reason}});
    closing old;
    {
        const std::scoped_lock lock(mutex_);
        status_ = reason;
        instance_->retire();
        // All of its connections count as closed, because the engine has failed on them.
        base::pool_stats last = instance_->connections().stats();
        last.closed_total += last.size;
        last.unhealthy_total += last.size;
        past_ = with_totals(last, past_);
        old = {.files = instance_->files(), .guests = instance_->guests(), .closed = instance_->closed()};
        instance_.reset();
    }
    if (!wait_until_closed(old, stop)) {
        return;
    }
    do {
        auto opened = open_instance(params_, lasting_);
        if (opened) {
            // Ends plans of sessions that had no connection to give back.
            const write_epoch::writing everything(lasting_->epoch, change::schema);
            (*opened)->metrics().restarts_total.add();
            const std::scoped_lock lock(mutex_);
            instance_ = *std::move(opened);
            log.info("the database is open again");
            return;
        }
        if (opened.error().message != status()) {
            log.error("the database cannot be opened again yet", {{"reason", opened.error().message}});
        }
        say(opened.error().message);
    } while (pause(stop, reopen_interval));
}

// False: a stop was asked for.
bool duckdb_keeper::wait_until_closed(const closing& old, const std::stop_token& stop) {
    for (int rounds = 0;; ++rounds) {
        old.guests->ask_to_leave();
        if (old.closed->load(std::memory_order_acquire) && !old.files.are_open_here()) {
            return true;
        }
        if (rounds == rounds_before_word) {
            log.warn("the database waits for sessions to leave it", {{"sessions", std::uint64_t{old.guests->size()}}});
        }
        if (!pause(stop, leave_interval)) {
            return false;
        }
    }
}

}  // namespace sluice::duckdb
