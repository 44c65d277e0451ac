#include "apps/parts/exchange/import_plan.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "apps/parts/contents/property_records.hpp"
#include "apps/parts/model/text_rules.hpp"
#include "apps/parts/people/category_records.hpp"
#include "base/text/utf8.hpp"

namespace sluice::parts {

namespace {

constexpr std::size_t shown_bytes_max = 100;  // bytes of a value shown in a problem

std::string shortened(std::string_view value) {
    const auto shown = base::whole_characters(value, shown_bytes_max);
    return std::string(shown) + (shown.size() < value.size() ? "…" : "");
}

bool says_nothing_else(const import_row& row) {
    return row.name.empty() && row.description.value_or("").empty() &&
           std::ranges::all_of(row.properties, [](const auto& each) { return each.second.empty(); });
}

}  // namespace

// The newest revision in the database.
struct part_plan::known_part {
    std::int64_t part_id = 0;
    std::string code;
    std::string name;
    std::string description;
    std::map<std::string, std::string> properties;
    std::int64_t version = 0;
    revision_status status = revision_status::draft;
};

void import_findings::add(std::size_t line, std::string_view column, std::string_view value, std::string reason) {
    if (report_.problems.size() == problems_max_) {
        report_.has_more_problems = true;
        return;
    }
    report_.problems.push_back(
        {.line = line, .column = std::string(column), .value = shortened(value), .reason = std::move(reason)});
}

bool import_findings::take(const result<>& checked, std::size_t line, std::string_view column, std::string_view value) {
    if (!checked) {
        const auto& cause = checked.error();
        add(line, column, value, cause.hint.empty() ? cause.message : cause.message + "; " + cause.hint);
    }
    return checked.has_value();
}

result<> part_plan::add(const import_row& row) {
    ++found_.report().rows;
    if (!check_texts(row)) {
        return {};
    }
    return row.number.empty() ? add_new(row) : add_known(row);
}

bool part_plan::check_texts(const import_row& row) {
    bool is_good = row.name.empty() || found_.take(check_text(row.name, part_name_rule), row.line, "name", row.name);
    if (row.description) {
        is_good &=
            found_.take(check_text(*row.description, description_rule), row.line, "description", *row.description);
    }
    for (const auto& [key, value] : row.properties) {
        is_good &= found_.take(check_text(key, property_key_rule), row.line, "property:" + key, key);
        is_good &= found_.take(check_text(value, property_value_rule), row.line, "property:" + key, value);
    }
    if (std::cmp_greater(row.properties.size(), properties_max)) {
        found_.add(row.line, "", "", fmt::format("more than {} properties", properties_max));
        is_good = false;
    }
    return is_good;
}

result<> part_plan::add_new(const import_row& row) {
    const auto code = parse_category(row.category);
    found_.take(code ? result<>() : std::unexpected(code.error()), row.line, "category", row.category);
    if (row.name.empty()) {
        found_.add(row.line, "name", "", "a new part needs a name");
    }
    step made{.line = row.line, .number = {}, .code = {}, .change = {}, .in_draft = true};
    made.change.name = row.name;
    made.change.description = row.description.value_or("");
    for (const auto& [key, value] : row.properties) {
        if (!value.empty()) {
            made.change.properties.emplace(key, value);
        }
    }
    TRY(add_manufacturers(row, 0, made));
    if (code) {
        made.code = *code;
        TRY(note_category(*code));
    }
    steps_.push_back(std::move(made));
    return {};
}

result<> part_plan::add_known(const import_row& row) {
    const auto number = parse_number(row.number);
    if (!found_.take(number ? result<>() : std::unexpected(number.error()), row.line, "number", row.number)) {
        return {};
    }
    TRY_ASSIGN(const auto known, find(*number));
    if (!known) {
        found_.add(row.line, "number", row.number, "there is no such part; leave the number empty for a new one");
        return {};
    }
    const auto code = parse_category(row.category.empty() ? known->code : row.category);
    if (!code || to_text(*code) != known->code) {
        found_.add(row.line, "category", row.category,
                   fmt::format("{} is of the category {}, which does not change", *number, known->code));
    }
    if (const auto seen = by_number_.find(*number); seen != by_number_.end()) {
        if (!says_nothing_else(row) || row.manufacturer_parts.empty()) {
            found_.add(row.line, "number", row.number,
                       fmt::format("stands in line {} already; another row may only add a manufacturer part",
                                   steps_[seen->second].line));
            return {};
        }
        return add_manufacturers(row, known->part_id, steps_[seen->second]);
    }
    step made{.line = row.line, .number = *number, .code = code.value_or(category_code{}), .change = {}};
    TRY(compare(row, *known, made));
    TRY(add_manufacturers(row, known->part_id, made));
    by_number_.emplace(*number, steps_.size());
    steps_.push_back(std::move(made));
    return {};
}

result<> part_plan::compare(const import_row& row, const known_part& known, step& made) {
    made.change.name = row.name.empty() ? known.name : row.name;
    made.change.description = row.description.value_or(known.description);
    made.change.properties = known.properties;
    if (made.change.name != known.name) {
        note_difference(row, known, made, "name", row.name);
    }
    if (made.change.description != known.description) {
        note_difference(row, known, made, "description", made.change.description);
    }
    for (const auto& [key, value] : row.properties) {
        const auto present = known.properties.find(key);
        if ((present == known.properties.end() ? std::string_view() : std::string_view(present->second)) == value) {
            continue;  // also if the property exists and is empty
        }
        note_difference(row, known, made, "property:" + key, value);
        if (value.empty()) {
            made.change.properties.erase(key);
        } else {
            made.change.properties[key] = value;
        }
    }
    return {};
}

void part_plan::note_difference(const import_row& row, const known_part& known, step& made, std::string_view column,
                                std::string_view value) {
    made.in_draft = true;
    if (known.status != revision_status::draft) {
        found_.add(row.line, column, value,
                   fmt::format("{} has no open draft to change: v{} is {}", made.number, known.version,
                               to_text(known.status)));
    }
}

result<> part_plan::add_manufacturers(const import_row& row, std::int64_t part_id, step& made) {
    for (const auto& each : row.manufacturer_parts) {
        manufacturer_part wanted{.part_id = part_id,
                                 .manufacturer = each.manufacturer,
                                 .mpn = each.mpn,
                                 .status = manufacturer_status::active,
                                 .description = each.description.value_or("")};
        if (!found_.take(check_manufacturer_part(wanted), row.line, "mpn", each.manufacturer + " " + each.mpn)) {
            continue;
        }
        TRY_ASSIGN(const auto present, db_.find<manufacturer_part>(
                                           "select part_id, manufacturer, mpn, status, description from "
                                           "ManufacturerParts where part_id = ?1 and manufacturer = ?2 and mpn = ?3",
                                           part_id, each.manufacturer, each.mpn));
        if (present) {
            wanted.status = present->status;
            wanted.description = each.description.value_or(present->description);
        }
        if (!each.status.empty()) {
            const auto status = parse_manufacturer_status(each.status);
            if (!found_.take(status ? result<>() : std::unexpected(status.error()), row.line, "manufacturer_status",
                             each.status)) {
                continue;
            }
            wanted.status = *status;
        }
        const bool is_second = wanted.status == manufacturer_status::preferred &&
                               std::ranges::any_of(made.change.manufacturer_parts, [](const auto& other) {
                                   return other.status == manufacturer_status::preferred;
                               });
        if (is_second) {
            found_.add(row.line, "manufacturer_status", each.status, "a second Preferred one of the same part");
        }
        if (!present || present->status != wanted.status || present->description != wanted.description) {
            made.change.manufacturer_parts.push_back(std::move(wanted));
        }
    }
    return {};
}

result<> part_plan::note_category(const category_code& code) {
    if (!categories_.insert(to_text(code)).second) {
        return {};
    }
    TRY_ASSIGN(const auto present, db_.find<int>("select 1 from Categories where category = ?1 and subcategory = ?2",
                                                 code.category, code.subcategory));
    if (!present) {
        found_.report().new_categories.push_back(to_text(code));
    }
    return {};
}

result<std::optional<part_plan::known_part>> part_plan::find(const std::string& number) {
    std::optional<known_part> known;
    std::int64_t revision_id = 0;
    TRY(db_.each(
        "select part_id, category || '-' || subcategory, v.name, v.description, version, status, revision_id from "
        "Parts p "
        "join Revisions v using(part_id) where number = ?1 order by version desc limit 1",
        [&](const sqlite::row& from) {
            known = known_part{
                .part_id = from.get<std::int64_t>(0),
                .code = from.get<std::string>(1),
                .name = from.get<std::string>(2),
                .description = from.get<std::string>(3),
                .properties = {},
                .version = from.get<std::int64_t>(4),
                .status = parse_revision_status(from.get<std::string_view>(5)).value_or(revision_status::obsolete)};
            revision_id = from.get<std::int64_t>(6);
        },
        number));
    TRY(db_.each(
        "select key, value from Properties where revision_id = ?1",
        [&](const sqlite::row& from) { known->properties.emplace(from.get<std::string>(0), from.get<std::string>(1)); },
        revision_id));
    return known;
}

import_report& part_plan::finish() {
    auto& report = found_.report();
    for (const auto& each : steps_) {
        if (each.number.empty()) {
            ++report.created;
        } else if (each.in_draft || !each.change.manufacturer_parts.empty()) {
            ++report.changed;
        } else {
            ++report.unchanged;
        }
    }
    return report;
}

}  // namespace sluice::parts
