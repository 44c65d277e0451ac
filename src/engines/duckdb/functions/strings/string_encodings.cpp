#include "engines/duckdb/functions/strings/string_encodings.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iconv.h>
#include <map>
#include <utility>

#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"
#include "engines/duckdb/functions/strings/string_families.hpp"
#include "engines/duckdb/functions/strings/string_text.hpp"

namespace sluice::duckdb {
namespace {

constexpr sqlstate untranslatable_character{"22P05"};
constexpr std::int32_t utf8_number = 6;
constexpr std::int32_t gbk_number = 37;

using form = encoding_form;
constexpr auto encodings = std::to_array<encoding>({
    {0, "SQL_ASCII", nullptr, form::any_bytes},
    {1, "EUC_JP", "EUC-JP-MS", form::euc_jp},
    {2, "EUC_CN", "EUC-CN", form::euc_cn},
    {3, "EUC_KR", "EUC-KR", form::euc},
    {4, "EUC_TW", "EUC-TW", form::euc_tw},
    {5, "EUC_JIS_2004", "EUC-JISX0213", form::euc_jp},
    {6, "UTF8", "UTF-8", form::utf8},
    {7, "MULE_INTERNAL", nullptr, form::unknown},
    {8, "LATIN1", "ISO-8859-1", form::single},
    {9, "LATIN2", "ISO-8859-2", form::single},
    {10, "LATIN3", "ISO-8859-3", form::single},
    {11, "LATIN4", "ISO-8859-4", form::single},
    {12, "LATIN5", "ISO-8859-9", form::single},
    {13, "LATIN6", "ISO-8859-10", form::single},
    {14, "LATIN7", "ISO-8859-13", form::single},
    {15, "LATIN8", "ISO-8859-14", form::single},
    {16, "LATIN9", "ISO-8859-15", form::single},
    {17, "LATIN10", "ISO-8859-16", form::single},
    {18, "WIN1256", "CP1256", form::single},
    {19, "WIN1258", "CP1258", form::single},
    {20, "WIN866", "CP866", form::single},
    {21, "WIN874", "CP874", form::single},
    {22, "KOI8R", "KOI8-R", form::single},
    {23, "WIN1251", "CP1251", form::single},
    {24, "WIN1252", "CP1252", form::single},
    {25, "ISO_8859_5", "ISO-8859-5", form::single},
    {26, "ISO_8859_6", "ISO-8859-6", form::single},
    {27, "ISO_8859_7", "ISO-8859-7", form::single},
    {28, "ISO_8859_8", "ISO-8859-8", form::single},
    {29, "WIN1250", "CP1250", form::single},
    {30, "WIN1253", "CP1253", form::single},
    {31, "WIN1254", "CP1254", form::single},
    {32, "WIN1255", "CP1255", form::single},
    {33, "WIN1257", "CP1257", form::single},
    {34, "KOI8U", "KOI8-U", form::single},
    {35, "SJIS", "CP932", form::shift_jis},
    {36, "BIG5", "CP950", form::pairs},
    {37, "GBK", "CP936", form::pairs},
    {38, "UHC", "UHC", form::pairs},
    {39, "GB18030", "GB18030", form::gb18030},
    {40, "JOHAB", "JOHAB", form::johab},
    {41, "SHIFT_JIS_2004", "SHIFT_JISX0213", form::shift_jis},
});

// Names in lower case without signs; those of the table above are names as well.
constexpr auto aliases = std::to_array<std::pair<std::string_view, std::int32_t>>({
    {"unicode", 6},      {"iso88591", 8},     {"iso88592", 9},     {"iso88593", 10},    {"iso88594", 11},
    {"iso88599", 12},    {"iso885910", 13},   {"iso885913", 14},   {"iso885914", 15},   {"iso885915", 16},
    {"iso885916", 17},   {"windows1256", 18}, {"abc", 19},         {"tcvn", 19},        {"tcvn5712", 19},
    {"vscii", 19},       {"windows1258", 19}, {"alt", 20},         {"windows866", 20},  {"windows874", 21},
    {"koi8", 22},        {"win", 23},         {"windows1251", 23}, {"windows1252", 24}, {"windows1250", 29},
    {"windows1253", 30}, {"windows1254", 31}, {"windows1255", 32}, {"windows1257", 33}, {"mskanji", 35},
    {"shiftjis", 35},    {"win932", 35},      {"windows932", 35},  {"win950", 36},      {"windows950", 36},
    {"win936", 37},      {"windows936", 37},  {"win949", 38},      {"windows949", 38},
});

std::string plain_name(std::string_view name) {
    std::string made;
    for (const char c : name) {
        if (base::is_letter_or_digit(c)) {
            made += base::to_lower(c);
        }
    }
    return made;
}

// Pairs without UTF8 that PostgreSQL converts.
bool convert_directly(std::int32_t from, std::int32_t into) {
    constexpr auto groups = std::to_array<std::array<std::int32_t, 4>>(
        {{20, 22, 23, 25}, {1, 35, 1, 35}, {4, 36, 4, 36}, {9, 29, 9, 29}, {5, 41, 5, 41}});
    return std::ranges::any_of(groups, [&](const auto& group) {
        return std::ranges::find(group, from) != group.end() && std::ranges::find(group, into) != group.end();
    });
}

bool is_high(char c) {
    return (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// Number of bytes that the character at the front should have.
std::size_t announced_bytes(std::string_view bytes, form kind) {
    const auto lead = static_cast<unsigned char>(bytes.front());
    if (lead < 0x80 || kind == form::single || kind == form::any_bytes || kind == form::unknown) {
        return 1;
    }
    switch (kind) {
        case form::euc:
        case form::johab:
        case form::euc_jp:
            return lead == 0x8f ? 3 : 2;
        case form::euc_cn:
            return lead == 0x8e || lead == 0x8f ? 3 : 2;
        case form::euc_tw:
            return lead == 0x8e ? 4 : lead == 0x8f ? 3 : 2;
        case form::shift_jis:
            return lead >= 0xa1 && lead <= 0xdf ? 1 : 2;
        case form::gb18030:
            return bytes.size() > 1 && base::is_digit(bytes[1]) ? 4 : 2;
        default:
            return 2;
    }
}

bool between(char c, unsigned low, unsigned high) {
    const unsigned byte = static_cast<unsigned char>(c);
    return byte >= low && byte <= high;
}

// `one` has as many bytes as its lead byte announces.
bool is_character(std::string_view one, form kind) {
    if (one.front() == '\0') {
        return false;
    }
    if (!is_high(one.front()) || one.size() == 1) {
        return !(kind == form::shift_jis && is_high(one.front())) || between(one.front(), 0xa1, 0xdf);
    }
    switch (kind) {
        case form::euc_jp:
            return one[0] == '\x8e'   ? between(one[1], 0xa1, 0xdf)
                   : one[0] == '\x8f' ? between(one[1], 0xa1, 0xfe) && between(one[2], 0xa1, 0xfe)
                                      : between(one[0], 0xa1, 0xfe) && between(one[1], 0xa1, 0xfe);
        case form::johab:
            one.remove_prefix(1);
            return std::ranges::all_of(one, [](char c) { return between(c, 0xa1, 0xfe); });
        case form::euc:
        case form::euc_cn:
            return std::ranges::all_of(one, [](char c) { return between(c, 0xa1, 0xfe); });
        case form::euc_tw:
            return one[0] == '\x8e'
                       ? between(one[1], 0xa1, 0xa7) && between(one[2], 0xa1, 0xfe) && between(one[3], 0xa1, 0xfe)
                   : one[0] == '\x8f' ? false
                                      : between(one[1], 0xa1, 0xfe);
        case form::shift_jis:
            return (between(one[0], 0x81, 0x9f) || between(one[0], 0xe0, 0xfc)) &&
                   (between(one[1], 0x40, 0x7e) || between(one[1], 0x80, 0xfc));
        case form::gb18030:
            return one.size() == 4
                       ? between(one[0], 0x81, 0xfe) && between(one[2], 0x81, 0xfe) && base::is_digit(one[3])
                       : between(one[0], 0x81, 0xfe) && (between(one[1], 0x40, 0x7e) || between(one[1], 0x80, 0xfe));
        default:
            return std::ranges::find(one, '\0') == one.end();
    }
}

std::string in_hexadecimal(std::string_view bytes) {
    std::string made;
    for (const char byte : bytes) {
        made += fmt::format("{}0x{:02x}", made.empty() ? "" : " ", static_cast<unsigned char>(byte));
    }
    return made;
}

// The character at the front of `bytes`, which is not empty.
result<std::string_view> cut_character(std::string_view bytes, const encoding& in) {
    const std::size_t length = announced_bytes(bytes, in.form);
    const std::string_view one = bytes.substr(0, length);
    if (one.size() < length || !is_character(one, in.form)) {
        return fail(sqlstates::character_not_in_repertoire,
                    fmt::format("invalid byte sequence for encoding \"{}\": {}", in.name, in_hexadecimal(one)));
    }
    return one;
}

// Converts single characters.
class converter {
  public:
    converter(const char* from, const char* into) : handle_(iconv_open(into, from)) {}
    converter(const converter&) = delete;
    converter& operator=(const converter&) = delete;
    ~converter() {
        if (works()) {
            iconv_close(handle_);
        }
    }

    [[nodiscard]] bool works() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

    // False: there is no such character.
    bool append(std::string_view one, std::string& made) const {
        std::array<char, 16> room;
        std::array<char, 8> given{};
        std::ranges::copy(one, given.begin());
        char* in = given.data();
        char* out = room.data();
        std::size_t in_bytes = one.size();
        std::size_t out_bytes = room.size();
        iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        // Anything but 0 is an error or a replacement.
        if (iconv(handle_, &in, &in_bytes, &out, &out_bytes) != 0 ||
            iconv(handle_, nullptr, nullptr, &out, &out_bytes) != 0) {
            return false;
        }
        made.append(room.data(), room.size() - out_bytes);
        return true;
    }

  private:
    iconv_t handle_;
};

// iconv knows characters in the private area and of several bytes or codes where PostgreSQL has none.
bool is_private(std::string_view one) {
    const char32_t code = base::first_character(one).code;
    return code >= 0xe000 && code < 0xf900;
}
bool is_known(std::string_view text, std::string_view bytes, const encoding& with) {
    if (with.number == gbk_number && text == "€") {
        return true;  // 0x80, which PostgreSQL writes and does not read
    }
    const bool without_private = with.form == form::euc_jp || with.form == form::shift_jis;
    return std::ranges::all_of(text, is_high) && is_high(bytes.front()) &&
           announced_bytes(bytes, with.form) == bytes.size() && !(without_private && is_private(text));
}

const converter& converter_of(const char* from, const char* into) {
    thread_local std::map<std::pair<const char*, const char*>, converter> known;
    return known.try_emplace({from, into}, from, into).first->second;
}

result<> check_bytes(std::string_view bytes, const encoding& in) {
    return in.form == form::utf8 ? base::check_utf8(bytes) : [&]() -> result<> {
        TRY(count_characters(bytes, in));
        return {};
    }();
}

std::unexpected<error> no_conversion(const encoding& from, const encoding& into) {
    return fail(
        sqlstates::undefined_function,
        fmt::format("default conversion function for encoding \"{}\" to \"{}\" does not exist", from.name, into.name));
}

std::unexpected<error> no_equivalent(std::string_view one, const encoding& from, const encoding& into) {
    return fail(untranslatable_character,
                fmt::format("character with byte sequence {} in encoding \"{}\" has no equivalent in encoding \"{}\"",
                            in_hexadecimal(one), from.name, into.name));
}

result<const encoding*> named(std::string_view name, std::string_view role) {
    const encoding* const found = find_encoding(name);
    if (found == nullptr) {
        return fail(sqlstates::invalid_parameter_value, fmt::format("invalid {}encoding name \"{}\"", role, name));
    }
    return found;
}

result<std::string> convert_from(bytes_view given, std::string_view name) {
    TRY_ASSIGN(const encoding* const from, named(name, "source "));
    return converted(given.data, *from, utf8_encoding());
}
result<bytes> convert_to(std::string_view given, std::string_view name) {
    TRY_ASSIGN(const encoding* const into, named(name, "destination "));
    TRY_ASSIGN(std::string made, converted(given, utf8_encoding(), *into));
    return bytes{std::move(made)};
}
result<bytes> convert(bytes_view given, std::string_view source, std::string_view destination) {
    TRY_ASSIGN(const encoding* const from, named(source, "source "));
    TRY_ASSIGN(const encoding* const into, named(destination, "destination "));
    TRY_ASSIGN(std::string made, converted(given.data, *from, *into));
    return bytes{std::move(made)};
}
result<std::int32_t> bytea_length(bytes_view given, std::string_view name) {
    TRY_ASSIGN(const encoding* const in, named(name, ""));
    TRY_ASSIGN(const std::int64_t count, count_characters(given.data, *in));
    return static_cast<std::int32_t>(count);
}

}  // namespace

const encoding* find_encoding(std::int32_t number) {
    const auto found = std::ranges::find(encodings, number, &encoding::number);
    return found == encodings.end() ? nullptr : &*found;
}

const encoding* find_encoding(std::string_view name) {
    const std::string wanted = plain_name(name);
    const auto found =
        std::ranges::find_if(encodings, [&](const encoding& each) { return plain_name(each.name) == wanted; });
    if (found != encodings.end()) {
        return &*found;
    }
    const auto alias = std::ranges::find_if(aliases, [&](const auto& each) { return each.first == wanted; });
    return alias == aliases.end() ? nullptr : find_encoding(alias->second);
}

const encoding& utf8_encoding() {
    return encodings[utf8_number];
}

result<std::int64_t> count_characters(std::string_view bytes, const encoding& in) {
    if (in.form == form::utf8) {
        TRY(base::check_utf8(bytes));
        return characters_of(bytes);
    }
    std::int64_t count = 0;
    for (; !bytes.empty(); ++count) {
        TRY_ASSIGN(const std::string_view one, cut_character(bytes, in));
        bytes.remove_prefix(one.size());
    }
    return count;
}

result<std::string> converted(std::string_view given, const encoding& from, const encoding& into) {
    TRY(check_bytes(given, from));
    if (given.empty() || from.number == into.number || into.form == form::any_bytes) {
        return std::string(given);
    }
    if (from.form == form::any_bytes) {
        TRY(check_bytes(given, into));
        return std::string(given);
    }
    const bool by_utf8 = from.form == form::utf8 || into.form == form::utf8;
    if (from.form == form::unknown || into.form == form::unknown ||
        !(by_utf8 || convert_directly(from.number, into.number))) {
        return no_conversion(from, into);
    }
    const converter& step = converter_of(from.iconv_name, into.iconv_name);
    if (!step.works()) {
        return no_conversion(from, into);
    }
    std::string made;
    while (!given.empty()) {
        if (!is_high(given.front())) {
            made += given.front();
            given.remove_prefix(1);
            continue;
        }
        const std::string_view one =
            from.form == form::utf8 ? front_character(given) : given.substr(0, announced_bytes(given, from.form));
        const std::size_t before = made.size();
        const bool appended = step.append(one, made);
        const std::string_view other = std::string_view(made).substr(before);
        const bool known = appended && !other.empty() &&
                           (from.form == form::utf8   ? is_known(one, other, into)
                            : into.form == form::utf8 ? is_known(other, one, from)
                                                      : true);
        if (!known) {
            return no_equivalent(one, from, into);
        }
        given.remove_prefix(one.size());
    }
    TRY(check_value_size(made.size()));
    return made;
}

result<> add_encoding_functions(native_functions& functions) {
    TRY(functions.add<convert_from>("sluice_convert_from"));
    TRY(functions.add<convert_to>("sluice_convert_to"));
    TRY(functions.add<convert>("sluice_convert"));
    return functions.add<bytea_length>("sluice_bytea_length");
}

}  // namespace sluice::duckdb
