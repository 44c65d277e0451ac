#include "postgres/sql/copy_options.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace sluice::postgres {

namespace {

result<std::vector<std::string>> parse_name_list(token_cursor& cursor) {
    std::vector<std::string> names;
    do {
        TRY_ASSIGN(names.emplace_back(), cursor.expect_name());
    } while (cursor.accept_symbol(","));
    return names;
}

// The value behind an option's name in parentheses.
result<copy_option_value> parse_generic_value(token_cursor& cursor) {
    if (cursor.at_string()) {
        TRY_ASSIGN(std::string text, cursor.expect_string());
        return copy_option_value(std::move(text));
    }
    if (cursor.at_name()) {
        TRY_ASSIGN(std::string word, cursor.expect_folded_name());
        return copy_option_value(std::move(word));
    }
    if (cursor.accept_symbol("*")) {
        return copy_option_value(star{});
    }
    if (cursor.accept_symbol("(")) {
        TRY_ASSIGN(std::vector<std::string> names, parse_name_list(cursor));
        TRY(cursor.expect_symbol(")"));
        return copy_option_value(std::move(names));
    }
    std::string number;
    if (cursor.at_symbol("-") || cursor.at_symbol("+")) {
        number = cursor.take().text == "-" ? "-" : "";
    }
    if (cursor.peek().kind == token_kind::number) {
        return copy_option_value(number.append(cursor.take().text));
    }
    if (cursor.at_symbol(",") || cursor.at_symbol(")")) {
        return copy_option_value(std::monostate{});
    }
    return fail(cursor.syntax_error());
}

// ( name [value], ... ), the parenthesis already taken
result<> parse_generic_options(token_cursor& cursor, std::vector<copy_option>& options) {
    do {
        const token place = cursor.peek();
        TRY_ASSIGN(std::string name, cursor.expect_folded_name());
        TRY_ASSIGN(copy_option_value value, parse_generic_value(cursor));
        options.push_back({.place = place, .name = std::move(name), .value = std::move(value)});
    } while (cursor.accept_symbol(","));
    return cursor.expect_symbol(")");
}

// FORCE {QUOTE {names | *} | NOT NULL names | NULL names}
result<copy_option> parse_old_force(token_cursor& cursor) {
    copy_option option{.place = cursor.take(), .name = {}, .value = {}};
    if (cursor.accept_word("quote")) {
        option.name = "force_quote";
        if (cursor.accept_symbol("*")) {
            option.value = star{};
            return option;
        }
    } else if (cursor.accept_words("not", "null")) {
        option.name = "force_not_null";
    } else {
        option.name = "force_null";
        TRY(cursor.expect_word("null"));
    }
    TRY_ASSIGN(option.value, parse_name_list(cursor));
    return option;
}

// One option of the syntax before 9.0; nullopt if none follows.
result<std::optional<copy_option>> parse_old_option(token_cursor& cursor) {
    constexpr auto with_string = std::to_array<std::string_view>({"delimiter", "null", "quote", "escape", "encoding"});
    const auto at = [&](std::string_view word) { return cursor.at_word(word); };
    if (at("force")) {
        TRY_ASSIGN(copy_option option, parse_old_force(cursor));
        return std::optional(std::move(option));
    }
    if (at("csv") || at("binary")) {
        const token place = cursor.take();
        return std::optional(copy_option{.place = place, .name = "format", .value = base::lower_case(place.text)});
    }
    if (at("header") || at("freeze")) {
        const token place = cursor.take();
        return std::optional(
            copy_option{.place = place, .name = base::lower_case(place.text), .value = std::string("true")});
    }
    if (!std::ranges::any_of(with_string, at)) {
        return std::nullopt;
    }
    const token place = cursor.take();
    if (!place.is_word("encoding")) {
        cursor.accept_word("as");
    }
    TRY_ASSIGN(std::string value, cursor.expect_string());
    return std::optional(copy_option{.place = place, .name = base::lower_case(place.text), .value = std::move(value)});
}

}  // namespace

