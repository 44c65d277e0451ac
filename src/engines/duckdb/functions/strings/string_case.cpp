#include <clocale>
#include <cwctype>
#include <utf8proc.h>

#include "base/text/utf8.hpp"
#include "engines/duckdb/functions/strings/string_families.hpp"
#include "engines/duckdb/functions/strings/string_text.hpp"

namespace sluice::duckdb {
namespace {

constexpr char32_t sharp_s = 0xdf;

// The C library has no capital for ß, Unicode one.
char32_t upper_of(char32_t code) {
    return code == sharp_s ? code : base::upper_case_of(code);
}

// The C library's letters and digits are not a category of Unicode's: some marks belong to them.
bool is_alphanumeric(char32_t code) {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (locale != nullptr) {
        return iswalnum_l(static_cast<wint_t>(code), locale) != 0;
    }
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code));
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) || category == UTF8PROC_CATEGORY_ND ||
           category == UTF8PROC_CATEGORY_NL;
}

std::string upper(std::string_view text) {
    std::string made;
    made.reserve(text.size());
    while (!text.empty()) {
        const base::character one = base::first_character(text);
        base::append_character(made, upper_of(one.code));
        text.remove_prefix(one.bytes.size());
    }
    return made;
}

std::string initial_capitals(std::string_view text) {
    std::string made;
    made.reserve(text.size());
    bool inside = false;
    while (!text.empty()) {
        const base::character one = base::first_character(text);
        const char32_t code = inside ? base::lower_case_of(one.code) : upper_of(one.code);
        base::append_character(made, code);
        inside = is_alphanumeric(code);
        text.remove_prefix(one.bytes.size());
    }
    return made;
}

}  // namespace

result<> add_case_functions(native_functions& functions) {
    TRY(functions.add<upper>("sluice_upper"));
    TRY(functions.add<lower_case_text>("sluice_lower"));
    return functions.add<initial_capitals>("sluice_initcap");
}

}  // namespace sluice::duckdb
