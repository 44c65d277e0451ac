// fault_plan_test_support.hpp - decides by seed which call fails.
//
// Use:     fault_plan plan(seed);  plan.set_rate(fault::io_write, 0.002);  if (plan.hits(fault::io_write)) { fail }
// Order:   whether a kind's n-th occasion fails depends on seed, kind and n alone, not on other kinds.
// Threads: any.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sluice::sqlite {

// Each kind with the answer that SQLite gets; the codes are the extended ones.
enum class fault : std::uint8_t {
    io_open,      // SQLITE_CANTOPEN
    io_delete,    // SQLITE_IOERR_DELETE
    io_read,      // SQLITE_IOERR_READ
    io_write,     // SQLITE_IOERR_WRITE, nothing written
    io_truncate,  // SQLITE_IOERR_TRUNCATE
    io_sync,      // SQLITE_IOERR_FSYNC, nothing synced
    io_lock,      // SQLITE_IOERR_LOCK
    io_shm_map,   // SQLITE_IOERR_SHMMAP
    io_shm_lock,  // SQLITE_IOERR_SHMLOCK
    disk_full,    // SQLITE_FULL, nothing written
    short_write,  // writes a part; then SQLITE_FULL or SQLITE_IOERR_WRITE
    // The kinds below are lies. No store survives them unharmed; they show that a test notices harm.
    short_read,    // SQLITE_IOERR_SHORT_READ and zeros, which says that the file ends there
    lost_sync,     // SQLITE_OK; the writes that it covers are never safe, unless written again
    delayed_sync,  // SQLITE_OK; the next sync does it
};
inline constexpr std::size_t fault_count = 14;

class fault_plan {
  public:
    explicit fault_plan(std::uint64_t seed) : seed_(seed) {}

    void set_rate(fault kind, double rate) { of(kind).rate = rate; }
    void fail_at(fault kind, std::uint64_t n) { of(kind).target = of(kind).occasions + n; }
    void clear() {
        for (auto& each : lines_) {
            each.rate = 0;
            each.target = 0;
        }
    }
    [[nodiscard]] std::uint64_t injected(fault kind) const { return of(kind).injected; }
    [[nodiscard]] std::uint64_t occasions(fault kind) const { return of(kind).occasions; }

    // If this occasion fails: a random number for the details of the fault.
    [[nodiscard]] std::optional<std::uint64_t> hits(fault kind) {
        line& own = of(kind);
        const std::uint64_t number = ++own.occasions;
        const std::uint64_t drawn = mixed(mixed(seed_ + static_cast<std::uint64_t>(kind)) + number);
        const double share = static_cast<double>(drawn >> 11U) / static_cast<double>(1ULL << 53U);
        if (share >= own.rate && number != own.target) {
            return std::nullopt;
        }
        ++own.injected;
        return mixed(drawn);
    }

  private:
    struct line {
        std::atomic<double> rate = 0;
        std::atomic<std::uint64_t> target = 0;  // 0: none
        std::atomic<std::uint64_t> occasions = 0;
        std::atomic<std::uint64_t> injected = 0;
    };

    // A step of splitmix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014).
    static std::uint64_t mixed(std::uint64_t value) {
        value += 0x9e3779b97f4a7c15ULL;
        value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
        return value ^ (value >> 31U);
    }
    line& of(fault kind) { return lines_.at(static_cast<std::size_t>(kind)); }
    [[nodiscard]] const line& of(fault kind) const { return lines_.at(static_cast<std::size_t>(kind)); }

    const std::uint64_t seed_;
    std::array<line, fault_count> lines_;
};

}  // namespace sluice::sqlite