result<std::vector<copy_option>> parse_copy_options(token_cursor& cursor) {
    std::vector<copy_option> options;
    const token place = cursor.peek();
    if (cursor.accept_words("using", "delimiters") || cursor.accept_word("delimiters")) {
        TRY_ASSIGN(std::string value, cursor.expect_string());
        options.push_back({.place = place, .name = "delimiter", .value = std::move(value)});
    }
    cursor.accept_word("with");
    if (cursor.accept_symbol("(")) {
        TRY(parse_generic_options(cursor, options));
        return options;
    }
    while (true) {
        TRY_ASSIGN(std::optional<copy_option> option, parse_old_option(cursor));
        if (!option) {
            return options;
        }
        options.push_back(*std::move(option));
    }
}

namespace {

// Collects the given options and checks each against the others, in PostgreSQL's order.
class option_checker {
  public:
    option_checker(const token_cursor& cursor, copy_command& command) : cursor_(cursor), command_(command) {}

    result<> add(const copy_option& option);
    result<> finish();

  private:
    // An option's text, or its default if it is not given.
    struct text_option {
        std::string text;
        bool given = false;

        void set_default(std::string_view value) {
            if (!given) {
                text = value;
            }
        }
    };

    [[nodiscard]] std::unexpected<error> failure(const copy_option& option, sqlstate code, std::string message) const {
        return fail(cursor_.error_at(option.place, code, std::move(message)));
    }
    result<> add_format(const copy_option& option);
    result<> add_header(const copy_option& option);
    result<> add_text(const copy_option& option, text_option& target);
    result<> add_names(const copy_option& option, std::vector<std::string>& target);
    result<> add_encoding(const copy_option& option);
    result<> add_freeze(const copy_option& option);
    result<> check_delimiter() const;
    result<> check_csv_options() const;
    result<> check_force_options() const;

    [[nodiscard]] bool csv() const { return command_.format == copy_format::csv; }
    [[nodiscard]] bool binary() const { return command_.format == copy_format::binary; }
    [[nodiscard]] bool reading() const { return command_.direction == copy_direction::from_stdin; }

