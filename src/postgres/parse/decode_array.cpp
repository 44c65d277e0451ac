#include "postgres/parse/decode_array.hpp"

#include <array>
#include <limits>
#include <string>
#include <utility>

#include "postgres/parse/decode_error.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::postgres {
namespace {

error too_many_dimensions(std::size_t count) {
    return {.code = sqlstates::program_limit_exceeded,
            .message = "number of array dimensions (" + std::to_string(count) + ") exceeds the maximum allowed (" +
                       std::to_string(array_dimensions_max) + ")"};
}

class array_reader {
  public:
    explicit array_reader(std::string_view text) : text_(text), rest_(text) {}

    result<decoded_array> read() {
        TRY(read_bounds());
        skip_blanks();
        if (front() != '{') {
            return malformed(bounds_.empty() ? "Array value must start with \"{\" or dimension information."
                                             : "Array contents must start with \"{\".");
        }
        if (text_.find('\\') != std::string_view::npos) {
            array_.unescaped = std::make_unique<char[]>(text_.size());
            free_ = array_.unescaped.get();
        }
        TRY(read_braces());
        skip_blanks();
        if (!rest_.empty()) {
            return malformed("Junk after closing right brace.");
        }
        if (!bounds_.empty() && bounds_ != array_.dimensions) {
            return malformed("Specified array dimensions do not match array contents.");
        }
        return std::move(array_);
    }

  private:
    // The tokens allowed next inside the braces.
    enum class expects : std::uint8_t { first, item, separator };

    [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }
    void skip_blanks() {
        while (!rest_.empty() && base::is_blank(front())) {
            rest_.remove_prefix(1);
        }
    }

    [[nodiscard]] std::unexpected<error> malformed(std::string detail) const {
        auto error = invalid_value(sqlstates::invalid_text_representation, "malformed array literal", text_);
        error.detail = std::move(detail);
        return fail(std::move(error));
    }
    [[nodiscard]] std::unexpected<error> unexpected_front() const {
        if (rest_.empty()) {
            return malformed("Unexpected end of input.");
        }
        return malformed(std::string("Unexpected \"") + front() + "\" character.");
    }

    result<std::int64_t> read_bound() {
        const std::size_t sign = front() == '-' || front() == '+' ? 1 : 0;
        std::size_t end = sign;
        while (end < rest_.size() && base::is_digit(rest_[end])) {
            ++end;
        }
        if (end == sign) {
            return malformed("\"[\" must introduce explicitly-specified array dimensions.");
        }
        TRY_ASSIGN(const std::int32_t bound, decode_integer_text<std::int32_t>(rest_.substr(0, end)));
        rest_.remove_prefix(end);
        return bound;
    }

    // "[1:2][0:3]=" in front of the braces.
    result<> read_bounds() {
        skip_blanks();
        if (front() != '[') {
            return {};
        }
        for (; front() == '['; skip_blanks()) {
            if (bounds_.size() == array_dimensions_max) {
                return fail(too_many_dimensions(bounds_.size() + 1));
            }
            rest_.remove_prefix(1);
            TRY_ASSIGN(std::int64_t upper, read_bound());
            std::int64_t lower = 1;
            if (front() == ':') {
                rest_.remove_prefix(1);
                lower = upper;
                TRY_ASSIGN(upper, read_bound());
            }
            if (front() != ']') {
                return malformed("Missing \"]\" after array dimensions.");
            }
            rest_.remove_prefix(1);
            if (upper < lower) {
                return fail(sqlstates::array_subscript_error, "upper bound cannot be less than lower bound");
            }
            bounds_.push_back(static_cast<std::uint32_t>(upper - lower + 1));
        }
        if (front() != '=') {
            return malformed("Missing \"=\" after array dimensions.");
        }
        rest_.remove_prefix(1);
        return {};
    }

