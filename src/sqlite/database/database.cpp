// Opening, settings, lending, closing.
#include "sqlite/database/database.hpp"

#include <fmt/format.h>
#include <utility>

#include "base/observe/log.hpp"
#include "base/run/retry.hpp"

namespace sluice::sqlite {

namespace {

const base::logger log{"sqlite"};

// The error of the last make() of this thread: base::pool can only carry a sluice::error.
thread_local std::optional<error> open_failure;

std::atomic<std::uint64_t> memory_databases{0};

std::string uri_of_memory() {
    return fmt::format("file:/sluice-{}?vfs=memdb", memory_databases.fetch_add(1) + 1);
}

bool is_memory(std::string_view path) {
    return path == ":memory:";
}

base::pool_limits limits_of(const connection_options& options, access mode, bool is_single) {
    const bool writes = mode == access::write;
    return {.size_min = writes ? 0 : std::min(options.min_idle, options.max_size),
            .size_max = writes ? 1 : options.max_size,
            .waiters_max = options.waiters_max,
            .idle_timeout = is_single ? std::chrono::milliseconds{0} : options.idle_timeout,
            .lifetime_max = is_single ? std::chrono::milliseconds{0} : options.max_lifetime,
            .lifetime_jitter = 0.1,
            .leak_after = options.leak_threshold};
}

result<> check(const connection_options& options) {
    if (options.max_size == 0) {
        return fail(error_kind::misuse, "max_size must be at least 1");
    }
    if (options.min_idle > options.max_size) {
        return fail(error_kind::misuse, "min_idle is greater than max_size");
    }
    return {};
}

}  // namespace

result<std::unique_ptr<database>> database::open(const std::string& path, const open_params& params) {
    TRY(check(params.options));
    std::unique_ptr<database> made(new database(is_memory(path) ? uri_of_memory() : path, params));
    made->is_memory_ = is_memory(path);
    TRY(made->start());
    return made;
}

std::unique_ptr<database> database::from_connection(std::unique_ptr<connection> only, const open_params& params) {
    std::unique_ptr<database> made(new database("the connection given", params));
    made->is_single_ = true;
    only->count_into(*made->counters_);
    made->only_ = std::move(only);
    made->writer_ = std::make_unique<connection_pool>(made->pool_params(access::write));
    made->start_upkeep();
    return made;
}

database::database(std::string path, const open_params& params)
    : path_(std::move(path)),
      params_(params),
      options_(params.options),
      acquire_timeout_(params.options.acquire_timeout),
      wal_size_bytes_max_(params.options.wal_size_bytes_max) {
    leaks_.enable(options_.leak_threshold.count() != 0);
}

database::~database() {
    upkeep_thread_ = {};
    if (const auto closed = close(); !closed) {
        log.error("connections are still in use while their manager ends", {{"database", path_}});
    }
}

result<> database::start() {
    auto params = params_of(access::write);
    params.mode = params_.read_only ? access::read : access::write;
    TRY_ASSIGN(care_, connection::open(params));
    if (!params_.read_only && !is_memory_) {
        TRY(care_->enter_wal_mode());
    }
    writer_ = std::make_unique<connection_pool>(pool_params(access::write));
    readers_ = std::make_unique<connection_pool>(pool_params(access::read));
    if (const auto opened = readers_->sweep(); !opened) {
        return std::unexpected(std::exchange(open_failure, {}).value());
    }
    remember_file();
    start_upkeep();
    return {};
}

connection_params database::params_of(access mode) {
    return {.path = path_,
            .is_uri = is_memory_,
            .mode = mode,
            .read_only = params_.read_only,
            .create = params_.create && care_ == nullptr,  // later connections must find the first one's file
            .vfs = is_memory_ ? std::string{} : params_.vfs,
            .options = options(),
            .counters = counters_.get(),
            .time = params_.time};
}

base::pool_params<database::pooled> database::pool_params(access mode) {
    return {.limits = limits_of(options_, mode, is_single_),
            .noun = mode == access::write ? "writing connection" : "reading connection",
            .make = [this, mode]() -> sluice::result<pooled> {
                auto made = make(mode);
                if (!made) {
                    open_failure = made.error();
                    return sluice::fail(made.error().to_core());
                }
                return std::move(*made);
            },
            .check = [](pooled& returned) { return returned.db->clean(returned.group != nullptr); },
            .on_leak = [this](const base::pool_holder& holder,
                              std::chrono::milliseconds held) { report_leak(holder.query_id, held); },
            .time = params_.time};
}

result<database::pooled> database::make(access mode) {
    const std::uint64_t settings = settings_.load();
    if (is_single_) {
        if (only_ == nullptr) {
            return fail(error_kind::cannot_open, "the connection that was given has failed, and there is no other");
        }
        return pooled(std::move(only_), settings);
    }
    const std::int64_t start_ns = params_.time->steady_ns();
    TRY_ASSIGN(auto db, connection::open(params_of(mode)));
    const std::chrono::nanoseconds taken(params_.time->steady_ns() - start_ns);
    counters_->open_seconds.observe(std::chrono::duration<double>(taken).count());
    return pooled(std::move(db), settings);
}

result<database::connection_pool::lease> database::acquire(access mode, const call_options& options,
                                                           std::uint64_t stack) {
    if (is_closing_.load(std::memory_order_relaxed)) {
        return fail(error_kind::closed, "the database was closed");
    }
    if (was_moved_.load(std::memory_order_relaxed)) {
        return fail(error_kind::io, fmt::format("the file \"{}\" was removed or replaced while it was open", path_));
    }
    if (mode == access::write && params_.read_only) {
        return fail(error_kind::read_only, fmt::format("\"{}\" was opened for reading", path_));
    }
    if (params_.before_lending) [[unlikely]] {
        if (auto fault = params_.before_lending(mode)) {
            return std::unexpected(std::move(*fault));
        }
    }
    connection_pool& pool = mode == access::write || is_single_ ? *writer_ : *readers_;
    const base::pool_holder holder{.query_id = stack};
    // The fast path reads no clock.
    auto at_once = pool.try_acquire(holder);
    if (at_once && *at_once) [[likely]] {
        acquire_times(mode).observe(0);
        TRY(refresh(***at_once));
        return std::move(**at_once);
    }
    if (!at_once) {
        return std::unexpected(failure_of(at_once.error(), std::chrono::milliseconds{0}, options));
    }
    TRY(refuse_waiting_for_itself(mode));
    auto longest = acquire_timeout_.load(std::memory_order_relaxed);
    if (options.timeout) {
        longest = std::min(longest, *options.timeout);
    }
    const std::int64_t start_ns = params_.time->steady_ns();
    auto taken = pool.acquire(holder, longest, options.cancel);
    const std::chrono::nanoseconds waited(params_.time->steady_ns() - start_ns);
    acquire_times(mode).observe(std::chrono::duration<double>(waited).count());
    if (!taken) {
        return std::unexpected(
            failure_of(taken.error(), std::chrono::duration_cast<std::chrono::milliseconds>(waited), options));
    }
    TRY(refresh(**taken));
    return std::move(*taken);
}

error database::failure_of(const sluice::error& cause, std::chrono::milliseconds waited,
                           const call_options& options) const {
    if (auto failure = std::exchange(open_failure, {})) {
        return *failure;
    }
    if (options.cancel != nullptr && options.cancel->requested()) {
        return {.kind = error_kind::cancelled, .message = cause.message, .waited = waited};
    }
    const bool is_closed = is_closing_.load(std::memory_order_relaxed);
    return {.kind = is_closed ? error_kind::closed : error_kind::pool_exhausted,
            .message = cause.message,
            .waited = waited};
}

result<> database::refresh(pooled& lent) {
    const std::uint64_t current = settings_.load(std::memory_order_acquire);
    if (lent.settings == current) [[likely]] {
        return {};
    }
    TRY(lent.db->apply(options()));
    lent.settings = current;
    return {};
}

result<> database::configure(const connection_options& options) {
    TRY(check(options));
    {
        const std::scoped_lock lock(options_mutex_);
        options_ = options;
        acquire_timeout_.store(options.acquire_timeout);
        wal_size_bytes_max_.store(options.wal_size_bytes_max);
        settings_.fetch_add(1, std::memory_order_release);
    }
    leaks_.enable(options.leak_threshold.count() != 0);
    writer_->set_limits(limits_of(options, access::write, is_single_));
    if (readers_ != nullptr) {
        readers_->set_limits(limits_of(options, access::read, is_single_));
    }
    return {};
}

connection_options database::options() const {
    const std::scoped_lock lock(options_mutex_);
    return options_;
}

// ---- without a closure

result<database::lease> database::get_connection(access mode, const call_options& options) {
    if (call_frame::find(this) != nullptr) {
        return fail(error_kind::misuse, "get_connection() inside of a closure, which has a connection");
    }
    const std::uint64_t stack = leaks_.note();
    auto lent = acquire(mode, options, stack);
    if (!lent) {
        leaks_.forget(stack);
        return std::unexpected(std::move(lent).error());
    }
    (void)(*lent)->end_group();  // wakes the waiting members
    return lease(*this, mode, std::move(*lent), stack);
}

// Refuses only a certain deadlock: this thread itself holds all connections of that kind.
result<> database::refuse_waiting_for_itself(access mode) const {
    const bool shares = is_single_;
    const std::size_t held = leases_.count(mode) + (shares && mode == access::read ? leases_.count(access::write) : 0);
    const std::size_t size_max = mode == access::write || shares ? 1 : options().max_size;
    if (held < size_max) [[likely]] {
        return {};
    }
    return fail(error_kind::misuse,
                "this thread holds what it asks for already, by get_connection(): it would wait for itself");
}

database::lease::lease(database& owner, access mode, connection_pool::lease lent, std::uint64_t stack)
    : owner_(&owner), mode_(mode), thread_(owner.leases_.add(mode)), lent_(std::move(lent)), stack_(stack) {}

database::lease::~lease() {
    if (lent_) {
        lent_.give_back();
        owner_->leaks_.forget(stack_);
        owner_->leases_.remove(thread_, mode_);
        owner_->note_return();
    }
}

// ---- the end

void database::note_return() {
    if (is_closing_.load(std::memory_order_relaxed)) [[unlikely]] {
        const std::scoped_lock lock(ended_mutex_);
        ended_.notify_all();
    }
}

result<> database::close(std::chrono::milliseconds timeout) {
    is_closing_.store(true);
    std::size_t running = 0;
    const auto nothing_runs = [&] {
        running = awaiting_.load();
        for (const auto* pool : {writer_.get(), readers_.get()}) {
            running += pool == nullptr ? 0 : pool->stats().on_loan + pool->stats().waiting;
        }
        return running == 0;
    };
    bool is_over = false;
    {
        std::unique_lock lock(ended_mutex_);
        is_over = ended_.wait_for(lock, timeout, nothing_runs);
    }
    for (auto* pool : {writer_.get(), readers_.get()}) {
        if (pool != nullptr) {
            pool->stop();
        }
    }
    if (!is_over) {
        return fail(error_kind::busy, fmt::format("{} calls are still running", running));
    }
    const std::scoped_lock lock(care_mutex_);
    care_.reset();  // the last connection copies the log into the database and removes it
    return {};
}

database_statistics database::statistics() const {
    return {
        .readers = readers_ ? readers_->stats() : writer_->stats(), .writer = writer_->stats(), .counters = counters_};
}

}  // namespace sluice::sqlite
