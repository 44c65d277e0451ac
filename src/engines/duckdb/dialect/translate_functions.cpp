// Rules for functions, for words that stand alone, and for EXPLAIN.
#include <algorithm>
#include <array>

#include "engines/duckdb/dialect/catalog_lookups.hpp"
#include "engines/duckdb/dialect/catalog_views.hpp"
#include "engines/duckdb/dialect/translator.hpp"
#include "engines/duckdb/dialect/type_sql.hpp"
#include "postgres/types/types.hpp"

namespace sluice::duckdb {

namespace {

// EXPLAIN's options: DuckDB has ANALYZE and FORMAT. nullopt: a query in parentheses follows.
struct explain_options {
    bool analyze = false;
    std::string_view format;
};

std::optional<explain_options> read_explain_options(const std::vector<std::string_view>& options) {
    constexpr auto known =
        std::to_array<std::string_view>({"analyze", "analyse", "verbose", "costs", "settings", "generic_plan",
                                         "buffers", "wal", "timing", "summary", "memory", "serialize", "format"});
    explain_options found;
    for (const std::string_view option : options) {
        postgres::token_cursor words(option);
        const postgres::token name = words.take();
        const postgres::token value = words.take();
        if (!words.at_end() || std::ranges::none_of(known, [&](auto word) { return name.is_word(word); })) {
            return std::nullopt;
        }
        if (name.is_word("analyze") || name.is_word("analyse")) {
            found.analyze = !value.is_word("false") && !value.is_word("off") && value.text != "0";
        } else if (name.is_word("format")) {
            found.format = value.text;
        }
    }
    return found;
}

}  // namespace

bool is_trigger_word(std::string_view word) {
    constexpr auto triggers = std::to_array<std::string_view>({
        "alter",
        "cast",
        "collate",
        "create",
        "ctid",
        "current_setting",
        "current_user",
        "explain",
        "format_type",
        "jsonb",
        "operator",
        "pg_advisory_unlock_all",
        "pg_backend_pid",
        "pg_catalog",
        "pg_client_encoding",
        "pg_cursors",
        "pg_encoding_to_char",
        "pg_get_userbyid",
        "pg_is_in_recovery",
        "session_user",
        "set_config",
        "sluice",
        "to_regtype",
        "transaction_timestamp",
        "truncate",
        "try_cast",
        "version",
    });
    static_assert(std::ranges::is_sorted(triggers));
    constexpr std::size_t longest = 32;
    if (word.size() < 4 || word.size() > longest) {
        return false;
    }
    std::array<char, longest> lower{};
    std::ranges::transform(word, lower.begin(), base::to_lower);
    const std::string_view found(lower.data(), word.size());
    return std::ranges::binary_search(triggers, found) || is_catalog_view(found) || is_catalog_macro(found);
}

bool translator::apply_explain() {
    postgres::token_cursor ahead = cursor_;
    if (!ahead.accept_word("explain")) {
        return false;
    }
    explain_options options;
    if (ahead.at_symbol("(")) {
        const std::optional<call> list = parse_call(ahead);
        const std::optional<explain_options> read = list ? read_explain_options(list->arguments) : std::nullopt;
        if (!read || list->behind.at_end()) {
            return false;
        }
        options = *read;
        ahead = list->behind;
    } else {
        options.analyze = ahead.accept_word("analyze") || ahead.accept_word("analyse");
        ahead.accept_word("verbose");
    }
    out_ = "EXPLAIN ";
    if (!options.format.empty()) {
        out_ += std::string(options.analyze ? "(ANALYZE, FORMAT " : "(FORMAT ") + std::string(options.format) + ") ";
    } else if (options.analyze) {
        out_ += "ANALYZE ";
    }
    out_ += nested(sql_.substr(ahead.peek().offset_bytes));
    return true;
}

// TRUNCATE t CONTINUE IDENTITY RESTRICT: DuckDB does the same without these words.
bool translator::apply_truncate() {
    postgres::token_cursor ahead = cursor_;
    if (!ahead.accept_word("truncate")) {
        return false;
    }
    while (!ahead.at_end() && !ahead.at_word("continue") && !ahead.at_word("restrict")) {
        ahead.take();
    }
    const std::size_t table_end_bytes = ahead.peek().offset_bytes;
    if (ahead.at_word("continue") && !(ahead.accept_word("continue") && ahead.accept_word("identity"))) {
        return false;
    }
    ahead.accept_word("restrict");
    ahead.accept_symbol(";");
    if (!ahead.at_end()) {
        return false;
    }
    out_ = sql_.substr(0, table_end_bytes);
    return true;
}

bool translator::apply_word() {
    const postgres::token word = cursor_.peek();
    const bool qualified = previous_.is_symbol(".");
    if (word.kind != postgres::token_kind::word || qualified || !is_trigger_word(word.text)) {
        return false;
    }
    const std::string lower = base::lower_case(word.text);
    postgres::token_cursor behind = cursor_;
    behind.take();
    if (apply_catalog_view(lower, word, behind)) {
        return true;
    }
    if ((lower == "current_user" || lower == "session_user") && params_.session != nullptr &&
        !previous_.is_word("as") && !definition_ && !behind.at_symbol("(")) {
        replace_value(postgres::quote_literal(params_.session->user), lower, word.end_bytes(), behind);
        return true;
    }
    if (lower == "operator" || lower == "collate") {
        return apply_catalog_operator(lower, behind);
    }
    const bool defined = previous_.is_word("macro") || previous_.is_word("function") || previous_.is_word("exists");
    return behind.at_symbol("(") && !defined && apply_function(lower);
}

// OPERATOR(pg_catalog.~) and COLLATE pg_catalog.default, which psql writes for \dt NAME.
bool translator::apply_catalog_operator(std::string_view lower, postgres::token_cursor behind) {
    const bool in_parentheses = lower == "operator";
    if ((in_parentheses && !behind.accept_symbol("(")) || !behind.accept_word("pg_catalog") ||
        !behind.accept_symbol(".") || behind.at_end()) {
        return false;
    }
    const postgres::token name = behind.take();
    if (!in_parentheses) {
        const bool is_default = name.is_word("default") || name.text == "\"default\"";
        if (is_default) {
            replace("", name.end_bytes(), behind);
        }
        return is_default;
    }
    const std::size_t end_bytes = behind.peek().end_bytes();
    if (!behind.accept_symbol(")")) {
        return false;
    }
    const bool pattern = reads_catalog_ && behind.at_string() && apply_pattern(name.text, behind);
    if (!pattern) {
        replace(name.text, end_bytes, behind);
    }
    return true;
}

bool translator::apply_function(std::string_view lower) {
    postgres::token_cursor ahead = cursor_;
    ahead.take();
    const std::optional<call> found = parse_call(ahead);
    if (!found) {
        return false;
    }
    const std::size_t count = found->arguments.size();
    const auto value = [&](const std::string& text) {
        replace_value(text, lower, found->end_bytes, found->behind);
        return true;
    };
    constexpr std::size_t catalog_work = 256;  // these two write kilobytes
    if ((lower == "format_type" || lower == "to_regtype") && !spend(catalog_work)) {
        return false;
    }
    if (is_catalog_macro(lower)) {
        std::vector<std::string> arguments;
        for (const std::string_view argument : found->arguments) {
            arguments.push_back(nested(argument));
        }
        return value(catalog_call(lower, arguments));
    }
    if (lower == "format_type" && count == 2) {
        return value(format_type_sql(nested(found->arguments[0]), nested(found->arguments[1])));
    }
    if (lower == "to_regtype" && count == 1) {
        postgres::token_cursor argument(found->arguments[0]);
        const postgres::token only = argument.take();
        if (argument.at_end() && only.kind == postgres::token_kind::string) {
            const std::optional<std::uint32_t> oid =
                postgres::type_oid_of_name(postgres::decode_string(only).value_or(""));
            return value("CAST(" + (oid ? std::to_string(*oid) : "NULL") + " AS BIGINT)");
        }
        return value(to_regtype_sql(nested(found->arguments[0])));
    }
    if (lower == "pg_is_in_recovery" && count == 0) {
        return value("false");
    }
    if (lower == "pg_client_encoding" || lower == "pg_encoding_to_char") {
        return value("'UTF8'");
    }
    if (lower == "pg_get_userbyid" && count == 1) {
        return value("'postgres'");  // there are no roles
    }
    if (lower == "transaction_timestamp" && count == 0) {
        return value("now()");
    }
    if (lower == "pg_advisory_unlock_all" && count == 0) {
        return value("NULL");
    }
    if (params_.session == nullptr) {
        return false;
    }
    if (lower == "version" && count == 0) {
        return value(postgres::quote_literal(params_.session->version_text));
    }
    if (lower == "pg_backend_pid" && count == 0) {
        return value(std::to_string(params_.session->process_id));
    }
    if (lower == "current_setting" && (count == 1 || count == 2)) {
        const std::optional<std::string> text = current_setting_value(*found);
        return text && value(*text);
    }
    if (lower == "set_config" && count == 3) {
        rewrite_set_config(*found);
        return true;
    }
    return false;
}

std::optional<std::string> translator::current_setting_value(const call& found) {
    postgres::token_cursor argument(found.arguments[0]);
    const postgres::token only = argument.take();
    const std::optional<std::string> name = argument.at_end() ? postgres::decode_string(only) : std::nullopt;
    if (!name) {
        return std::nullopt;
    }
    if (params_.session->setting) {
        if (const std::optional<std::string> text = params_.session->setting(base::lower_case(*name))) {
            return postgres::quote_literal(*text);
        }
    }
    if (found.arguments.size() == 2) {
        return "(SELECT value FROM duckdb_settings() WHERE name = " + postgres::quote_literal(base::lower_case(*name)) +
               ")";
    }
    return std::nullopt;
}

// The value of set_config(name, value, is_local) is written here; the session makes the change.
void translator::rewrite_set_config(const call& found) {
    backend::setting_change made;
    postgres::token_cursor name(found.arguments[0]);
    made.name = base::lower_case(postgres::decode_string(name.take()).value_or(""));
    postgres::token_cursor value(found.arguments[1]);
    const postgres::token first = value.take();
    if (value.at_end() || value.at_symbol("::")) {
        made.value = postgres::decode_string(first);
        made.value_parameter = first.kind == postgres::token_kind::parameter ? parameter_number(first) : 0;
    }
    made.local = postgres::token_cursor(found.arguments[2]).at_word("true");
    params_.session->changes.push_back(std::move(made));
    replace_value("CAST(" + nested(found.arguments[1]) + " AS VARCHAR)", "set_config", found.end_bytes, found.behind);
}

}  // namespace sluice::duckdb