    result<> read_braces() {
        expects expected = expects::item;
        do {
            skip_blanks();
            if (rest_.empty()) {
                return unexpected_front();
            }
            switch (front()) {
                case '{':
                    TRY(open(expected));
                    expected = expects::first;
                    break;
                case '}':
                    TRY(close(expected));
                    expected = expects::separator;
                    break;
                case ',':
                    if (expected != expects::separator) {
                        return unexpected_front();
                    }
                    rest_.remove_prefix(1);
                    expected = expects::item;
                    break;
                default:
                    TRY(read_element(expected));
                    expected = expects::separator;
            }
        } while (depth_ > 0);
        return {};
    }

    result<> open(expects expected) {
        if (expected == expects::separator || (leaf_depth_ != 0 && leaf_depth_ == depth_)) {
            return unexpected_front();
        }
        rest_.remove_prefix(1);
        if (depth_ > 0) {
            ++counts_[depth_ - 1];
        }
        if (depth_ == array_dimensions_max) {
            return fail(too_many_dimensions(depth_ + 1));
        }
        counts_[depth_] = 0;
        ++depth_;
        return {};
    }

    result<> close(expects expected) {
        const bool whole_is_empty = expected == expects::first && depth_ == 1;
        if (expected != expects::separator && !whole_is_empty) {
            return unexpected_front();
        }
        rest_.remove_prefix(1);
        --depth_;
        if (whole_is_empty) {
            return {};
        }
        // The first sub-array of a level sets the length of its siblings.
        if (array_.dimensions.size() < leaf_depth_) {
            array_.dimensions.resize(leaf_depth_);
        }
        std::uint32_t& length = array_.dimensions[depth_];
        if (length == 0) {
            length = counts_[depth_];
        } else if (length != counts_[depth_]) {
            return malformed("Multidimensional arrays must have sub-arrays with matching dimensions.");
        }
        return {};
    }

    result<> read_element(expects expected) {
        if (expected == expects::separator || (leaf_depth_ != 0 && leaf_depth_ != depth_)) {
            return malformed("Unexpected array element.");
        }
        leaf_depth_ = depth_;
        ++counts_[depth_ - 1];
        return front() == '"' ? read_quoted() : read_plain();
    }

    result<> read_quoted() {
        rest_.remove_prefix(1);
        const std::size_t end = rest_.find_first_of("\"\\");
        if (end == std::string_view::npos) {
            rest_ = {};
            return unexpected_front();
        }
        if (rest_[end] == '"') {
            array_.elements.emplace_back(rest_.substr(0, end));
            rest_.remove_prefix(end + 1);
            return {};
        }
        const char* const start = free_;
        for (; !rest_.empty(); rest_.remove_prefix(1)) {
            if (front() == '"') {
                array_.elements.emplace_back(std::string_view(start, static_cast<std::size_t>(free_ - start)));
                rest_.remove_prefix(1);
                return {};
            }
            if (front() == '\\') {
                rest_.remove_prefix(1);
                if (rest_.empty()) {
                    break;
                }
            }
            *free_++ = front();
        }
        return unexpected_front();
    }

    result<> read_plain() {
        std::size_t end = 0;
        std::size_t trimmed = 0;  // blanks behind the element do not belong to it, escaped ones do
        bool escaped = false;
        for (; end < rest_.size() && rest_[end] != ',' && rest_[end] != '}'; ++end) {
            const char c = rest_[end];
            if (c == '"') {
                return malformed("Unexpected array element.");
            }
            if (c == '{') {
                rest_.remove_prefix(end);
                return unexpected_front();
            }
            if (c == '\\') {
                escaped = true;
                ++end;
                trimmed = end + 1;
            } else if (!base::is_blank(c)) {
                trimmed = end + 1;
            }
        }
        if (end >= rest_.size()) {
            rest_ = {};
            return unexpected_front();
        }
        const std::string_view raw = rest_.substr(0, trimmed);
        rest_.remove_prefix(end);
        if (!escaped) {
            const bool null = base::equals_ignoring_case(raw, "null");
            array_.elements.push_back(null ? std::nullopt : std::optional(raw));
            return {};
        }
        const char* const start = free_;
        for (std::size_t i = 0; i < raw.size(); ++i) {
            i += raw[i] == '\\' ? 1U : 0U;
            *free_++ = raw[i];
        }
        array_.elements.emplace_back(std::string_view(start, static_cast<std::size_t>(free_ - start)));
        return {};
    }

