#include "engines/duckdb/capi/duckdb_errors.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/text/utf8.hpp"
#include "engines/duckdb/capi/duckdb_error_table.hpp"
#include "engines/duckdb/fence/thread_fence.hpp"
#include "postgres/lex/lexer.hpp"

namespace sluice::duckdb {
namespace {

class object_reader {
  public:
    explicit object_reader(std::string_view text) : text_(text) {}

    bool skip(char wanted) {
        while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n')) {
            text_.remove_prefix(1);
        }
        if (text_.empty() || text_.front() != wanted) {
            return false;
        }
        text_.remove_prefix(1);
        return true;
    }
    std::optional<std::string> string() {
        if (!skip('"')) {
            return std::nullopt;
        }
        std::string value;
        while (!text_.empty() && text_.front() != '"') {
            const char c = text_.front();
            text_.remove_prefix(1);
            if (c != '\\') {
                value += c;
            } else if (!escape(value)) {
                return std::nullopt;
            }
        }
        return skip('"') ? std::optional(std::move(value)) : std::nullopt;
    }

  private:
    bool escape(std::string& value) {
        if (text_.empty()) {
            return false;
        }
        const char c = text_.front();
        text_.remove_prefix(1);
        constexpr std::string_view letters = "bfnrt";
        constexpr std::string_view meanings = "\b\f\n\r\t";
        if (const auto index = letters.find(c); index != std::string_view::npos) {
            value += meanings[index];
        } else if (c == 'u') {
            std::uint32_t point = 0;
            const std::string_view digits = text_.substr(0, 4);
            if (std::from_chars(digits.data(), digits.data() + digits.size(), point, 16).ec != std::errc()) {
                return false;
            }
            text_.remove_prefix(digits.size());
            base::append_character(value, point);  // DuckDB escapes control characters only, so no surrogates
        } else {
            value += c;
        }
        return true;
    }

    std::string_view text_;
};

struct duckdb_error_text {
    std::string exception_class;
    std::string message;
    std::optional<std::size_t> position;
};

// `Catalog Error: text`, perhaps with an excerpt of the statement behind it.
duckdb_error_text parse_plain(std::string_view text) {
    duckdb_error_text parsed;
    constexpr std::string_view separator = " Error: ";
    if (const auto end = text.find(separator); end < 40) {
        parsed.exception_class = text.substr(0, end);
        text.remove_prefix(end + separator.size());
    }
    parsed.message = text.substr(0, text.find("\n\nLINE "));
    return parsed;
}

duckdb_error_text parse(std::string_view text) {
    const auto brace = text.find('{');
    if (brace != std::string_view::npos) {
        duckdb_error_text parsed;
        for (auto& [key, value] : parse_error_object(text.substr(brace))) {
            if (key == "exception_type") {
                parsed.exception_class = std::move(value);
            } else if (key == "exception_message") {
                parsed.message = std::move(value);
            } else if (std::size_t offset = 0;
                       key == "position" &&
                       std::from_chars(value.data(), value.data() + value.size(), offset).ec == std::errc()) {
                parsed.position = offset;
            }
        }
        if (!parsed.exception_class.empty() && !parsed.message.empty()) {
            return parsed;
        }
    }
    return parse_plain(text);
}

constexpr std::string_view carried_mark = "sluice\x1f";
constexpr char carried_separator = '\x1f';

std::optional<error> find_carried(std::string_view message) {
    const std::size_t begin = message.find(carried_mark);
    if (begin == std::string_view::npos) {
        return std::nullopt;
    }
    message.remove_prefix(begin + carried_mark.size());
    std::array<std::string_view, 4> parts;
    for (std::string_view& part : parts) {
        const std::size_t end = message.find(carried_separator);
        part = message.substr(0, end);
        message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
    }
    if (parts[0].size() != 5) {
        return std::nullopt;
    }
    return error{.code = sqlstate(parts[0]),
                 .message = std::string(parts[1]),
                 .detail = std::string(parts[2]),
                 .hint = std::string(parts[3])};
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \n\t");
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(" \n\t") - first + 1);
}

struct duckdb_type_name {
    std::string_view duckdb;
    std::string_view postgres;
};
constexpr std::array<duckdb_type_name, 11> type_names{{
    {.duckdb = "INT8", .postgres = "tinyint"},
    {.duckdb = "INT16", .postgres = "smallint"},
    {.duckdb = "INT32", .postgres = "integer"},
    {.duckdb = "INT64", .postgres = "bigint"},
    {.duckdb = "INT128", .postgres = "hugeint"},
    {.duckdb = "UINT8", .postgres = "utinyint"},
    {.duckdb = "UINT16", .postgres = "usmallint"},
    {.duckdb = "UINT32", .postgres = "uinteger"},
    {.duckdb = "UINT64", .postgres = "ubigint"},
    {.duckdb = "DOUBLE", .postgres = "double precision"},
    {.duckdb = "BOOL", .postgres = "boolean"},
}};

