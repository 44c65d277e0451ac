// Upkeep by the manager's own thread: idle connections, leaks, the write-ahead log, the file itself.
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <utility>

#include "base/observe/log.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::sqlite {

namespace {

const base::logger log{"sqlite"};

constexpr std::size_t wal_page_bytes = 4096 + 24;  // SQLite's default page, and the frame's header
constexpr std::chrono::milliseconds restart_wait{200};

int mode_of(database::checkpoint_mode mode) {
    switch (mode) {
        case database::checkpoint_mode::passive:
            return SQLITE_CHECKPOINT_PASSIVE;
        case database::checkpoint_mode::restart:
            return SQLITE_CHECKPOINT_RESTART;
        case database::checkpoint_mode::truncate:
            break;
    }
    return SQLITE_CHECKPOINT_TRUNCATE;
}

}  // namespace

void database::start_upkeep() {
    if (params_.upkeep_every.count() == 0) {
        return;
    }
    upkeep_thread_ = std::jthread([this](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any pause;
        std::unique_lock lock(mutex);
        while (!pause.wait_for(lock, stop, params_.upkeep_every, [] { return false; }) && !stop.stop_requested()) {
            upkeep();
        }
    });
}

void database::upkeep() {
    if (is_closing_.load()) {
        return;
    }
    for (auto* pool : {writer_.get(), readers_.get()}) {
        if (pool == nullptr) {
            continue;
        }
        if (const auto swept = pool->sweep(); !swept) {
            log.warn("a connection could not be opened", {{"database", path_}, {"error", swept.error().message}});
        }
    }
    look_at_file();
    tend_log();
}

// ---- the log

void database::tend_log() {
    if (wal_pages() < options().checkpoint_pages) {
        return;
    }
    if (const auto done = checkpoint(checkpoint_mode::passive); !done && done.error().kind != error_kind::busy) {
        log.warn("a checkpoint failed", {{"database", path_}, {"error", done.error().message}});
    }
}

// If writers never pause, a checkpoint alone cannot make the log start over: one writer has to wait for it.
void database::limit_log(connection& writer) {
    if (wal_pages() * wal_page_bytes <= wal_size_bytes_max_.load(std::memory_order_relaxed)) [[likely]] {
        return;
    }
    const std::chrono::nanoseconds longest = restart_wait;
    const auto outer = writer.set_bounds({.deadline_ns = params_.time->steady_ns() + longest.count()});
    if (const auto done = writer.checkpoint(mode_of(checkpoint_mode::restart)); done) {
        counters_->checkpoints_total.add();
    }  // else a reader still uses the log: the next commit tries again
    writer.set_bounds(outer);
}

result<> database::checkpoint(checkpoint_mode mode, const call_options& options) {
    const auto count = [&](bool is_complete) {
        counters_->checkpoints_total.add();
        if (is_complete) {
            counters_->wal_pages.set(0);
        }
    };
    if (is_single_) {
        return execute_mut(
            [&](connection& db) -> result<> {
                TRY_ASSIGN(const bool is_complete, db.checkpoint(mode_of(mode)));
                count(is_complete);
                return {};
            },
            options);
    }
    const std::scoped_lock lock(care_mutex_);
    if (care_ == nullptr) {
        return fail(error_kind::closed, "the database was closed");
    }
    const std::chrono::nanoseconds longest = options.timeout.value_or(this->options().busy_timeout);
    care_->set_bounds({.deadline_ns = params_.time->steady_ns() + longest.count(), .cancel = options.cancel});
    const auto done = care_->checkpoint(mode_of(mode));
    care_->set_bounds({});
    if (!done) {
        return std::unexpected(done.error());
    }
    count(*done);
    return {};
}

// ---- the file

void database::remember_file() {
    struct stat seen{};
    if (!is_memory_ && ::stat(path_.c_str(), &seen) == 0) {
        device_ = seen.st_dev;
        inode_ = seen.st_ino;
    }
}

void database::look_at_file() {
    struct stat seen{};
    if (inode_ == 0 || (::stat(path_.c_str(), &seen) == 0 && seen.st_dev == device_ && seen.st_ino == inode_)) {
        return;
    }
    if (!was_moved_.exchange(true)) {
        log.error("the database file was removed or replaced", {{"database", path_}});
    }
}

// ---- leaks

void database::report_leak(std::uint64_t stack, std::chrono::milliseconds held) const {
    log.warn("a connection is held for long",
             {{"database", path_}, {"held_ms", held.count()}, {"taken_at", leaks_.describe(stack)}});
}

}  // namespace sluice::sqlite
