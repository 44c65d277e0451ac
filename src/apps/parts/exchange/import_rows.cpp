#include "apps/parts/exchange/import_rows.hpp"

#include <fmt/format.h>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/csv/csv.hpp"

namespace sluice::parts {

namespace {

using nlohmann::json;

constexpr std::string_view property_prefix = "property:";

enum column : std::size_t {
    number,
    category,
    name,
    description,
    status,
    version,
    manufacturer,
    mpn,
    manufacturer_status,
    manufacturer_description,
    columns_end
};

std::vector<base::csv_column> part_columns() {
    std::vector<base::csv_column> columns;
    for (const auto* each : {"number", "category", "name", "description", "status", "version", "manufacturer", "mpn",
                             "manufacturer_status", "manufacturer_description"}) {
        columns.push_back({.name = each, .is_required = false});
    }
    return columns;
}

// The project's form of a text: lines end with LF, whatever the spreadsheet writes.
std::string text_of(std::string_view field) {
    std::string text;
    for (std::size_t at = 0; at < field.size(); ++at) {
        if (field[at] != '\r') {
            text += field[at];
        } else if (at + 1 == field.size() || field[at + 1] != '\n') {
            text += '\n';
        }
    }
    return text;
}

std::optional<std::string> text_if(const base::csv_record& from, std::size_t at) {
    return from.has(at) ? std::optional(text_of(from[at])) : std::nullopt;
}

import_row part_row(const base::csv_record& from) {
    import_row row{.line = from.line,
                   .number = std::string(from[number]),
                   .category = std::string(from[category]),
                   .name = std::string(from[name]),
                   .description = text_if(from, description),
                   .properties = {},
                   .manufacturer_parts = {}};
    for (std::size_t at = columns_end; at < from.columns.size(); ++at) {
        row.properties.emplace(from.columns[at].name.substr(property_prefix.size()), text_of(from[at]));
    }
    if (!from[manufacturer].empty() || !from[mpn].empty()) {
        row.manufacturer_parts.push_back({.manufacturer = std::string(from[manufacturer]),
                                          .mpn = std::string(from[mpn]),
                                          .status = std::string(from[manufacturer_status]),
                                          .description = text_if(from, manufacturer_description)});
    }
    return row;
}

// Reads texts only: a number or a list in place of a text is an error, not converted.
class json_part {
  public:
    json_part(const json& from, std::size_t index) : from_(from), index_(index) {}

    result<import_row> read() const {
        if (!from_.is_object()) {
            return refuse("is no object");
        }
        import_row row{.line = index_,
                       .number = {},
                       .category = {},
                       .name = {},
                       .description = {},
                       .properties = {},
                       .manufacturer_parts = {}};
        TRY_ASSIGN(row.number, text(from_, "number"));
        TRY_ASSIGN(row.category, text(from_, "category"));
        TRY_ASSIGN(row.name, text(from_, "name"));
        TRY_ASSIGN(row.description, optional_text(from_, "description"));
        TRY_ASSIGN(const auto properties, member(from_, "properties", json::value_t::object));
        if (properties != nullptr) {
            for (const auto& each : properties->items()) {
                TRY_ASSIGN(row.properties[each.key()], text(*properties, each.key()));
            }
        }
        TRY_ASSIGN(const auto bought, member(from_, "manufacturer_parts", json::value_t::array));
        for (std::size_t at = 0; bought != nullptr && at < bought->size(); ++at) {
            TRY_ASSIGN(auto each, manufacturer_part_of((*bought)[at]));
            row.manufacturer_parts.push_back(std::move(each));
        }
        return row;
    }

  private:
    [[nodiscard]] std::unexpected<error> refuse(std::string_view what) const {
        return fail(error_kind::invalid, fmt::format("part {} of the JSON file {}", index_, what));
    }

    // Null: there is no such member.
    result<const json*> member(const json& of, const std::string& key, json::value_t type) const {
        const auto found = of.find(key);
        if (found == of.end() || found->is_null()) {
            return nullptr;
        }
        if (found->type() != type) {
            return refuse(fmt::format("has a \"{}\" that is no {}", key,
                                      type == json::value_t::string  ? "text"
                                      : type == json::value_t::array ? "list"
                                                                     : "object"));
        }
        return &*found;
    }

    result<std::optional<std::string>> optional_text(const json& of, const std::string& key) const {
        TRY_ASSIGN(const auto found, member(of, key, json::value_t::string));
        return found == nullptr ? std::optional<std::string>() : found->get<std::string>();
    }

    result<std::string> text(const json& of, const std::string& key) const {
        TRY_ASSIGN(auto found, optional_text(of, key));
        return std::move(found).value_or("");
    }

    result<imported_manufacturer_part> manufacturer_part_of(const json& from) const {
        if (!from.is_object()) {
            return refuse("has a manufacturer part that is no object");
        }
        imported_manufacturer_part made;
        TRY_ASSIGN(made.manufacturer, text(from, "manufacturer"));
        TRY_ASSIGN(made.mpn, text(from, "mpn"));
        TRY_ASSIGN(made.status, text(from, "status"));
        TRY_ASSIGN(made.description, optional_text(from, "description"));
        return made;
    }

    const json& from_;
    const std::size_t index_;
};

std::string named(const import_limits& limits) {
    return limits.source.empty() ? "the file" : limits.source;
}

}  // namespace

result<std::vector<import_row>> read_parts_csv(std::string_view content, const import_limits& limits) {
    std::vector<import_row> rows;
    base::csv_reader reader({.columns = part_columns(),
                             .open_prefix = property_prefix,
                             .source = limits.source,
                             .lines_max = limits.lines_max},
                            [&](const base::csv_record& from) -> sluice::result<> {
                                rows.push_back(part_row(from));
                                return {};
                            });
    TRY(reader.feed(content));
    TRY(reader.finish());
    return rows;
}

result<std::vector<import_bom_row>> read_bom_csv(std::string_view content, const import_limits& limits) {
    std::vector<import_bom_row> rows;
    base::csv_reader reader({.columns = {{.name = "parent"},
                                         {.name = "child"},
                                         {.name = "quantity"},
                                         {.name = "reference", .is_required = false},
                                         {.name = "note", .is_required = false}},
                             .open_prefix = {},
                             .source = limits.source,
                             .lines_max = limits.lines_max},
                            [&](const base::csv_record& from) -> sluice::result<> {
                                rows.push_back({.line = from.line,
                                                .parent = std::string(from[0]),
                                                .child = std::string(from[1]),
                                                .quantity = std::string(from[2]),
                                                .reference = text_if(from, 3),
                                                .note = text_if(from, 4)});
                                return {};
                            });
    TRY(reader.feed(content));
    TRY(reader.finish());
    return rows;
}

result<std::vector<import_row>> read_parts_json(std::string_view content, const import_limits& limits) {
    const auto all = json::parse(content, nullptr, false);
    if (all.is_discarded()) {
        return fail(error_kind::invalid, named(limits) + " is not JSON in UTF-8");
    }
    const auto parts = all.is_object() ? all.find("parts") : all.end();
    if (!all.is_object() || parts == all.end() || !parts->is_array()) {
        return fail(error_kind::invalid, named(limits) + " has no list \"parts\"");
    }
    if (parts->size() > limits.lines_max) {
        return fail(error_kind::invalid, fmt::format("{} has more than {} parts", named(limits), limits.lines_max));
    }
    std::vector<import_row> rows;
    for (const auto& each : *parts) {
        TRY_ASSIGN(auto row, json_part(each, rows.size() + 1).read());
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace sluice::parts
