#include "postgres/parse/decode_error.hpp"

#include <utility>

#include "base/text/utf8.hpp"

namespace sluice::postgres {

std::string quotable(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) {
        return std::string(text);
    }
    const std::string_view front = text.substr(0, bytes_max);
    return std::string(front.substr(0, base::valid_utf8_prefix_bytes(front))) + "...";
}

error invalid_value(sqlstate code, std::string_view prefix, std::string_view text) {
    if (auto valid = base::check_utf8(text); !valid) {
        return std::move(valid).error();
    }
    std::string message(prefix);
    message += ": \"";
    message += quotable(text);
    message += '"';
    return {.code = code, .message = std::move(message)};
}

error invalid_syntax(std::string_view type, std::string_view text) {
    return invalid_value(sqlstates::invalid_text_representation,
                         std::string("invalid input syntax for type ").append(type), text);
}

error value_out_of_range(std::string_view type, std::string_view text) {
    std::string message = "value \"";
    message += quotable(text);
    message += "\" is out of range for type ";
    message += type;
    return {.code = sqlstates::numeric_value_out_of_range, .message = std::move(message)};
}

error invalid_binary(std::string_view what) {
    return {.code = sqlstates::invalid_binary_representation, .message = std::string(what)};
}

}  // namespace sluice::postgres