    const token_cursor& cursor_;
    copy_command& command_;
    std::vector<std::string> seen_;
    text_option delimiter_;
    text_option null_text_;
    text_option quote_;
    text_option escape_;
};

std::optional<bool> parse_boolean(const copy_option_value& value) {
    if (std::holds_alternative<std::monostate>(value)) {
        return true;
    }
    const auto* text = std::get_if<std::string>(&value);
    const std::string lower = text == nullptr ? "" : base::lower_case(*text);
    if (lower == "true" || lower == "on" || lower == "1") {
        return true;
    }
    if (lower == "false" || lower == "off" || lower == "0") {
        return false;
    }
    return std::nullopt;
}

result<> option_checker::add(const copy_option& option) {
    constexpr auto known =
        std::to_array<std::string_view>({"format", "freeze", "delimiter", "null", "header", "quote", "escape",
                                         "force_quote", "force_not_null", "force_null", "encoding"});
    if (!contains(known, option.name)) {
        // Options of later versions that would change the result are refused with the reason.
        if (option.name == "on_error" || option.name == "log_verbosity" || option.name == "reject_limit" ||
            option.name == "default") {
            return failure(option, sqlstates::feature_not_supported,
                           "COPY option \"" + option.name + "\" is not supported");
        }
        return failure(option, sqlstates::syntax_error, "option \"" + option.name + "\" not recognized");
    }
    if (contains(seen_, option.name)) {
        return failure(option, sqlstates::syntax_error, "conflicting or redundant options");
    }
    seen_.push_back(option.name);
    if (option.name == "format") {
        return add_format(option);
    }
    if (option.name == "header") {
        return add_header(option);
    }
    if (option.name == "freeze") {
        return add_freeze(option);
    }
    if (option.name == "encoding") {
        return add_encoding(option);
    }
    if (option.name == "force_quote") {
        if (std::holds_alternative<star>(option.value)) {
            command_.force_quote_all = true;
            return {};
        }
        return add_names(option, command_.force_quote);
    }
    if (option.name == "force_not_null") {
        return add_names(option, command_.force_not_null);
    }
    if (option.name == "force_null") {
        return add_names(option, command_.force_null);
    }
    return add_text(option, option.name == "delimiter" ? delimiter_
                            : option.name == "null"    ? null_text_
                            : option.name == "quote"   ? quote_
                                                       : escape_);
}

result<> option_checker::add_format(const copy_option& option) {
    text_option format;
    TRY(add_text(option, format));
    if (format.text == "text") {
        command_.format = copy_format::text;
    } else if (format.text == "csv") {
        command_.format = copy_format::csv;
    } else if (format.text == "binary") {
        command_.format = copy_format::binary;
    } else {
        return failure(option, sqlstates::invalid_parameter_value,
                       "COPY format \"" + format.text + "\" not recognized");
    }
    return {};
}

result<> option_checker::add_header(const copy_option& option) {
    if (const std::optional<bool> given = parse_boolean(option.value)) {
        command_.header = *given;
        return {};
    }
    const auto* text = std::get_if<std::string>(&option.value);
    if (text == nullptr || base::lower_case(*text) != "match") {
        return fail(sqlstates::syntax_error, "header requires a Boolean value or \"match\"");
    }
    if (!reading()) {
        return fail(sqlstates::feature_not_supported, "cannot use \"match\" with HEADER in COPY TO");
    }
    command_.header = true;
    command_.header_match = true;
    return {};
}

// FREEZE only saves PostgreSQL work that an embedded engine does not do.
result<> option_checker::add_freeze(const copy_option& option) {
    if (!parse_boolean(option.value)) {
        return fail(sqlstates::syntax_error, "freeze requires a Boolean value");
    }
    return {};
}

result<> option_checker::add_text(const copy_option& option, text_option& target) {
    if (std::holds_alternative<std::monostate>(option.value)) {
        return fail(sqlstates::syntax_error, option.name + " requires a parameter");
    }
    if (const auto* text = std::get_if<std::string>(&option.value)) {
        target.text = *text;
    } else if (const auto* names = std::get_if<std::vector<std::string>>(&option.value)) {
        for (const std::string& name : *names) {
            target.text += target.text.empty() ? name : "." + name;
        }
    } else {
        target.text = "*";
    }
    target.given = true;
    return {};
}

result<> option_checker::add_names(const copy_option& option, std::vector<std::string>& target) {
    const auto* names = std::get_if<std::vector<std::string>>(&option.value);
    if (names == nullptr) {
        return failure(option, sqlstates::invalid_parameter_value,
                       "argument to option \"" + option.name + "\" must be a list of column names");
    }
    target = *names;
    return {};
}

result<> option_checker::add_encoding(const copy_option& option) {
    text_option encoding;
    TRY(add_text(option, encoding));
    std::string letters = base::lower_case(encoding.text);
    std::erase_if(letters, [](char c) { return (c < 'a' || c > 'z') && (c < '0' || c > '9'); });
    if (letters == "utf8" || letters == "unicode" || letters == "sqlascii") {
        return {};
    }
    return failure(option, sqlstates::feature_not_supported,
                   "COPY encoding \"" + encoding.text + "\" is not supported; the only one is UTF8");
}

result<> option_checker::finish() {
    if (binary() && delimiter_.given) {
        return fail(sqlstates::syntax_error, "cannot specify DELIMITER in BINARY mode");
    }
    if (binary() && null_text_.given) {
        return fail(sqlstates::syntax_error, "cannot specify NULL in BINARY mode");
    }
    delimiter_.set_default(csv() ? "," : "\t");
    null_text_.set_default(csv() ? "" : "\\N");
    quote_.set_default("\"");
    escape_.set_default(quote_.text);
    TRY(check_delimiter());
    if (binary() && command_.header) {
        return fail(sqlstates::feature_not_supported, "cannot specify HEADER in BINARY mode");
    }
    if (!csv() && quote_.given) {
        return fail(sqlstates::feature_not_supported, "COPY quote available only in CSV mode");
    }
    if (csv()) {
        TRY(check_csv_options());
    } else if (escape_.given) {
        return fail(sqlstates::feature_not_supported, "COPY escape available only in CSV mode");
    }
    TRY(check_force_options());
    if (null_text_.text.contains(delimiter_.text.front())) {
        return fail(sqlstates::feature_not_supported, "COPY delimiter must not appear in the NULL specification");
    }
    if (csv() && null_text_.text.contains(quote_.text.front())) {
        return fail(sqlstates::feature_not_supported, "CSV quote character must not appear in the NULL specification");
    }
    command_.delimiter = delimiter_.text.front();
    command_.null_text = null_text_.text;
    command_.quote = quote_.text.front();
    command_.escape = escape_.text.front();
    return {};
}

result<> option_checker::check_delimiter() const {
    if (delimiter_.text.size() != 1) {
        return fail(sqlstates::feature_not_supported, "COPY delimiter must be a single one-byte character");
    }
    if (delimiter_.text.find_first_of("\r\n") != std::string::npos) {
        return fail(sqlstates::invalid_parameter_value, "COPY delimiter cannot be newline or carriage return");
    }
    if (null_text_.text.find_first_of("\r\n") != std::string::npos) {
        return fail(sqlstates::invalid_parameter_value,
                    "COPY null representation cannot use newline or carriage return");
    }
    // In the text format these characters would be read as escapes or as values.
    constexpr std::string_view ambiguous = "\\.abcdefghijklmnopqrstuvwxyz0123456789";
    if (!csv() && ambiguous.contains(delimiter_.text.front())) {
        return fail(sqlstates::invalid_parameter_value, "COPY delimiter cannot be \"" + delimiter_.text + "\"");
    }
    return {};
}

result<> option_checker::check_csv_options() const {
    if (quote_.text.size() != 1) {
        return fail(sqlstates::feature_not_supported, "COPY quote must be a single one-byte character");
    }
    if (delimiter_.text.front() == quote_.text.front()) {
        return fail(sqlstates::invalid_parameter_value, "COPY delimiter and quote must be different");
    }
    if (escape_.text.size() != 1) {
        return fail(sqlstates::feature_not_supported, "COPY escape must be a single one-byte character");
    }
    return {};
}

result<> option_checker::check_force_options() const {
    struct rule {
        bool given;
        std::string_view option;
        bool for_reading;
    };
    for (const rule& checked :
         {rule{.given = command_.force_quote_all || !command_.force_quote.empty(),
               .option = "force quote",
               .for_reading = false},
          rule{.given = !command_.force_not_null.empty(), .option = "force not null", .for_reading = true},
          rule{.given = !command_.force_null.empty(), .option = "force null", .for_reading = true}}) {
        if (checked.given && !csv()) {
            return fail(sqlstates::feature_not_supported,
                        "COPY " + std::string(checked.option) + " available only in CSV mode");
        }
        if (checked.given && reading() != checked.for_reading) {
            return fail(sqlstates::feature_not_supported, "COPY " + std::string(checked.option) +
                                                              " only available using COPY " +
                                                              (checked.for_reading ? "FROM" : "TO"));
        }
    }
    return {};
}

}  // namespace

result<> apply_copy_options(const std::vector<copy_option>& options, const token_cursor& cursor,
                            copy_command& command) {
    option_checker checker(cursor, command);
    for (const copy_option& option : options) {
        TRY(checker.add(option));
    }
    return checker.finish();
}

}  // namespace sluice::postgres
