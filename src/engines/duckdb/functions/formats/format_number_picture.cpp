#include "engines/duckdb/functions/formats/format_number_picture.hpp"

#include <array>

namespace sluice::duckdb {
namespace {

using enum number_key;

constexpr auto words = std::to_array<picture_word<number_key>>({
    {",", comma},       {".", point},       {"0", zero},     {"9", nine},       {"B", blank},       {"C", ignored},
    {"D", local_point}, {"EEEE", exponent}, {"FM", fill},    {"G", group},      {"L", currency},    {"MI", minus},
    {"PL", plus},       {"PR", brackets},   {"RN", roman},   {"SG", sign},      {"SP", ignored},    {"S", local_sign},
    {"TH", ordinal},    {"V", shift},       {"b", blank},    {"c", ignored},    {"d", local_point}, {"eeee", exponent},
    {"fm", fill},       {"g", group},       {"l", currency}, {"mi", minus},     {"pl", plus},       {"pr", brackets},
    {"rn", roman},      {"sg", sign},       {"sp", ignored}, {"s", local_sign}, {"th", ordinal},    {"v", shift},
});

std::unexpected<error> refuse(std::string_view message) {
    return fail(sqlstates::syntax_error, std::string(message));
}

result<> note_digit(number_picture& picture, bool is_zero) {
    if (picture.has_brackets) {
        return refuse(is_zero ? R"("0" must be ahead of "PR")" : R"("9" must be ahead of "PR")");
    }
    if (!is_zero && picture.has_shift) {
        ++picture.shifted;
        return {};
    }
    if (is_zero && !picture.has_zero && !picture.has_point) {
        picture.has_zero = true;
        picture.zero_first = picture.before + 1;
    }
    ++(picture.has_point ? picture.after : picture.before);
    if (is_zero) {
        picture.zero_last = picture.before + picture.after;
    }
    return {};
}

result<> note_point(number_picture& picture) {
    if (picture.has_point) {
        return refuse("multiple decimal points");
    }
    if (picture.has_shift) {
        return refuse("cannot use \"V\" and decimal point together");
    }
    picture.has_point = true;
    return {};
}

result<> note_local_sign(number_picture& picture) {
    if (picture.has_local_sign) {
        return refuse("cannot use \"S\" twice");
    }
    if (picture.has_plus || picture.has_minus || picture.has_brackets) {
        return refuse(R"(cannot use "S" and "PL"/"MI"/"SG"/"PR" together)");
    }
    picture.has_local_sign = true;
    picture.local_sign = picture.has_point ? sign_place::back : sign_place::front;
    picture.sign_digits = picture.has_point ? picture.sign_digits : picture.before;
    return {};
}

result<> note_sign(number_picture& picture, number_key key) {
    if (picture.has_local_sign) {
        return refuse(key == minus  ? R"(cannot use "S" and "MI" together)"
                      : key == plus ? R"(cannot use "S" and "PL" together)"
                                    : R"(cannot use "S" and "SG" together)");
    }
    picture.has_minus = picture.has_minus || key != plus;
    picture.has_plus = picture.has_plus || key != minus;
    return {};
}

result<> note_brackets(number_picture& picture) {
    if (picture.has_local_sign || picture.has_plus || picture.has_minus) {
        return refuse(R"(cannot use "PR" and "S"/"PL"/"MI"/"SG" together)");
    }
    picture.has_brackets = true;
    return {};
}

result<> note_exponent(number_picture& picture) {
    if (picture.has_exponent) {
        return refuse("cannot use \"EEEE\" twice");
    }
    if (picture.has_blank || picture.fills || picture.has_local_sign || picture.has_brackets || picture.has_minus ||
        picture.has_plus || picture.is_roman || picture.has_shift) {
        error cause = refuse("\"EEEE\" is incompatible with other formats").error();
        return fail(
            std::move(cause).with_detail("\"EEEE\" may only be used together with digit and decimal point patterns."));
    }
    picture.has_exponent = true;
    return {};
}

result<> note(number_picture& picture, number_key key) {
    if (picture.has_exponent && key != exponent) {
        return refuse("\"EEEE\" must be the last pattern used");
    }
    switch (key) {
        case nine:
        case zero:
            return note_digit(picture, key == zero);
        case point:
        case local_point:
            return note_point(picture);
        case blank:
            picture.has_blank = picture.has_blank || (picture.before == 0 && picture.after == 0 && !picture.has_zero);
            return {};
        case fill:
            picture.fills = true;
            return {};
        case local_sign:
            return note_local_sign(picture);
        case minus:
        case plus:
        case sign:
            return note_sign(picture, key);
        case brackets:
            return note_brackets(picture);
        case roman:
            picture.is_roman = true;
            return {};
        case shift:
            if (picture.has_point) {
                return refuse("cannot use \"V\" and decimal point together");
            }
            picture.has_shift = true;
            return {};
        case exponent:
            return note_exponent(picture);
        default:
            return {};
    }
}

}  // namespace

result<number_picture> parse_number_picture(std::string_view text) {
    number_picture picture;
    picture.nodes = picture_parser<number_key>(text, words, false).parse();
    for (const number_node& node : picture.nodes) {
        if (node.is == number_node::kind::field) {
            TRY(note(picture, node.field->key));
        }
    }
    return picture;
}

}  // namespace sluice::duckdb
