// time_zone.hpp - a session's time zone: the offset of its clocks from UTC at an instant.
//
// Problem: every timestamptz that is printed needs the offset of the session's zone at that time; looking it up in the
//          zone's table costs more than printing the rest.
// Use:     TRY_ASSIGN(auto zone, time_zone::find("Europe/Berlin"));
//          zone.offset_seconds_at(micros_since_1970);
// Takes:   the same as PostgreSQL: names of the IANA database in any case; hours east of Greenwich ("2", "+02",
//          "-3.5"); POSIX forms without daylight saving, which count west ("<+05>-05", "UTC+5"; also "+05:30").
// Threads: one at a time (it caches the span between two transitions that was used last); copies are cheap.
// Errors:  22023 for a zone that does not exist.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::duckdb {

class time_zone {
  public:
    time_zone();  // UTC
    ~time_zone();
    time_zone(const time_zone&);
    time_zone& operator=(const time_zone&);
    time_zone(time_zone&&) noexcept;
    time_zone& operator=(time_zone&&) noexcept;

    static result<time_zone> find(std::string_view name);

    // Seconds east of Greenwich at `microseconds` since 1970-01-01 00:00 UTC.
    [[nodiscard]] std::int32_t offset_seconds_at(std::int64_t microseconds) {
        if (microseconds < span_first_ || microseconds > span_last_) [[unlikely]] {
            look_up(microseconds);
        }
        return span_offset_seconds_;
    }

    // In the form of SHOW TimeZone, e.g. "Europe/Berlin" for "europe/berlin".
    [[nodiscard]] const std::string& name() const { return name_; }
    // The name for DuckDB's SET TimeZone; empty if DuckDB lacks the zone: offsets that are not whole hours from -12 to
    // +14.
    [[nodiscard]] const std::string& engine_name() const { return engine_name_; }

  private:
    struct rules;

    time_zone(std::shared_ptr<const rules> rules, std::string name);

    [[nodiscard]] static time_zone fixed(std::int32_t seconds_east, std::string name);
    void look_up(std::int64_t microseconds);

    std::shared_ptr<const rules> rules_;  // shared: immutable, one for all copies; null for a fixed offset
    std::string name_;
    std::string engine_name_;
    // The instants, both inclusive, for which the offset is known.
    std::int64_t span_first_ = 0;
    std::int64_t span_last_ = -1;
    std::int32_t span_offset_seconds_ = 0;
};

}  // namespace sluice::duckdb