// `Could not convert string 'x' to INT32`: PostgreSQL's message depends on whether x is a number.
std::optional<error> failed_string_cast(std::string_view headline) {
    std::vector<std::string_view> captures;
    if (!matches_pattern("Could not convert string {} to {}", headline, captures)) {
        return std::nullopt;
    }
    const std::string_view value = captures[0];
    const std::string_view duckdb_type = captures[1].substr(0, captures[1].find(" when casting"));
    if (duckdb_type == "INTERVAL") {
        return std::nullopt;
    }
    const auto* const known = std::ranges::find(type_names, duckdb_type, &duckdb_type_name::duckdb);
    const std::string type(known != type_names.end() ? known->postgres : duckdb_type);
    const bool number = !value.empty() && value.find_first_not_of("+-0123456789") == std::string_view::npos &&
                        value.find_first_of("0123456789") != std::string_view::npos;
    if (number && duckdb_type.contains("INT")) {
        return error{.code = sqlstates::numeric_value_out_of_range,
                     .message = "value \"" + std::string(value) + "\" is out of range for type " + type};
    }
    return error{.code = sqlstates::invalid_text_representation,
                 .message = "invalid input syntax for type " + type + ": \"" + std::string(value) + "\""};
}

// Errors of readers that could not make a socket, or that are not loaded where there is no network.
bool is_refused_url(std::string_view exception_class, std::string_view headline) {
    const bool of_delta = headline.starts_with("DeltaKernel ObjectStoreError") && headline.contains("HTTP error");
    const bool not_loaded =
        exception_class == "Missing Extension" && headline.starts_with("File ") && headline.contains("://");
    return (of_delta || not_loaded) && thread_fence::refuses_network();
}

error classify(const duckdb_error_text& parsed) {
    const std::string_view message = parsed.message;
    const std::string_view headline = trimmed(message.substr(0, message.find('\n')));
    const std::string_view rest = trimmed(message.substr(std::min(message.size(), message.find('\n'))));
    if (parsed.exception_class == "Conversion") {
        if (auto cast = failed_string_cast(headline)) {
            return *std::move(cast);
        }
    }
    if (is_refused_url(parsed.exception_class, headline)) {
        return {.code = sqlstates::insufficient_privilege,
                .message = "permission denied for the URL that the statement names",
                .detail = std::string(headline),
                .hint = std::string(allow_network)};
    }
    const auto match = find_error_rule(parsed.exception_class, headline);
    sluice::error error{.code = match ? match->rule->code : sqlstates::internal_error,
                        .message = std::string(headline)};
    if (match) {
        if (!match->rule->message.empty()) {
            error.message = fill_template(match->rule->message, match->captures);
        }
        if (match->rule->original_as_detail) {
            error.detail = error.message == engine_lost && !rest.empty() ? rest : headline;
        }
        error.retryable = match->rule->retryable;
        error.hint = match->rule->hint;
    }
    if (!error.hint.empty()) {
        return error;
    }
    if (rest.contains("Did you mean") || rest.contains("Candidate") || rest.starts_with("Either add") ||
        rest.starts_with("Use ")) {
        error.hint = rest;
    } else if (!rest.empty() && error.detail.empty()) {
        error.detail = rest;
    }
    return error;
}

// The number of earlier occurrences of the token at `offset_bytes`, and of all its occurrences.
struct occurrence {
    std::string_view token;
    std::size_t index = 0;
    std::size_t count = 0;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_error_object(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> members;
    object_reader reader(text);
    if (!reader.skip('{')) {
        return members;
    }
    do {
        auto key = reader.string();
        if (!key || !reader.skip(':')) {
            break;
        }
        auto value = reader.string();
        if (!value) {
            break;
        }
        members.emplace_back(*std::move(key), *std::move(value));
    } while (reader.skip(','));
    return members;
}

std::int32_t original_position(const error_source& source, std::size_t offset_bytes) {
    if (source.original.empty() || offset_bytes > source.sent.size()) {
        return 0;
    }
    if (source.sent == source.original) {
        return postgres::character_position(source.original, offset_bytes);
    }
    // Translation adds and replaces tokens but keeps the order of copied ones: this finds the same token again.
    occurrence wanted;
    postgres::lexer sent(source.sent);
    for (auto token = sent.next_significant(); token.kind != postgres::token_kind::end;
         token = sent.next_significant()) {
        if (token.offset_bytes <= offset_bytes && offset_bytes < token.end_bytes()) {
            wanted.token = token.text;
        }
    }
    if (wanted.token.empty()) {
        return offset_bytes == source.sent.size()
                   ? postgres::character_position(source.original, source.original.size())
                   : 0;
    }
    postgres::lexer again(source.sent);
    for (auto token = again.next_significant(); token.kind != postgres::token_kind::end;
         token = again.next_significant()) {
        if (token.text == wanted.token) {
            wanted.index += token.end_bytes() <= offset_bytes ? 1 : 0;
            ++wanted.count;
        }
    }
    std::vector<std::size_t> found;
    postgres::lexer original(source.original);
    for (auto token = original.next_significant(); token.kind != postgres::token_kind::end;
         token = original.next_significant()) {
        if (token.text == wanted.token) {
            found.push_back(token.offset_bytes);
        }
    }
    return found.size() == wanted.count ? postgres::character_position(source.original, found[wanted.index]) : 0;
}

std::string carry_error(const error& cause) {
    std::string text(carried_mark);
    for (const std::string_view part : {cause.code.view(), std::string_view(cause.message),
                                        std::string_view(cause.detail), std::string_view(cause.hint)}) {
        text += part;
        text += carried_separator;
    }
    return text;
}

error translate_error(const char* text, const error_source& source) {
    const duckdb_error_text parsed = parse(text == nullptr ? std::string_view("unknown error") : text);
    if (auto carried = find_carried(parsed.message)) {
        return *std::move(carried);
    }
    sluice::error error = classify(parsed);
    if (parsed.position) {
        error.position = original_position(source, *parsed.position);
    }
    return error;
}

}  // namespace sluice::duckdb
