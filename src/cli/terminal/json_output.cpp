#include "cli/terminal/json_output.hpp"

#include <cmath>
#include <fmt/format.h>

#include "base/text/json_string.hpp"

namespace sluice::cli {

namespace {

void append_break(std::string& out, std::size_t depth) {
    out.push_back('\n');
    out.append(2 * depth, ' ');
}

// `each` writes one element.
template <typename List, typename F>
void append_list(std::string& out, std::size_t depth, const List& list, std::string_view brackets, F each) {
    out.push_back(brackets[0]);
    for (const auto& one : list) {
        out.append(&one == &list.front() ? "" : ",");
        append_break(out, depth + 1);
        each(one);
    }
    if (!list.empty()) {
        append_break(out, depth);
    }
    out.push_back(brackets[1]);
}

}  // namespace

json_value::json_value() = default;
json_value::json_value(const json_value& other) = default;
json_value::json_value(json_value&& other) noexcept = default;
json_value& json_value::operator=(const json_value& other) = default;
json_value& json_value::operator=(json_value&& other) noexcept = default;
json_value::~json_value() = default;
json_value::json_value(std::int64_t value) : value_(value) {}
json_value::json_value(double value) : value_(value) {}
json_value::json_value(std::string value) : value_(std::move(value)) {}
json_value::json_value(json_object value) : value_(std::move(value)) {}
json_value::json_value(json_array value) : value_(std::move(value)) {}

void json_value::set(bool value) {
    value_ = value;
}

void json_value::append_to(std::string& out, std::size_t depth) const {
    if (const auto* flag = std::get_if<bool>(&value_)) {
        out.append(*flag ? "true" : "false");
    } else if (const auto* whole = std::get_if<std::int64_t>(&value_)) {
        out.append(std::to_string(*whole));
    } else if (const auto* number = std::get_if<double>(&value_); number != nullptr && std::isfinite(*number)) {
        out.append(fmt::format("{}", *number));
    } else if (const auto* text = std::get_if<std::string>(&value_)) {
        out.append(base::json_string(*text));
    } else if (const auto* object = std::get_if<json_object>(&value_)) {
        append_list(out, depth, *object, "{}", [&](const json_field& one) {
            out.append(base::json_string(one.name)).append(": ");
            one.value.append_to(out, depth + 1);
        });
    } else if (const auto* array = std::get_if<json_array>(&value_)) {
        append_list(out, depth, *array, "[]", [&](const json_value& one) { one.append_to(out, depth + 1); });
    } else {
        out.append("null");
    }
}

std::string json_text(const json_value& document) {
    std::string out;
    document.append_to(out, 0);
    return out.append("\n");
}

}  // namespace sluice::cli
