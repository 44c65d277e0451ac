#include <algorithm>

#include "base/text/ascii.hpp"
#include "engines/duckdb/functions/strings/string_families.hpp"
#include "engines/duckdb/functions/strings/string_text.hpp"
#include "postgres/parse/decode_array.hpp"

namespace sluice::duckdb {
namespace {

using texts = std::vector<std::optional<std::string>>;
using optional_text = std::optional<std::string_view>;

// A NULL delimiter splits into characters, an empty one not at all.
texts split_null(std::string_view given, optional_text delimiter, optional_text null_text) {
    texts made;
    const auto add = [&](std::string_view field) {
        made.push_back(field == null_text ? std::nullopt : std::optional<std::string>(field));
    };
    if (given.empty()) {
        return made;
    }
    if (!delimiter) {
        for (; !given.empty(); given.remove_prefix(front_character(given).size())) {
            add(front_character(given));
        }
        return made;
    }
    std::size_t at = delimiter->empty() ? std::string_view::npos : given.find(*delimiter);
    while (at != std::string_view::npos) {
        add(given.substr(0, at));
        given.remove_prefix(at + delimiter->size());
        at = given.find(*delimiter);
    }
    add(given);
    return made;
}
texts split(std::string_view given, optional_text delimiter) {
    return split_null(given, delimiter, std::nullopt);
}

result<std::optional<std::string>> joined(std::optional<list_view<std::string_view>> list, optional_text delimiter,
                                          optional_text null_text) {
    if (!list || !delimiter) {
        return std::optional<std::string>();
    }
    std::string made;
    bool first = true;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const optional_text one = (*list)[i] ? (*list)[i] : null_text;
        if (!one) {
            continue;
        }
        if (!first) {
            TRY(append_within_limit(made, *delimiter));
        }
        TRY(append_within_limit(made, *one));
        first = false;
    }
    return std::optional<std::string>(std::move(made));
}

bool needs_quotes(std::string_view element) {
    return element.empty() || base::equals_ignoring_case(element, "null") || std::ranges::any_of(element, [](char c) {
               return c == '"' || c == '\\' || c == '{' || c == '}' || c == ',' || base::is_blank(c);
           });
}

result<std::string> array_out(list_view<std::string_view> list) {
    std::string made = "{";
    for (std::size_t i = 0; i < list.size(); ++i) {
        made += i == 0 ? "" : ",";
        const optional_text one = list[i];
        if (!one || !needs_quotes(*one)) {
            made += one.value_or("NULL");
        } else {
            made += '"';
            for (const char c : *one) {
                made += c == '"' || c == '\\' ? "\\" : "";
                made += c;
            }
            made += '"';
        }
        TRY(check_value_size(made.size()));
    }
    return made + '}';
}

result<texts> array_in(std::string_view given) {
    TRY_ASSIGN(const postgres::decoded_array array, postgres::decode_array_text(given));
    if (array.dimensions.size() > 1) {
        return fail(sqlstates::feature_not_supported, "arrays of several dimensions are not supported here");
    }
    texts made;
    made.reserve(array.elements.size());
    for (const optional_text& one : array.elements) {
        made.push_back(one ? std::optional<std::string>(*one) : std::nullopt);
    }
    return made;
}

}  // namespace

result<> add_text_array_functions(native_functions& functions) {
    TRY(functions.add<split>("sluice_string_to_array"));
    TRY(functions.add<split_null>("sluice_string_to_array_null"));
    TRY(functions.add<joined>("sluice_array_to_string"));
    TRY(functions.add<array_out>("sluice_array_out"));
    return functions.add<array_in>("sluice_array_in");
}

}  // namespace sluice::duckdb
