#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <utf8proc.h>

#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"
#include "engines/duckdb/functions/strings/string_encodings.hpp"
#include "engines/duckdb/functions/strings/string_families.hpp"
#include "engines/duckdb/functions/strings/string_text.hpp"

namespace sluice::duckdb {
namespace {

using text = result<std::string>;

bool is_high_surrogate(char32_t code) {
    return code >= 0xd800 && code < 0xdc00;
}
bool is_low_surrogate(char32_t code) {
    return code >= 0xdc00 && code < 0xe000;
}

// \XXXX, \+XXXXXX, \uXXXX and \UXXXXXXXX are characters, a double backslash is a backslash.
class unicode_reader {
  public:
    explicit unicode_reader(std::string_view given) : rest_(given) {}

    text run() {
        while (!rest_.empty()) {
            const bool escape = rest_.front() == '\\';
            if (!escape || rest_.starts_with("\\\\")) {
                if (high_ != 0) {
                    return invalid_pair();
                }
                made_ += rest_.front();
                rest_.remove_prefix(escape ? 2 : 1);
                continue;
            }
            TRY_ASSIGN(const char32_t code, read_escape());
            TRY(add(code));
        }
        if (high_ != 0) {
            return invalid_pair();
        }
        return std::move(made_);
    }

  private:
    static std::unexpected<error> invalid_pair() {
        return fail(sqlstates::syntax_error, "invalid Unicode surrogate pair");
    }

    // The number in `digits` digits behind `prefix`; nullopt: it is not there.
    std::optional<std::uint32_t> read_digits(std::string_view prefix, std::size_t digits) {
        if (!rest_.starts_with(prefix) || rest_.size() < prefix.size() + digits) {
            return std::nullopt;
        }
        std::uint32_t code = 0;
        for (const char c : rest_.substr(prefix.size(), digits)) {
            if (base::hex_digit(c) < 0) {
                return std::nullopt;
            }
            code = code * 16 + static_cast<std::uint32_t>(base::hex_digit(c));
        }
        rest_.remove_prefix(prefix.size() + digits);
        return code;
    }

    result<char32_t> read_escape() {
        std::optional<std::uint32_t> code = read_digits("\\", 4);
        code = code ? code : read_digits("\\u", 4);
        code = code ? code : read_digits("\\+", 6);
        code = code ? code : read_digits("\\U", 8);
        if (!code) {
            error cause{.code = sqlstates::syntax_error, .message = "invalid Unicode escape"};
            cause.hint = "Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.";
            return fail(std::move(cause));
        }
        if (*code == 0 || *code > 0x10ffff) {
            return fail(sqlstates::invalid_parameter_value, fmt::format("invalid Unicode code point: {:04X}", *code));
        }
        return static_cast<char32_t>(*code);
    }

    result<> add(char32_t code) {
        if ((high_ != 0) != is_low_surrogate(code)) {
            return invalid_pair();
        }
        if (is_high_surrogate(code)) {
            high_ = code;
            return {};
        }
        base::append_character(made_, high_ == 0 ? code : 0x10000 + ((high_ - 0xd800) << 10U) + (code - 0xdc00));
        high_ = 0;
        return {};
    }

