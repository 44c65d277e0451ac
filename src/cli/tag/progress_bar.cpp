#include "cli/tag/progress_bar.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <vector>

#include "base/os/file_descriptor.hpp"
#include "base/text/display_width.hpp"
#include "base/text/json_string.hpp"
#include "cli/terminal/bar.hpp"

namespace sluice::cli {

namespace {

constexpr std::size_t usual_width = 80;
constexpr std::size_t bar_width = 20;
constexpr std::string_view erase_line = "\r\x1b[K";
constexpr std::int64_t second_ms = 1000;

std::string counts_of(const jobs::progress& now) {
    const auto total = now.done + now.failed + now.left;
    return fmt::format("{}/{}{}", now.done + now.failed, total, now.is_left_final ? "" : "+");
}

struct fact {
    std::string text;
    meaning sense = meaning::plain;
    bool may_be_cut = false;
};

// The texts after the bar, the most important first.
std::vector<fact> facts_of(const jobs::progress& now) {
    std::vector<fact> facts{{.text = counts_of(now)}};
    if (now.failed > 0) {
        facts.push_back({.text = fmt::format("{} failed", now.failed), .sense = meaning::warning});
    }
    if (now.event == jobs::progress_event::waiting) {
        const auto left_ms = std::max<std::int64_t>(now.until_ms - now.now_ms, 0);
        facts.push_back({.text = fmt::format("waits {}: {}", shown_duration(left_ms), base::visible(now.reason)),
                         .may_be_cut = true});
        return facts;
    }
    if (now.items_per_minute > 0) {
        facts.push_back({.text = fmt::format("{:.0f}/min", now.items_per_minute)});
    }
    if (now.eta_ms && now.left > 0) {
        facts.push_back({.text = fmt::format("{} left", shown_duration(*now.eta_ms))});
    }
    if (now.used.tokens_in + now.used.tokens_out > 0) {
        facts.push_back(
            {.text = fmt::format("{}+{} tokens", shown_amount(now.used.tokens_in), shown_amount(now.used.tokens_out))});
    }
    if (now.cost) {
        facts.push_back({.text = fmt::format("${:.2f}", *now.cost)});
    }
    return facts;
}

}  // namespace

std::string shown_duration(std::int64_t duration_ms) {
    const auto seconds = (duration_ms + second_ms - 1) / second_ms;
    const auto hours = seconds / 3600;
    return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, seconds / 60 % 60, seconds % 60)
                     : fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

std::string shown_amount(std::int64_t amount) {
    constexpr std::int64_t thousand = 1000;
    constexpr std::int64_t million = 1'000'000;
    if (amount < thousand) {
        return std::to_string(amount);
    }
    const auto unit = amount < million ? thousand : million;
    return fmt::format("{:.1f}{}", static_cast<double>(amount) / static_cast<double>(unit),
                       unit == thousand ? "k" : "M");
}

std::string progress_line(const jobs::progress& now, const output_style& style) {
    const auto width = style.width == 0 ? usual_width : style.width;
    const auto total = now.done + now.failed + now.left;
    const auto share = total == 0 ? 0.0 : static_cast<double>(now.done + now.failed) / static_cast<double>(total);
    std::string line;
    std::size_t columns = 0;
    if (width > 2 * bar_width) {
        line = bar_text(share, bar_width, style);
        columns = bar_width;
    }
    for (const auto& each : facts_of(now)) {
        const std::size_t gap = columns == 0 ? 0 : 2;
        const auto room = width > columns + gap ? width - columns - gap : 0;
        const auto text = each.may_be_cut ? base::shorten(each.text, room, style.is_utf8) : each.text;
        const auto needed = base::display_width(text);
        if (needed == 0 || needed > room) {
            break;
        }
        line.append(gap, ' ').append(painted(text, each.sense, style));
        columns += gap + needed;
    }
    return line;
}

std::string progress_json(const jobs::progress& now) {
    auto line = fmt::format(
        "{{\"event\":{},\"time\":{},\"done\":{},\"reused\":{},\"failed\":{},\"left\":{},\"is_left_final\":{},"
        "\"items_per_minute\":{:.1f},\"requests\":{},\"tokens_in\":{},\"tokens_out\":{}",
        base::json_string(to_text(now.event)), now.now_ms, now.done, now.reused, now.failed, now.left,
        now.is_left_final, now.items_per_minute, now.used.requests, now.used.tokens_in, now.used.tokens_out);
    line += now.eta_ms ? fmt::format(",\"eta_ms\":{}", *now.eta_ms) : "";
    line += now.cost ? fmt::format(",\"cost\":{:.6f}", *now.cost) : "";
    line += now.item_key.empty() ? "" : ",\"item\":" + base::json_string(now.item_key);
    line += now.reason.empty() ? "" : ",\"reason\":" + base::json_string(now.reason);
    line += now.until_ms == 0 ? "" : fmt::format(",\"until\":{}", now.until_ms);
    return line + "}\n";
}

void progress_bar::show(const jobs::progress& now) {
    auto seen = now;
    const bool begins_wait = now.event == jobs::progress_event::waiting;
    if (begins_wait) {
        wait_reason_ = now.reason;
        wait_until_ms_ = now.until_ms;
    } else if (now.event != jobs::progress_event::working || now.now_ms >= wait_until_ms_) {
        wait_until_ms_ = 0;
    } else {  // part of a wait has passed
        seen.event = jobs::progress_event::waiting;
        seen.reason = wait_reason_;
        seen.until_ms = wait_until_ms_;
    }
    const auto now_ms = params_.time->steady_ns() / 1'000'000;
    if (is_drawn_ && !begins_wait && now_ms - drawn_ms_ < params_.every_ms) {
        return;
    }
    drawn_ms_ = now_ms;
    is_drawn_ = true;
    const auto text = std::string(erase_line) + progress_line(seen, params_.style);
    (void)base::write_all(params_.descriptor, std::as_bytes(std::span(text)));
}

void progress_bar::clear() {
    if (is_drawn_) {
        is_drawn_ = false;
        (void)base::write_all(params_.descriptor, std::as_bytes(std::span(erase_line)));
    }
}

}  // namespace sluice::cli
