#include "base/observe/log.hpp"

#include <fmt/format.h>
#include <iterator>
#include <memory>
#include <mutex>
#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <utility>

#include "base/text/json_string.hpp"

namespace sluice::base {

namespace {

constexpr std::size_t fields_size_bytes_max = std::size_t{8} * 1024;
constexpr const char* text_pattern = "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l module=%n %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","module":"%n",%v})";

using line_buffer = fmt::memory_buffer;

void append(line_buffer& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
}

bool is_plain(std::string_view text) {
    constexpr std::string_view harmless =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/+@%,()[]*";
    return !text.empty() && text.find_first_not_of(harmless) == std::string_view::npos;
}

void append_value(line_buffer& out, const log_field::value_type& value, log_format format) {
    std::visit(
        [&]<typename Value>(const Value& each) {
            if constexpr (!std::is_same_v<Value, std::string_view>) {
                fmt::format_to(std::back_inserter(out), "{}", each);
            } else if (format == log_format::text && is_plain(each)) {
                append(out, each);
            } else {
                append(out, json_string(each));
            }
        },
        value);
}

void append_field(line_buffer& out, const log_field& field, log_format format) {
    if (format == log_format::json) {
        append(out, ",\"");
        append(out, field.key);
        append(out, "\":");
    } else {
        out.push_back(' ');
        append(out, field.key);
        out.push_back('=');
    }
    const auto* number = std::get_if<double>(&field.value);
    if (number != nullptr && format == log_format::json && (*number - *number) != 0) {
        append(out, "null");  // JSON has no NaN and no infinity
        return;
    }
    append_value(out, field.value, format);
}

class function_sink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit function_sink(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        write_({line.data(), line.size()});
    }
    void flush_() override {}

  private:
    std::function<void(std::string_view)> write_;
};

struct destination {
    std::shared_ptr<spdlog::sinks::sink> sink;  // shared: a thread may be logging while a test configures
    log_format format = log_format::text;
};

std::unique_ptr<spdlog::formatter> make_formatter(log_format format) {
    return std::make_unique<spdlog::pattern_formatter>(format == log_format::json ? json_pattern : text_pattern,
                                                       spdlog::pattern_time_type::utc, "\n");
}

destination make_destination(log_params& params) {
    destination made{.sink = {}, .format = params.format};
    if (params.write) {
        made.sink = std::make_shared<function_sink>(std::move(params.write));
    } else {
        made.sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    }
    made.sink->set_formatter(make_formatter(params.format));
    return made;
}

// The only mutable global of logging; the logger is one of the two singletons that the style allows.
class shared_destination {
  public:
    shared_destination() {
        log_params defaults;
        current_ = make_destination(defaults);
    }
    [[nodiscard]] destination get() {
        const std::scoped_lock lock(mutex_);
        return current_;
    }
    void set(destination fresh) {
        const std::scoped_lock lock(mutex_);
        current_ = std::move(fresh);
    }

  private:
    std::mutex mutex_;
    destination current_;
};

shared_destination& where() {
    static shared_destination instance;
    return instance;
}

spdlog::level::level_enum spdlog_level(log_level level) {
    switch (level) {
        case log_level::trace:
            return spdlog::level::trace;
        case log_level::debug:
            return spdlog::level::debug;
        case log_level::info:
            return spdlog::level::info;
        case log_level::warn:
            return spdlog::level::warn;
        case log_level::error:
            return spdlog::level::err;
        case log_level::off:
            break;
    }
    return spdlog::level::off;
}

}  // namespace

void configure_logs(log_params params) {
    logger::threshold.store(params.level, std::memory_order_relaxed);
    where().set(make_destination(params));
}

result<log_level> parse_log_level(std::string_view name) {
    constexpr std::string_view names[] = {"trace", "debug", "info", "warn", "error", "off"};
    for (std::size_t i = 0; i < std::size(names); ++i) {
        if (names[i] == name) {
            return static_cast<log_level>(i);
        }
    }
    return fail(sqlstates::invalid_parameter_value, "log level must be trace, debug, info, warn, error or off");
}

void logger::write(log_level level, std::string_view event, fields values) const {
    const auto target = where().get();
    line_buffer payload;
    append(payload, target.format == log_format::json ? "\"event\":" : "event=");
    append(payload, json_string(event));
    for (const auto& field : values) {
        const auto size_before = payload.size();
        append_field(payload, field, target.format);
        if (payload.size() > fields_size_bytes_max) {
            payload.resize(size_before);
            append_field(payload, {"truncated", true}, target.format);
            break;
        }
    }
    const spdlog::details::log_msg message(spdlog::string_view_t(module_.data(), module_.size()), spdlog_level(level),
                                           spdlog::string_view_t(payload.data(), payload.size()));
    target.sink->log(message);
    if (level >= log_level::warn) {
        target.sink->flush();
    }
}

}  // namespace sluice::base
