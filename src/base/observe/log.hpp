// log.hpp - structured logs: one line an event, key=value or JSON, on stderr.
//
// Problem: people grep logs and machines parse them, so an event must look the same everywhere.
// Use:     const base::logger log{"server"};                 // one in each module
//          log.info("session opened", {{"session", id}, {"user", user}});
//          → time=2026-01-31T12:00:00.000Z level=info module=server event="session opened" session=7 user=alice
// Bounds:  a line ends after 8 kB of fields; the rest is dropped and marked with truncated=true.
// Threads: any. A level that is off costs one atomic load and the arguments.
// Safety:  secrets, cancel keys and SQL parameters are never logged; control characters cannot forge a line.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/core/result.hpp"

namespace sluice::base {

enum class log_level : std::uint8_t { trace, debug, info, warn, error, off };
enum class log_format : std::uint8_t { text, json };

struct log_params {
    log_level level = log_level::info;
    log_format format = log_format::text;
    std::function<void(std::string_view line)> write;  // empty: stderr
};

// Applies to the whole process; call it before threads log, or from a test.
void configure_logs(log_params params);

result<log_level> parse_log_level(std::string_view name);

// A view: it must live as long as the call that logs it.
struct log_field {
    using value_type = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

    log_field(std::string_view name, std::string_view text) : key(name), value(text) {}
    log_field(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
    log_field(std::string_view name, const std::string& text) : key(name), value(std::string_view(text)) {}
    log_field(std::string_view name, bool flag) : key(name), value(flag) {}
    log_field(std::string_view name, double number) : key(name), value(number) {}
    template <std::signed_integral Integer>
    log_field(std::string_view name, Integer number) : key(name), value(std::int64_t{number}) {}
    template <std::unsigned_integral Integer>
        requires(!std::same_as<Integer, bool>)
    log_field(std::string_view name, Integer number) : key(name), value(std::uint64_t{number}) {}

    std::string_view key;
    value_type value;
};

class logger {
  public:
    using fields = std::initializer_list<log_field>;

    // `module` must be a constant.
    explicit constexpr logger(std::string_view module) : module_(module) {}

    [[nodiscard]] static bool enabled(log_level level) { return level >= threshold.load(std::memory_order_relaxed); }

    void debug(std::string_view event, fields values = {}) const { log(log_level::debug, event, values); }
    void info(std::string_view event, fields values = {}) const { log(log_level::info, event, values); }
    void warn(std::string_view event, fields values = {}) const { log(log_level::warn, event, values); }
    void error(std::string_view event, fields values = {}) const { log(log_level::error, event, values); }
    void log(log_level level, std::string_view event, fields values) const {
        if (enabled(level)) {
            write(level, event, values);
        }
    }

  private:
    friend void configure_logs(log_params params);
    void write(log_level level, std::string_view event, fields values) const;

    std::string_view module_;
    static inline std::atomic<log_level> threshold{log_level::info};
};

}  // namespace sluice::base
