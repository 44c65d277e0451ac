// Rules for types, parameters and literals.
#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/text/ascii.hpp"
#include "engines/duckdb/dialect/catalog_lookups.hpp"
#include "engines/duckdb/dialect/catalog_views.hpp"
#include "engines/duckdb/dialect/translator.hpp"
#include "engines/duckdb/dialect/type_sql.hpp"
#include "postgres/types/types.hpp"

namespace sluice::duckdb {

namespace {

// 'schema.table'::regclass as a number; digits stay a number.
std::string relation_oid_sql(std::string_view name) {
    if (!name.empty() && std::ranges::all_of(name, base::is_digit)) {
        return "CAST(" + std::string(name) + " AS BIGINT)";
    }
    std::vector<std::string> parts;
    for (postgres::token_cursor cursor(name); cursor.at_name(); cursor.accept_symbol(".")) {
        const postgres::token part = cursor.take();
        std::string decoded = postgres::decode_name(part).value_or("");
        parts.push_back(part.kind == postgres::token_kind::word ? base::lower_case(decoded) : std::move(decoded));
    }
    if (parts.empty()) {
        return "CAST(NULL AS BIGINT)";
    }
    const std::string relation =
        "(SELECT min(c.oid) FROM sluice_catalog.pg_class AS c WHERE lower(c.relname) = lower(" +
        postgres::quote_literal(parts.back()) + ")";
    const std::string schema = parts.size() < 2 ? "" : parts[parts.size() - 2];
    return relation + (schema.empty() ? ")"
                                      : " AND c.relnamespace IN (SELECT n.oid FROM sluice_catalog.pg_namespace AS n "
                                        "WHERE n.nspname = " +
                                            postgres::quote_literal(schema) + "))");
}

}  // namespace

// DuckDB does not know U&'...', and reads B'101' as the text b101.
bool translator::apply_literal() {
    const postgres::token literal = cursor_.peek();
    if (!literal.terminated) {
        return false;
    }
    postgres::token_cursor behind = cursor_;
    behind.take();
    std::string text;
    if (literal.kind == postgres::token_kind::unicode_name) {
        const std::optional<std::string> name = postgres::decode_name(literal);
        if (!name) {
            return false;
        }
        text = postgres::quote_identifier(*name);
    } else if (literal.kind == postgres::token_kind::unicode_string) {
        const std::optional<std::string> value = postgres::decode_string(literal);
        if (!value) {
            return false;
        }
        text = postgres::quote_literal(*value);
    } else {
        const bool hexadecimal = base::to_lower(literal.text.front()) == 'x';
        std::string bits;
        for (const char c : literal.text.substr(2, literal.text.size() - 3)) {
            unsigned digit = 0;
            const auto [end, status] = std::from_chars(&c, &c + 1, digit, hexadecimal ? 16 : 2);
            if (status != std::errc{}) {
                return false;
            }
            for (unsigned bit = hexadecimal ? 8 : 1; bit > 0; bit /= 2) {
                bits += (digit & bit) != 0 ? '1' : '0';
            }
        }
        text = "CAST('" + bits + "' AS BIT)";
    }
    replace(text, literal.end_bytes(), behind);
    return true;
}

// pg_catalog in front of a function or a type: DuckDB finds both without it, but not all of them with it.
bool translator::apply_catalog_prefix() {
    const postgres::token prefix = cursor_.peek();
    const std::optional<std::string> schema = postgres::decode_name(prefix);
    if (!schema || !base::equals_ignoring_case(*schema, "pg_catalog") || previous_.is_symbol(".")) {
        return false;
    }
    postgres::token_cursor behind = cursor_;
    behind.take();
    if (!behind.accept_symbol(".") || !behind.at_name()) {
        return false;
    }
    const postgres::token name = behind.peek();
    const bool function = behind.peek_second().is_symbol("(");
    const std::string lower = base::lower_case(postgres::decode_name(name).value_or(""));
    if (!function && is_catalog_view(lower)) {
        behind.take();
        // pg_catalog.pg_class.relname: the table's name is enough.
        const std::string qualifier = behind.at_symbol(".") ? "" : std::string(catalog_name) + ".";
        reads_catalog_ = true;
        replace(qualifier + lower, name.end_bytes(), behind);
        return true;
    }
    if (!function && lower == "pg_cursors") {
        behind.take();
        // A table function of the engine: engines/duckdb/tables/cursor_list.hpp.
        replace(behind.at_symbol(".") ? lower : lower + "()", name.end_bytes(), behind);
        return true;
    }
    if (!function && !is_type_name(lower)) {
        return false;
    }
    const std::optional<std::string> type = is_type_name(lower) ? duckdb_type_name(lower) : std::nullopt;
    if (type) {
        behind.take();
        replace(*type, name.end_bytes(), behind);
        return true;
    }
    // Continues at the name: it may have a rule of its own.
    cursor_ = behind;
    copied_bytes_ = name.offset_bytes;
    if (!apply_word()) {
        copy_token();
    }
    return true;
}

// The type at `ahead` in DuckDB's words, if it differs; (10,2) and [] may follow and stay unchanged.
std::optional<written_type> translator::read_type(postgres::token_cursor ahead) const {
    const postgres::token type = ahead.peek();
    const std::optional<std::string> name = ahead.at_name() ? postgres::decode_name(type) : std::nullopt;
    if (!name) {
        return std::nullopt;
    }
    ahead.take();
    const std::string lower = base::lower_case(*name);
    if (lower == "bit" && ahead.at_word("varying")) {
        const std::size_t end = ahead.take().end_bytes();
        return written_type{.text = "BIT", .end_bytes = end, .behind = ahead};
    }
    written_type written{.text = duckdb_type_name(lower).value_or(std::string(type.text)),
                         .end_bytes = type.end_bytes(),
                         .behind = ahead};
    // DuckDB has no precision for times, nor for timestamps with a zone; it keeps microseconds.
    const bool plain_timestamp = lower == "timestamp";
    if ((plain_timestamp || lower == "timestamptz" || lower == "timetz" || lower == "time") && ahead.at_symbol("(")) {
        const std::optional<call> precision = parse_call(ahead);
        if (precision && (!plain_timestamp || precision->behind.at_word("with"))) {
            written.behind = precision->behind;
            written.end_bytes = precision->end_bytes;
        }
    }
    return written;
}

// operand::[pg_catalog.]type
bool translator::apply_cast_type() {
    postgres::token_cursor ahead = cursor_;
    ahead.take();
    if (ahead.at_word("pg_catalog") && ahead.peek_second().is_symbol(".")) {
        ahead.take();
        ahead.take();
    }
    const postgres::token name = ahead.peek();
    const std::optional<written_type> type = read_type(ahead);
    if (!type) {
        return false;
    }
    if (type->behind.at_symbol("[") || type->text.ends_with("[]")) {
        rewrite_array_literal();
    } else if (name.is_word("bytea")) {
        rewrite_bytes_literal();
    } else if ((name.is_word("regtype") || name.is_word("regclass") || name.is_word("regproc") ||
                name.is_word("regnamespace")) &&
               apply_registered_type(name, type->behind)) {
        return true;
    }
    const std::optional<std::size_t> operand = operand_begin_;
    replace("::" + type->text, type->end_bytes, type->behind);
    operand_begin_ = operand;
    return true;
}

// ::regtype, ::regclass, ::regnamespace and ::regproc: a literal becomes the number of its name, a number the name.
bool translator::apply_registered_type(const postgres::token& type, postgres::token_cursor behind) {
    if (!operand_begin_ || !spend(256 + out_.size() - *operand_begin_)) {
        return false;
    }
    const std::size_t operand_begin = *operand_begin_;
    const std::string operand = out_.substr(operand_begin);
    const bool literal = previous_.kind == postgres::token_kind::string;
    const std::string value = literal ? postgres::decode_string(previous_).value_or("") : "";
    std::size_t end = type.end_bytes();
    postgres::token_cursor cast = behind;
    const bool parameter = previous_.kind == postgres::token_kind::parameter;
    bool as_text = !literal && !parameter;
    if (cast.accept_symbol("::") && cast.at_name()) {
        if (cast.at_word("pg_catalog") && cast.peek_second().is_symbol(".")) {
            cast.take();
            cast.take();
        }
        const postgres::token target = cast.take();
        as_text = target.is_word("text") || target.is_word("varchar");
        end = target.end_bytes();
        behind = cast;
    }
    std::string written;
    if (type.is_word("regtype")) {
        const std::optional<std::uint32_t> oid = postgres::type_oid_of_name(value);
        if (literal) {
            const std::string number = oid ? std::to_string(*oid) : "NULL";
            written = as_text
                          ? (oid ? postgres::quote_literal(postgres::type_name_of_oid(*oid).value_or(value)) : "NULL")
                          : "CAST(" + number + " AS BIGINT)";
        } else {
            written = as_text     ? format_type_sql(operand, "NULL")
                      : parameter ? to_regtype_sql(operand)
                                  : "CAST(" + operand + " AS BIGINT)";
        }
    } else if (type.is_word("regclass")) {
        written = literal && !as_text ? relation_oid_sql(value)
                  : literal           ? postgres::quote_literal(value)
                                      : catalog_call("relation_name", std::array{operand});
    } else if (type.is_word("regnamespace")) {
        written = literal && !as_text ? "(SELECT min(oid) FROM sluice_catalog.pg_namespace WHERE nspname = " +
                                            postgres::quote_literal(value) + ")"
                  : literal ? postgres::quote_literal(value)
                            : catalog_call("schema_name", std::array{operand});
    } else {
        // Functions have no numbers here.
        written = as_text ? "CAST(" + operand + " AS VARCHAR)" : "CAST(NULL AS BIGINT)";
    }
    out_.resize(operand_begin);
    replace(written, end, behind);
    return true;
}

// '{1,2}'::int[]: DuckDB writes lists with brackets.
void translator::rewrite_array_literal() {
    const bool literal = operand_begin_ && (previous_.kind == postgres::token_kind::string ||
                                            previous_.kind == postgres::token_kind::escape_string);
    const std::optional<std::string> value = literal ? postgres::decode_string(previous_) : std::nullopt;
    if (!value || !value->starts_with('{') || !value->ends_with('}')) {
        return;
    }
    std::string list = *value;
    if (value->find_first_of("\"'\\[]") == std::string::npos) {
        std::ranges::replace(list, '{', '[');
        std::ranges::replace(list, '}', ']');
        list = postgres::quote_literal(list);
    } else if (std::optional<std::string> elements = array_as_list(*value)) {
        list = *std::move(elements);
    } else {
        return;
    }
    out_.resize(*operand_begin_);
    out_ += list;
}

// '\x0102'::bytea: to DuckDB \x01 is one byte, and the following digits are characters.
void translator::rewrite_bytes_literal() {
    const bool literal = operand_begin_ && (previous_.kind == postgres::token_kind::string ||
                                            previous_.kind == postgres::token_kind::escape_string);
    const std::optional<std::string> value = literal ? postgres::decode_string(previous_) : std::nullopt;
    if (const std::optional<std::string> blob = value ? bytes_as_blob(*value) : std::nullopt) {
        out_.resize(*operand_begin_);
        out_ += *blob;
    }
}

// A type in a column's definition, a CAST or a typed literal.
bool translator::apply_declared_type() {
    const postgres::token name = cursor_.peek();
    const bool column = definition_ && (previous_.kind == postgres::token_kind::word ||
                                        previous_.kind == postgres::token_kind::quoted_name);
    const bool cast = in_cast() && previous_.is_word("as");
    const bool jsonb = name.is_word("jsonb");
    if (name.kind != postgres::token_kind::word || previous_.is_symbol(".") || (!column && !cast && !jsonb)) {
        return false;
    }
    // A column or a constraint may have one of these as its own name.
    const bool doubtful = column && (name.is_word("name") || name.is_word("unknown"));
    if (doubtful || (!column && !cast && cursor_.peek_second().kind != postgres::token_kind::string)) {
        return false;
    }
    const std::optional<written_type> type = read_type(cursor_);
    if (!type || (type->text == name.text && type->end_bytes == name.end_bytes())) {
        return false;
    }
    replace(type->text, type->end_bytes, type->behind);
    return true;
}

}  // namespace sluice::duckdb
