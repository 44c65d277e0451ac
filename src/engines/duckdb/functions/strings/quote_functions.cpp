#include "engines/duckdb/functions/strings/quote_functions.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/text/ascii.hpp"
#include "engines/duckdb/functions/strings/string_text.hpp"

namespace sluice::duckdb {
namespace {

// The keywords of pg_get_keywords() that are reserved in some place (catcode <> 'U'), between blanks.
constexpr std::string_view reserved =
    " all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both "
    "case cast char character check coalesce collate collation column concurrently constraint create cross "
    "current_catalog current_date current_role current_schema current_time current_timestamp current_user dec "
    "decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign "
    "freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect "
    "interval into is isnull join lateral leading least left like limit localtime localtimestamp national "
    "natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps "
    "overlay placing position precision primary real references returning right row select session_user setof "
    "similar smallint some substring symmetric table tablesample then time timestamp to trailing treat trim true "
    "union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat "
    "xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable ";

bool is_high(char c) {
    return (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool starts_name(char c) {
    return c == '_' || base::is_letter(c) || is_high(c);
}
bool continues_name(char c) {
    return starts_name(c) || base::is_digit(c) || c == '$';
}
// The blanks between the tokens of SQL.
bool is_sql_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool needs_no_quotes(std::string_view name) {
    if (name.empty() || !(name.front() == '_' || base::is_lower(name.front()))) {
        return false;
    }
    return std::ranges::all_of(name, [](char c) { return c == '_' || base::is_lower(c) || base::is_digit(c); }) &&
           !reserved.contains(fmt::format(" {} ", name));
}

result<std::string> quote_ident(std::string_view name) {
    TRY(check_value_size(2 * name.size() + 2));
    return quote_name(name);
}
result<std::string> quote_literal(std::string_view text) {
    TRY(check_value_size(2 * text.size() + 3));
    return quote_text(text);
}

class name_reader {
  public:
    name_reader(std::string_view text, bool strict) : text_(text), rest_(text), strict_(strict) {}

    result<std::vector<std::optional<std::string>>> run() {
        std::vector<std::optional<std::string>> names;
        bool behind_dot = false;
        skip_blanks();
        for (;;) {
            TRY_ASSIGN(std::string name, read_name(behind_dot));
            names.emplace_back(std::move(name));
            skip_blanks();
            if (!rest_.starts_with('.')) {
                break;
            }
            behind_dot = true;
            rest_.remove_prefix(1);
            skip_blanks();
        }
        if (!rest_.empty() && strict_) {
            return invalid();
        }
        return names;
    }

  private:
    void skip_blanks() {
        while (!rest_.empty() && is_sql_blank(rest_.front())) {
            rest_.remove_prefix(1);
        }
    }

    [[nodiscard]] std::unexpected<error> invalid(std::string detail = {}) const {
        error cause{.code = sqlstates::invalid_parameter_value,
                    .message = fmt::format("string is not a valid identifier: \"{}\"", text_)};
        cause.detail = std::move(detail);
        return fail(std::move(cause));
    }

    result<std::string> read_name(bool behind_dot) {
        if (rest_.starts_with('"')) {
            return read_quoted();
        }
        std::size_t end = 0;
        while (end < rest_.size() && (end == 0 ? starts_name(rest_[0]) : continues_name(rest_[end]))) {
            ++end;
        }
        if (end == 0) {
            return rest_.starts_with('.') ? invalid("No valid identifier before \".\".")
                   : behind_dot           ? invalid("No valid identifier after \".\".")
                                          : invalid();
        }
        std::string name = base::lower_case(rest_.substr(0, end));
        rest_.remove_prefix(end);
        return name;
    }

    result<std::string> read_quoted() {
        std::string name;
        rest_.remove_prefix(1);
        for (;;) {
            const std::size_t end = rest_.find('"');
            if (end == std::string_view::npos) {
                return invalid("String has unclosed double quotes.");
            }
            name += rest_.substr(0, end);
            rest_.remove_prefix(end + 1);
            if (!rest_.starts_with('"')) {
                break;
            }
            name += '"';
            rest_.remove_prefix(1);
        }
        if (name.empty()) {
            return invalid("Quoted identifier must not be empty.");
        }
        return name;
    }

    std::string_view text_;
    std::string_view rest_;
    bool strict_;
};

result<std::vector<std::optional<std::string>>> parse_ident(std::string_view text, bool strict) {
    return name_reader(text, strict).run();
}

}  // namespace

std::string quote_name(std::string_view name) {
    if (needs_no_quotes(name)) {
        return std::string(name);
    }
    std::string made = "\"";
    for (const char c : name) {
        made += c == '"' ? "\"" : "";
        made += c;
    }
    return made + '"';
}

std::string quote_text(std::string_view text) {
    std::string made = text.contains('\\') ? "E'" : "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') {
            made += c;
        }
        made += c;
    }
    return made + '\'';
}

result<> add_quote_functions(native_functions& functions) {
    TRY(functions.add<quote_ident>("sluice_quote_ident"));
    TRY(functions.add<quote_literal>("sluice_quote_literal"));
    return functions.add<parse_ident>("sluice_parse_ident");
}

}  // namespace sluice::duckdb
