// model_json.hpp - reads untrusted JSON: a missing member or one of another type reads as nothing.
//
// Use:     const auto root = parse_answer<json>(body);                   // none: not JSON, or nested too deep
//          string_of(member(element(member(&*root, "candidates"), 0), "finishReason"))
// Shapes:  templates over the JSON type, so that no header needs the library.
// Bounds:  nesting_max levels, so that a few bytes for each level cannot become gigabytes of values.
// Threads: any; plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::tagger {

inline constexpr std::size_t nesting_max = 64;
inline constexpr std::int64_t count_max = 1'000'000'000'000;

[[nodiscard]] bool is_nested_deeper(std::string_view text, std::size_t depth);

template <typename Json>
[[nodiscard]] std::optional<Json> parse_answer(std::string_view text) {
    if (is_nested_deeper(text, nesting_max)) {
        return std::nullopt;
    }
    auto parsed = Json::parse(text, nullptr, false);
    return parsed.is_discarded() ? std::nullopt : std::optional<Json>(std::move(parsed));
}

template <typename Json>
[[nodiscard]] const Json* member(const Json* of, const char* name) {
    if (of == nullptr || !of->is_object()) {
        return nullptr;
    }
    const auto found = of->find(name);
    return found == of->end() ? nullptr : &*found;
}

template <typename Json>
[[nodiscard]] const Json* element(const Json* of, std::size_t index) {
    return of != nullptr && of->is_array() && index < of->size() ? &(*of)[index] : nullptr;
}

template <typename Json>
[[nodiscard]] std::string_view string_of(const Json* value) {
    const auto* text = value == nullptr ? nullptr : value->template get_ptr<const std::string*>();
    return text == nullptr ? std::string_view() : std::string_view(*text);
}

template <typename Json>
[[nodiscard]] bool is_true(const Json* value) {
    return value != nullptr && value->is_boolean() && value->template get<bool>();
}

// 0 unless it is a whole number from 0 to count_max.
template <typename Json>
[[nodiscard]] std::int64_t count_of(const Json* value) {
    if (value == nullptr || !value->is_number_unsigned()) {
        return 0;
    }
    const auto count = value->template get<std::uint64_t>();
    return count <= std::uint64_t{count_max} ? static_cast<std::int64_t>(count) : 0;
}

}  // namespace sluice::tagger