    std::string_view rest_;
    std::string made_;
    char32_t high_ = 0;  // the first half of a surrogate pair; 0: none
};

text unistr(std::string_view given) {
    return unicode_reader(given).run();
}

text normalize(std::string_view given, std::string_view form) {
    struct named_form {
        std::string_view name;
        int options;
    };
    constexpr auto forms = std::to_array<named_form>({
        {"nfc", UTF8PROC_STABLE | UTF8PROC_COMPOSE},
        {"nfd", UTF8PROC_STABLE | UTF8PROC_DECOMPOSE},
        {"nfkc", UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT},
        {"nfkd", UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT},
    });
    for (const named_form& each : forms) {
        if (!base::equals_ignoring_case(each.name, form)) {
            continue;
        }
        utf8proc_uint8_t* made = nullptr;
        const utf8proc_ssize_t bytes = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(given.data()),
                                                    static_cast<utf8proc_ssize_t>(given.size()), &made,
                                                    static_cast<utf8proc_option_t>(each.options));
        const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(made, std::free);
        if (bytes < 0) {
            return fail(sqlstates::internal_error, "Unicode normalization failed");
        }
        TRY(check_value_size(static_cast<std::size_t>(bytes)));
        return std::string(reinterpret_cast<const char*>(made), static_cast<std::size_t>(bytes));
    }
    return fail(sqlstates::invalid_parameter_value, fmt::format("invalid normalization form: {}", form));
}

result<bool> is_normalized(std::string_view given, std::string_view form) {
    TRY_ASSIGN(const std::string normal, normalize(given, form));
    return normal == given;
}

// The bytes that to_ascii() makes of those from 0x80. PostgreSQL takes the bytes of UTF-8 for those of the encoding.
struct ascii_table {
    std::int32_t encoding;
    std::string_view first;   // 0x80 to 0xbf
    std::string_view second;  // 0xc0 to 0xff; UTF-8 ends at 0xf4
};
constexpr auto ascii_tables = std::to_array<ascii_table>({
    {8, "                                  cL Y  \"Ca  -R     'u .,      ?",
     "AAAAAAACEEEEIIII NOOOOOxOUUUUYTBaaaaaaaceeeeiiii nooo"},
    {9, "                                 A L LS \"SSTZ-ZZ a,l'ls ,sstz\"zz",
     "RAAAALCCCEEEEIIDDNNOOOOxRUUUUYTBraaaalccceeeeiiddnnoo"},
    {16, "                                  cL YS sCa  -R     Zu .z   EeY?",
     "AAAAAAACEEEEIIII NOOOOOxOUUUUYTBaaaaaaaceeeeiiii nooo"},
    {29, "  ' \"    %S<STZZ `'\"\".--  s>stzz   L A  \"CS  -RZ  ,l'u .,as L\"lz",
     "RAAAALCCCEEEEIIDDNNOOOOxRUUUUYTBraaaalccceeeeiiddnnoo"},
});

text ascii_of(std::string_view given, const encoding& from) {
    const auto table = std::ranges::find(ascii_tables, from.number, &ascii_table::encoding);
    if (table == ascii_tables.end()) {
        return fail(sqlstates::feature_not_supported,
                    fmt::format("encoding conversion from {} to ASCII not supported", from.name));
    }
    std::string made(given);
    for (char& c : made) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80) {
            const std::string_view half = byte < 0xc0 ? table->first : table->second;
            const std::size_t place = byte % 0x40U;
            c = place < half.size() ? half[place] : ' ';
        }
    }
    return made;
}
text to_ascii(std::string_view given) {
    return ascii_of(given, utf8_encoding());
}
text to_ascii_of_name(std::string_view given, std::string_view name) {
    const encoding* const from = find_encoding(name);
    if (from == nullptr) {
        return fail(sqlstates::undefined_object, fmt::format("{} is not a valid encoding name", name));
    }
    return ascii_of(given, *from);
}
text to_ascii_of_number(std::string_view given, std::int32_t number) {
    const encoding* const from = find_encoding(number);
    if (from == nullptr) {
        return fail(sqlstates::undefined_object, fmt::format("{} is not a valid encoding code", number));
    }
    return ascii_of(given, *from);
}

}  // namespace

result<> add_unicode_functions(native_functions& functions) {
    TRY(functions.add<unistr>("sluice_unistr"));
    TRY(functions.add<normalize>("sluice_normalize"));
    TRY(functions.add<is_normalized>("sluice_is_normalized"));
    TRY(functions.add<to_ascii>("sluice_to_ascii"));
    TRY(functions.add<to_ascii_of_name>("sluice_to_ascii_of_name"));
    return functions.add<to_ascii_of_number>("sluice_to_ascii_of_number");
}

}  // namespace sluice::duckdb
