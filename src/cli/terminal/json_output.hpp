// json_output.hpp - the values that --json prints, in the order of the code.
//
// Use:     TRY(write_output(json_text(json_array{json_object{{"number", part.number}, {"version", 2}}})));
// Shape:   two spaces a level; empty optionals are null; bytes that are not UTF-8 become U+FFFD; a number that JSON
//          lacks (infinity) is null.
// Threads: any; plain values.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::cli {

struct json_field;
class json_value;
using json_object = std::vector<json_field>;
using json_array = std::vector<json_value>;

class json_value {
  public:
    json_value();  // null
    json_value(const json_value& other);
    json_value(json_value&& other) noexcept;
    json_value& operator=(const json_value& other);
    json_value& operator=(json_value&& other) noexcept;
    ~json_value();
    // NOLINTBEGIN(google-explicit-constructor): documents are written as lists of values
    json_value(std::int64_t value);
    json_value(double value);
    json_value(std::string value);
    json_value(std::string_view value) : json_value(std::string(value)) {}
    json_value(const char* value) : json_value(std::string(value)) {}
    json_value(json_object value);
    json_value(json_array value);
    json_value(std::same_as<bool> auto value) : json_value() { set(value); }
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    json_value(T value) : json_value(static_cast<std::int64_t>(value)) {}
    template <typename T>
    json_value(std::optional<T> value) : json_value() {
        if (value) {
            *this = json_value(*std::move(value));
        }
    }
    // NOLINTEND(google-explicit-constructor)

    void append_to(std::string& out, std::size_t depth) const;

  private:
    void set(bool value);

    std::variant<std::monostate, bool, std::int64_t, double, std::string, json_object, json_array> value_;
};

struct json_field {
    std::string_view name;  // a constant, or a text that outlives the document
    json_value value;
};

// The text ends with a line break.
[[nodiscard]] std::string json_text(const json_value& document);

}  // namespace sluice::cli
