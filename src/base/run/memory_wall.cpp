#include "base/run/memory_wall.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <fcntl.h>
#include <unistd.h>

#include "base/core/cancel.hpp"

namespace sluice::base::memory_wall {

namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20U;
// Bytes kept free below the bound, for other statements and for statements that are ending.
struct reserve_bytes {
    std::int64_t large;   // a large allocation must leave this much free
    std::int64_t cancel;  // at this much free a statement that grows in small steps is interrupted
    std::int64_t small;   // at this much free its small allocations fail
};
constexpr reserve_bytes usual_reserve{.large = 64 * mebibyte, .cancel = 48 * mebibyte, .small = 24 * mebibyte};
// For scopes that have grown by less than modest_bytes.
constexpr reserve_bytes modest_reserve{.large = 20 * mebibyte, .cancel = 12 * mebibyte, .small = 6 * mebibyte};
constexpr std::int64_t modest_bytes = 4 * mebibyte;
// A checkpoint on helping threads needs blocks, but none of this size.
constexpr std::size_t exempt_helper_bytes_max = std::size_t{64} << 20U;
// A cancelled statement gets no allocation of this size or above.
constexpr std::int64_t stopped_bytes = mebibyte;
constexpr std::int64_t patience_ns = 500'000'000;
constexpr std::int64_t release_interval_ns = 100'000'000;
constexpr std::int64_t sample_interval_ns = 2'000'000;  // for large allocations, and for statements at the bound
constexpr std::int64_t release_worth = 16 * mebibyte;

struct process_state {
    std::atomic<std::int64_t> counted{0};
    std::atomic<std::int64_t> excess{0};  // resident bytes beyond the counted ones
    std::atomic<std::int64_t> resident{0};
    std::atomic<std::int64_t> bound{0};
    std::atomic<std::int64_t> peak{0};
    std::atomic<std::int64_t> released_ns{0};
    std::atomic<std::int64_t> sampled_ns{0};
    std::atomic<int> exempt{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> stopped{0};
    std::atomic<std::uint64_t> interrupted{0};
    std::atomic<void (*)()> release{nullptr};
    task_questions questions;
};

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): see State in the header
constinit process_state process;

void raise(std::atomic<std::int64_t>& most, std::int64_t value) {
    auto seen = most.load(std::memory_order_relaxed);
    while (seen < value && !most.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
}

std::int64_t used() {
    return process.counted.load(std::memory_order_relaxed) + process.excess.load(std::memory_order_relaxed);
}

// /proc/self/statm: pages in all, resident, and those of files (proc(5)).
std::int64_t anonymous_bytes() {
    const int descriptor = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return 0;
    }
    char text[128];
    const auto length = ::read(descriptor, text, sizeof text);
    ::close(descriptor);
    std::int64_t pages[3] = {};
    const char* at = text;
    const char* const end = text + std::max<ssize_t>(length, 0);
    for (std::int64_t& each : pages) {
        at = std::from_chars(at, end, each).ptr;
        at += at < end ? 1 : 0;
    }
    return std::max<std::int64_t>(pages[1] - pages[2], 0) * ::sysconf(_SC_PAGESIZE);
}

// The system's clock: an allocator cannot be given one.
std::int64_t steady_ns() {
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// The resident memory beyond the count changes with every free, so an old sample refuses too much or too little.
void freshen_sample() {
    const std::int64_t now_ns = steady_ns();
    auto last = process.sampled_ns.load(std::memory_order_relaxed);
    if (now_ns - last >= sample_interval_ns && process.sampled_ns.compare_exchange_strong(last, now_ns)) {
        sample();
    }
}

// True: memory came back, so the caller should check again.
bool release_memory() {
    void (*const release)() = process.release.load(std::memory_order_relaxed);
    const std::int64_t now_ns = steady_ns();
    auto last = process.released_ns.load(std::memory_order_relaxed);
    if (release == nullptr || now_ns - last < release_interval_ns ||
        process.excess.load(std::memory_order_relaxed) < release_worth ||
        !process.released_ns.compare_exchange_strong(last, now_ns)) {
        return false;
    }
    release();
    sample();
    return true;
}

bool leaves(std::int64_t reserve) {
    const std::int64_t bound = process.bound.load(std::memory_order_relaxed);
    return bound == 0 || used() <= bound - reserve;
}

// False: less than `reserve` bytes are left below the bound.
bool has_room(std::int64_t reserve) {
    if (leaves(reserve)) {
        return true;
    }
    freshen_sample();
    return leaves(reserve) || (release_memory() && leaves(reserve));
}

// Counts the bytes if `reserve` bytes are then left below the bound. Other threads never see a failed request.
bool take(std::int64_t bytes, std::int64_t reserve) {
    const std::int64_t bound = process.bound.load(std::memory_order_relaxed);
    if (bound == 0) {
        process.counted.fetch_add(bytes, std::memory_order_relaxed);
        return true;
    }
    const std::int64_t most = bound - reserve - process.excess.load(std::memory_order_relaxed);
    auto seen = process.counted.load(std::memory_order_relaxed);
    while (seen + bytes <= most) {
        if (process.counted.compare_exchange_weak(seen, seen + bytes, std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

// The reserve for a scope that grows by `more` bytes.
const reserve_bytes& reserve_of(const detail::account& mine, std::int64_t more) {
    return mine.grown_bytes + more < modest_bytes ? modest_reserve : usual_reserve;
}

void count_pending(detail::account& mine) {
    process.counted.fetch_add(mine.pending_bytes, std::memory_order_relaxed);
    mine.grown_bytes += mine.pending_bytes;
    mine.pending_bytes = 0;
}

bool is_exempt(const detail::account& mine, std::size_t bytes) {
    return mine.exempt > 0 || (mine.works_for == detail::duty::helper && bytes < exempt_helper_bytes_max &&
                               process.exempt.load(std::memory_order_relaxed) > 0);
}

bool is_stopped(const detail::account& mine) {
    if (mine.statement != nullptr) {
        return mine.statement->requested();
    }
    return mine.query != nullptr && process.questions.is_stopped != nullptr && process.questions.is_stopped(mine.query);
}

// Counts the bytes if it admits them.
bool judge_large(const detail::account& mine, std::int64_t bytes) {
    if (mine.works_for == detail::duty::none || is_exempt(mine, static_cast<std::size_t>(bytes))) {
        process.counted.fetch_add(bytes, std::memory_order_relaxed);
        return true;
    }
    if (bytes >= stopped_bytes && is_stopped(mine)) {
        process.stopped.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    if (!leaves(process.bound.load(std::memory_order_relaxed) / 2)) {
        freshen_sample();
    }
    const std::int64_t reserve = reserve_of(mine, bytes).large;
    if (take(bytes, reserve) || (release_memory() && take(bytes, reserve))) {
        return true;
    }
    process.refused.fetch_add(1, std::memory_order_relaxed);
    return false;
}

// True if the statement was cancelled a while ago, but its current call goes on.
bool ignores_its_cancel(detail::account& mine) {
    if (!is_stopped(mine)) {
        return false;
    }
    const std::int64_t now_ns = steady_ns();
    mine.stopped_ns = mine.stopped_ns != 0 ? mine.stopped_ns : now_ns;
    return now_ns - mine.stopped_ns >= patience_ns;
}

// Interrupts a statement that grows in small steps; its allocations fail only if that comes too late.
void judge_growth(detail::account& mine) {
    if (mine.works_for == detail::duty::none || is_exempt(mine, 0)) {
        return;
    }
    if (ignores_its_cancel(mine)) {
        process.stopped.fetch_add(1, std::memory_order_relaxed);
        mine.refuses_small = true;
        return;
    }
    const reserve_bytes& reserve = reserve_of(mine, 0);
    if (has_room(reserve.cancel)) {
        return;
    }
    if (mine.query != nullptr && process.questions.interrupt != nullptr && !is_stopped(mine) &&
        !process.questions.is_stopped(mine.query)) {
        process.interrupted.fetch_add(1, std::memory_order_relaxed);
        process.questions.interrupt(mine.query);
    }
    mine.refuses_small = !has_room(reserve.small);
}

}  // namespace

namespace detail {

constinit thread_local account here;

bool admit_large(std::size_t bytes) noexcept {
    account& mine = here;
    const std::int64_t wanted = static_cast<std::int64_t>(std::min(bytes, std::size_t{1} << 61U));
    count_pending(mine);
    bool admitted = true;
    if (mine.inside) {
        process.counted.fetch_add(wanted, std::memory_order_relaxed);
    } else {
        mine.inside = true;
        admitted = judge_large(mine, wanted);
        mine.inside = false;
    }
    if (admitted) {
        mine.grown_bytes += wanted;
    }
    return admitted;
}

void settle() noexcept {
    account& mine = here;
    const bool grew = mine.pending_bytes > 0;
    count_pending(mine);
    mine.refuses_small = false;
    if (grew && !mine.inside) {
        mine.inside = true;
        judge_growth(mine);
        mine.inside = false;
    }
}

}  // namespace detail

exempt_scope::exempt_scope() noexcept {
    ++detail::here.exempt;
    detail::here.refuses_small = false;
    process.exempt.fetch_add(1, std::memory_order_relaxed);
}

exempt_scope::~exempt_scope() {
    --detail::here.exempt;
    process.exempt.fetch_sub(1, std::memory_order_relaxed);
}

bool must_not_fail() noexcept {
    return is_exempt(detail::here, 0);
}

void set_bound(std::uint64_t bytes) {
    process.bound.store(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
    sample();
}

void sample() {
    const std::int64_t counted = process.counted.load(std::memory_order_relaxed);
    const std::int64_t resident = anonymous_bytes();
    process.resident.store(resident, std::memory_order_relaxed);
    process.excess.store(std::max<std::int64_t>(resident - counted, 0), std::memory_order_relaxed);
    raise(process.peak, std::max(resident, counted));
}

void set_release(void (*release)()) {
    process.release.store(release, std::memory_order_relaxed);
}

void set_task_questions(task_questions questions) {
    process.questions = questions;
}

error out_of_memory_error() {
    return {.code = sqlstates::out_of_memory,
            .message = "out of memory: the statement needs more than the server may use",
            .hint =
                "Have the statement make smaller values or sort and join less at a time, run fewer statements at a "
                "time, or raise memory_budget."};
}

totals look() {
    const auto bytes = [](const std::atomic<std::int64_t>& value) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(value.load(std::memory_order_relaxed), 0));
    };
    return {.counted_bytes = bytes(process.counted),
            .resident_bytes = bytes(process.resident),
            .bound_bytes = bytes(process.bound),
            .peak_bytes = bytes(process.peak),
            .refused_total = process.refused.load(std::memory_order_relaxed),
            .stopped_total = process.stopped.load(std::memory_order_relaxed),
            .interrupted_total = process.interrupted.load(std::memory_order_relaxed)};
}

}  // namespace sluice::base::memory_wall
