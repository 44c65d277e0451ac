// admission.hpp - decides which statements run now and which wait, by the memory that they reserve.
//
// Problem: ten statements that each get along with a tenth of the memory die together, or swap, when a hundred start at
//          once. A statement that does not fit must wait in a fair order, holding no thread, or be refused while that
//          is cheap.
// Use:     admission_permit permit(admission, [] { ... wake the session ... });    // one a session, for good
//          TRY_ASSIGN(bool held, permit.request(demand, now));  // false: it waits for the callback or the deadline
//          TRY_ASSIGN(held, permit.poll(now));                  // then: held, or the error why not
//          permit.release();
// Budget:  the sum of the running statements' reservations never exceeds memory_bytes. The last high_reserve_bytes of
//          it are for high priority alone, so that short statements need not wait for the long to end. A demand beyond
//          the most that it may ever have is cut to that: it runs alone.
// Order:   by arrival, but as if normal priority had come one `ageing` later and low two: high goes first, and no
//          statement waits for ever. A statement that waits for a limit of its own (profile, user) is passed over. A
//          statement that waits for memory is overtaken only by statements that do not hold it up: all that have
//          overtaken it leave enough for it together, once those that ran before are gone (as backfilling in batch
//          systems: Lifka, The ANL/IBM SP Scheduling System, 1995), or are of high priority and fit into its reserve. A
//          statement that has run already and was put aside comes before its peers.
// Bounds:  waiting_max in all, and waiting_max of each profile and user: beyond them 53300 at once. `timeout` ends a
//          wait with 53200 (memory) or 53300 (number of statements); the error tells the wait so far and when to retry.
// Threads: any; one at a time for a permit. The callback runs without the lock on the thread that made room.
// Ends:    permits end before their admission.
// Metrics: admission_*; see expose() in admission.cpp.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/clock.hpp"
#include "base/core/result.hpp"
#include "settings/statement_settings.hpp"
#include "workload/query_profile.hpp"

namespace sluice::base {
class metrics_registry;
}

namespace sluice::workload {

struct admission_params {
    std::uint64_t memory_bytes = std::uint64_t{1} << 30U;
    std::uint64_t high_reserve_bytes = std::uint64_t{128} << 20U;
    std::size_t waiting_max = base::default_of(settings::admission_queue_max);
    std::chrono::milliseconds timeout = base::default_of(settings::admission_timeout);
    std::chrono::milliseconds ageing = base::default_of(settings::admission_ageing);
    base::clock* time = nullptr;  // null: the system's
};

// A profile or a user: its limits, and its current usage.
class admission_group {
  public:
    admission_group(std::string name, const admission_limits& limits) : name_(std::move(name)), limits_(limits) {}

    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    friend class admission;
    friend class admission_permit;

    const std::string name_;
    const admission_limits limits_;
    std::size_t running_ = 0;  // the rest under the admission's mutex
    std::size_t waiting_ = 0;
    std::uint64_t reserved_bytes_ = 0;
};

struct admission_usage {
    std::size_t running = 0;
    std::size_t waiting = 0;
    std::uint64_t reserved_bytes = 0;
};

struct admission_demand {
    std::uint64_t memory_bytes = 0;
    query_priority priority = query_priority::normal;
    admission_group* profile = nullptr;  // both outlive the permit
    admission_group* user = nullptr;
    bool resumes = false;  // it has run already
};

struct admission_stats {
    std::uint64_t budget_bytes = 0;
    std::uint64_t reserved_bytes = 0;
    std::array<std::size_t, 3> waiting{};  // by priority
    std::size_t running = 0;
    std::uint64_t admitted_total = 0;
    std::uint64_t waited_total = 0;
    std::uint64_t refused_full_total = 0;
    std::uint64_t refused_timeout_total = 0;
    std::uint64_t reserved_bytes_max = 0;
};

class admission_permit;

class admission {
  public:
    explicit admission(admission_params params);
    admission(const admission&) = delete;
    admission& operator=(const admission&) = delete;
    ~admission();

    // Shared: by the sessions of a user. The same name gives the same group while a session holds it.
    [[nodiscard]] std::shared_ptr<admission_group> user(std::string_view name, const admission_limits& limits);
    [[nodiscard]] admission_stats stats() const;
    [[nodiscard]] admission_usage usage_of(const admission_group& group) const;
    // The registry must not be scraped after the admission is gone.
    void expose(base::metrics_registry& registry) const;
    // The largest reservation that the demand could ever get.
    [[nodiscard]] std::uint64_t reservable_bytes(const admission_demand& demand) const;
    [[nodiscard]] std::chrono::milliseconds timeout() const { return params_.timeout; }

  private:
    friend admission_permit;
    struct place;  // of a permit
    struct key {
        std::int64_t virtual_ns = 0;
        std::uint64_t number = 0;
        friend auto operator<=>(const key&, const key&) = default;
    };
    using queue = std::map<key, place*>;
    using callbacks = std::vector<std::shared_ptr<const std::function<void()>>>;

    [[nodiscard]] bool fits_groups_locked(const place& who) const;
    [[nodiscard]] std::uint64_t shared_bytes() const { return params_.memory_bytes - params_.high_reserve_bytes; }
    // `first`: the first statement that waits for memory; null: none waits before this one.
    [[nodiscard]] bool fits_memory_locked(const place& who, const place* first) const;
    [[nodiscard]] bool may_overtake_locked(const place& who, const place& first) const;
    void grant_locked(place& who, const place* overtaken);
    void leave_locked(place& who);
    [[nodiscard]] callbacks dispatch_locked();
    [[nodiscard]] error too_many_waiting_locked(const place& who) const;
    [[nodiscard]] error too_late_locked(const place& who, std::int64_t now_ns) const;
    [[nodiscard]] std::string advice_locked() const;

    const admission_params params_;
    base::clock& clock_;
    mutable std::mutex mutex_;
    queue waiting_;
    std::map<std::string, std::weak_ptr<admission_group>, std::less<>> users_;
    std::uint64_t arrivals_ = 0;
    std::uint64_t reserved_shared_bytes_ = 0;  // by normal and low priority
    std::uint64_t first_number_ = 0;           // of the first statement that waits for memory; 0: none waits
    std::uint64_t overtaken_bytes_ = 0;        // reserved by the statements that have overtaken it
    double run_seconds_ = 0;                   // of a statement, moving average
    admission_stats stats_;
};

// One statement's place: none → waiting → held → none.
class admission_permit {
  public:
    admission_permit(admission& owner, std::function<void()> on_decided);
    admission_permit(const admission_permit&) = delete;
    admission_permit& operator=(const admission_permit&) = delete;
    ~admission_permit();

    // True: held at once. False: it waits. Not to be called while it is held or waits. `now_ns` is the clock's
    // steady_ns().
    result<bool> request(const admission_demand& demand, std::int64_t now_ns);
    // While it waits: true when it is held now, an error when it has waited for too long; it no longer waits then.
    result<bool> poll(std::int64_t now_ns);
    // Gives back the reservation, or stops waiting.
    void release();

    [[nodiscard]] bool held() const;
    [[nodiscard]] bool waits() const;
    [[nodiscard]] std::int64_t deadline_ns() const;  // of the wait
    [[nodiscard]] std::uint64_t reserved_bytes() const;
    [[nodiscard]] std::int64_t waited_ns() const;  // by the latest request, until it was held

  private:
    std::unique_ptr<admission::place> place_;
};

}  // namespace sluice::workload
