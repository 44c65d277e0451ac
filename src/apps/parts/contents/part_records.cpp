#include "apps/parts/contents/part_records.hpp"

#include <charconv>
#include <fmt/format.h>

#include "apps/parts/model/text_rules.hpp"

namespace sluice::parts {

namespace {

constexpr std::string_view select_part =
    "SELECT part_id, number, category, subcategory, name, description, created_by, created_date, modified_date "
    "FROM Parts p ";

// Revisions from the highest released version on are live; without one only the newest is.
constexpr std::string_view where_filtered =
    "WHERE p.part_id > ?1 AND (?2 = '' OR p.category = ?2) AND (?3 = '' OR p.subcategory = ?3) "
    "AND (?4 = '' OR EXISTS(SELECT 1 FROM Revisions r WHERE r.part_id = p.part_id AND r.status = ?4 AND r.version >= "
    "coalesce((SELECT max(version) FROM Revisions WHERE part_id = p.part_id AND status = 'Released'), "
    "(SELECT max(version) FROM Revisions WHERE part_id = p.part_id)))) "
    "AND (?5 = '' OR p.number LIKE ?5 ESCAPE '\\' OR p.name LIKE ?5 ESCAPE '\\' OR p.description LIKE ?5 ESCAPE '\\') "
    "ORDER BY p.part_id LIMIT ?6";

// A LIKE pattern for "contains".
std::string pattern_of(std::string_view text) {
    if (text.empty()) {
        return {};
    }
    std::string pattern = "%";
    for (const char each : text) {
        if (each == '%' || each == '_' || each == '\\') {
            pattern.push_back('\\');
        }
        pattern.push_back(each);
    }
    return pattern + "%";
}

// The counter at the end of a number that parse_number() returned.
std::int64_t id_of(std::string_view number) {
    constexpr std::size_t category_size = 7;
    std::int64_t id = 0;
    std::from_chars(number.data() + category_size, number.data() + number.size(), id);
    return id;
}

}  // namespace

result<part> part_records::create(const new_part& wanted) {
    TRY(check_text(wanted.name, part_name_rule));
    TRY(check_text(wanted.description, description_rule));
    return database_.transaction([&](sqlite::connection& db) -> result<part> {
        TRY_ASSIGN(const auto part_id,
                   db.get<std::int64_t>(
                       "UPDATE PartSequence SET next_value = next_value + 1 WHERE id = 1 RETURNING next_value - 1"));
        part made{.part_id = part_id,
                  .number = fmt::format("{}-{}-{}", wanted.category.category, wanted.category.subcategory, part_id),
                  .category = wanted.category.category,
                  .subcategory = wanted.category.subcategory,
                  .name = wanted.name,
                  .description = wanted.description,
                  .created_by = wanted.created_by,
                  .created_date = wanted.now_ms,
                  .modified_date = wanted.now_ms};
        TRY(
            db.run("INSERT INTO Parts(part_id, number, category, subcategory, name, description, created_by, "
                   "created_date, modified_date) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
                   made.part_id, made.number, made.category, made.subcategory, made.name, made.description,
                   made.created_by, made.created_date));
        return made;
    });
}

result<part> part_records::get(std::string_view number) {
    TRY_ASSIGN(const std::string parsed, parse_number(number));
    TRY_ASSIGN(auto found, database_.find<part>(std::string(select_part) + "WHERE number = ?1", parsed));
    if (!found) {
        return fail(error_kind::not_found, fmt::format("part {} does not exist", parsed), "`list` shows what there is");
    }
    return std::move(*found);
}

result<part> part_records::get(std::int64_t part_id) {
    TRY_ASSIGN(auto found, database_.find<part>(std::string(select_part) + "WHERE part_id = ?1", part_id));
    if (!found) {
        return fail(error_kind::not_found, fmt::format("the part with the id {} does not exist", part_id));
    }
    return std::move(*found);
}

result<std::vector<part>> part_records::list(const part_filter& filter) {
    std::int64_t after = 0;
    if (!filter.after_number.empty()) {
        TRY_ASSIGN(const std::string number, parse_number(filter.after_number));
        after = id_of(number);
    }
    category_code code;
    if (!filter.category.empty()) {
        TRY_ASSIGN(code, parse_category(filter.category));
        if (filter.category.size() == 2) {
            code.subcategory.clear();
        }
    }
    const std::string_view status = filter.status ? to_text(*filter.status) : std::string_view();
    TRY_ASSIGN(auto found, database_.list<part>(std::string(select_part) + std::string(where_filtered), after,
                                                code.category, code.subcategory, status, pattern_of(filter.text),
                                                filter.limit < 0 ? 0 : filter.limit));
    return found;
}

result<> part_records::set_modified(std::int64_t part_id, std::int64_t now_ms) {
    TRY(database_.run("UPDATE Parts SET modified_date = ?2 WHERE part_id = ?1", part_id, now_ms));
    return {};
}

result<> part_records::follow_newest_revision(std::int64_t part_id, std::int64_t now_ms) {
    TRY(
        database_.run("UPDATE Parts SET (name, description) = (SELECT name, description FROM Revisions "
                      "WHERE part_id = ?1 ORDER BY version DESC LIMIT 1), modified_date = ?2 WHERE part_id = ?1",
                      part_id, now_ms));
    return {};
}

result<std::vector<std::string>> part_records::complete_number(std::string_view prefix) {
    TRY_ASSIGN(auto found,
               database_.list<std::string>("SELECT number FROM Parts WHERE substr(number, 1, length(?1)) = upper(?1) "
                                           "ORDER BY number LIMIT 200",
                                           prefix));
    return found;
}

}  // namespace sluice::parts