    std::string_view text_;
    std::string_view rest_;
    std::vector<std::uint32_t> bounds_;
    decoded_array array_;
    char* free_ = nullptr;  // into array_.unescaped, which has room for all of the text
    std::size_t depth_ = 0;
    std::size_t leaf_depth_ = 0;  // depth of the elements; 0: none read yet
    std::array<std::uint32_t, array_dimensions_max> counts_{};
};

// int32 dimensions, int32 has-nulls, oid of the element; per dimension int32 length and lower bound; then the values.
constexpr std::size_t header_bytes = 12;
constexpr std::size_t dimension_bytes = 8;

result<std::size_t> read_dimensions(std::string_view bytes, std::size_t count, decoded_array& array) {
    std::size_t elements = count == 0 ? 0 : 1;
    for (std::size_t i = 0; i < count; ++i) {
        const char* at = bytes.data() + header_bytes + i * dimension_bytes;
        const auto length = read_be<std::int32_t>(at);
        const auto lower = read_be<std::int32_t>(at + 4);
        if (length < 0 || (length > 0 && lower > std::numeric_limits<std::int32_t>::max() - length)) {
            return fail(invalid_binary());
        }
        array.dimensions.push_back(static_cast<std::uint32_t>(length));
        if (__builtin_mul_overflow(elements, static_cast<std::size_t>(length), &elements)) {
            return fail(sqlstates::program_limit_exceeded, "array size exceeds the maximum allowed");
        }
    }
    return elements;
}

}  // namespace

result<decoded_array> decode_array_text(std::string_view text) {
    return array_reader(text).read();
}

result<decoded_array> decode_array_binary(std::string_view bytes) {
    if (bytes.size() < header_bytes) {
        return fail(invalid_binary());
    }
    const auto count = read_be<std::int32_t>(bytes);
    const auto flags = read_be<std::int32_t>(bytes, 4);
    if (count < 0) {
        return fail(invalid_binary("invalid number of dimensions: " + std::to_string(count)));
    }
    const auto dimensions = static_cast<std::size_t>(count);
    if (dimensions > array_dimensions_max) {
        return fail(too_many_dimensions(dimensions));
    }
    if (flags != 0 && flags != 1) {
        return fail(invalid_binary("invalid array flags"));
    }
    if (bytes.size() < header_bytes + dimensions * dimension_bytes) {
        return fail(invalid_binary());
    }
    decoded_array array;
    array.element_type = read_be<std::uint32_t>(bytes, 8);
    TRY_ASSIGN(const std::size_t elements, read_dimensions(bytes, dimensions, array));
    std::string_view rest = bytes.substr(header_bytes + dimensions * dimension_bytes);
    if (elements > rest.size() / sizeof(std::int32_t)) {
        return fail(invalid_binary("insufficient data left in message"));
    }
    if (elements == 0) {
        array.dimensions.clear();
    }
    array.elements.reserve(elements);
    for (std::size_t i = 0; i < elements; ++i) {
        if (rest.size() < sizeof(std::int32_t)) {
            return fail(invalid_binary("insufficient data left in message"));
        }
        const auto length = read_be<std::int32_t>(rest);
        rest.remove_prefix(sizeof length);
        if (length == -1) {
            array.elements.emplace_back(std::nullopt);
            continue;
        }
        if (length < 0 || static_cast<std::size_t>(length) > rest.size()) {
            return fail(invalid_binary("insufficient data left in message"));
        }
        array.elements.emplace_back(rest.substr(0, static_cast<std::size_t>(length)));
        rest.remove_prefix(static_cast<std::size_t>(length));
    }
    if (!rest.empty()) {
        return fail(invalid_binary());
    }
    return array;
}

}  // namespace sluice::postgres
