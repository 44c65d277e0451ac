#include "apps/parts/people/category_records.hpp"

#include <fmt/format.h>

#include "apps/parts/model/text_rules.hpp"

namespace sluice::parts {

category category::from_row(const sqlite::row& from) {
    return {.code = {.category = from.get<std::string>(0), .subcategory = from.get<std::string>(1)},
            .name = from.get<std::string>(2),
            .workflow_id = from.get<std::int64_t>(3)};
}

std::string to_text(const category_code& code) {
    return code.category + "-" + code.subcategory;
}

result<> category_records::add(const category_code& code, std::string_view name) {
    TRY_ASSIGN(const category_code made, parse_category(to_text(code)));
    TRY(check_text(name, category_name_rule));
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const auto known, find(made));
        if (known) {
            return fail(error_kind::exists, fmt::format("category {} exists already: {}", to_text(made), known->name));
        }
        TRY(db.run("INSERT INTO Categories(category, subcategory, name) VALUES(?1, ?2, ?3)", made.category,
                   made.subcategory, name));
        return {};
    });
}

result<category> category_records::ensure(const category_code& code) {
    return database_.transaction([&](sqlite::connection&) -> result<category> {
        TRY_ASSIGN(auto known, find(code));
        if (!known) {
            TRY(add(code, to_text(code)));
            return get(code);
        }
        return std::move(*known);
    });
}

result<category> category_records::get(const category_code& code) {
    TRY_ASSIGN(auto found, find(code));
    if (!found) {
        return fail(error_kind::not_found, fmt::format("category {} does not exist", to_text(code)),
                    "add it with `category add`");
    }
    return std::move(*found);
}

result<std::vector<category>> category_records::list() {
    TRY_ASSIGN(auto all,
               database_.list<category>(
                   "SELECT category, subcategory, name, workflow_id FROM Categories ORDER BY category, subcategory"));
    return all;
}

result<std::optional<category>> category_records::find(const category_code& code) {
    TRY_ASSIGN(auto found, database_.find<category>("SELECT category, subcategory, name, workflow_id FROM Categories "
                                                    "WHERE category = ?1 AND subcategory = ?2",
                                                    code.category, code.subcategory));
    return found;
}

result<std::vector<std::string>> category_records::complete_code(std::string_view prefix) {
    TRY_ASSIGN(auto found,
               database_.list<std::string>(
                   "SELECT category || '-' || subcategory FROM Categories "
                   "WHERE substr(category || '-' || subcategory, 1, length(?1)) = upper(?1) ORDER BY 1 LIMIT 200",
                   prefix));
    return found;
}

}  // namespace sluice::parts
