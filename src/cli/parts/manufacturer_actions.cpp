// mfr add, list, set, remove.
#include <algorithm>
#include <fmt/format.h>

#include "apps/parts/actions/part_service_structure.hpp"
#include "apps/parts/contents/manufacturer_part_records.hpp"
#include "cli/parts/parts_call.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/table.hpp"

namespace sluice::cli {

using parts::error_kind;

namespace {

// The given fields; fields not given stay unchanged.
parts::result<parts::manufacturer_request> request_of(const parsed_command& given) {
    parts::manufacturer_request wanted{.manufacturer = given.text("MANUFACTURER"), .mpn = given.text("MPN")};
    if (given.has("status")) {
        TRY_ASSIGN(wanted.status, parts::parse_manufacturer_status(given.text("status")));
    }
    if (given.has("description")) {
        wanted.description = given.text("description");
    }
    return wanted;
}

// Writes one that must exist (`is_there`), or must not.
parts::result<int> write(parts_call& call, bool is_there) {
    TRY_ASSIGN(const auto part, call.part());
    TRY_ASSIGN(const auto wanted, request_of(call.given));
    const auto name = wanted.manufacturer + " " + wanted.mpn;
    TRY(call.database().transaction([&](sqlite::connection&) -> parts::result<> {
        TRY_ASSIGN(const auto all, parts::manufacturer_part_records(call.database()).list(part.part_id));
        const bool was_there = std::ranges::any_of(all, [&](const parts::manufacturer_part& each) {
            return each.manufacturer == wanted.manufacturer && each.mpn == wanted.mpn;
        });
        if (was_there != is_there) {
            return parts::fail(was_there ? error_kind::exists : error_kind::not_found,
                               fmt::format("{} has {} {}", part.number, was_there ? "already" : "no", name),
                               was_there ? "`mfr set` changes it" : "`mfr add` adds it");
        }
        auto manager = call.project.parts();
        parts::structure_management structure(call.database(), manager, call.project.time());
        return structure.set_manufacturer_part(part.number, wanted);
    }));
    TRY(write_output(fmt::format("{}: {}\n", part.number, name)));
    return 0;
}

parts::result<int> add_manufacturer(parts_call& call) {
    return write(call, false);
}

parts::result<int> set_manufacturer(parts_call& call) {
    if (!call.given.has("status") && !call.given.has("description")) {
        return parts::fail(error_kind::invalid, "nothing to change", "--status or --description");
    }
    return write(call, true);
}

parts::result<int> remove_manufacturer(parts_call& call) {
    TRY_ASSIGN(const auto part, call.part());
    TRY_ASSIGN(const auto wanted, request_of(call.given));
    auto manager = call.project.parts();
    parts::structure_management structure(call.database(), manager, call.project.time());
    TRY(structure.remove_manufacturer_part(part.number, wanted.manufacturer, wanted.mpn));
    TRY(write_output(fmt::format("{}: without {} {}\n", part.number, wanted.manufacturer, wanted.mpn)));
    return 0;
}

parts::result<int> list_manufacturers(parts_call& call) {
    TRY_ASSIGN(const auto part, call.part());
    TRY_ASSIGN(const auto all, parts::manufacturer_part_records(call.database()).list(part.part_id));
    json_array document;
    table rows({{.header = "MANUFACTURER"}, {.header = "MPN"}, {.header = "STATUS"}, {.header = "DESCRIPTION"}});
    for (const auto& each : all) {
        document.emplace_back(json_object{{"manufacturer", each.manufacturer},
                                          {"mpn", each.mpn},
                                          {"status", to_text(each.status)},
                                          {"description", each.description}});
        const auto sense = each.status == parts::manufacturer_status::preferred ? meaning::good : meaning::plain;
        rows.add({each.manufacturer, each.mpn, {std::string(to_text(each.status)), sense}, one_line(each.description)});
    }
    TRY(write_output(call.wants_json() ? json_text(document) : rows.is_empty() ? "" : rows.text(call.style)));
    return 0;
}

constexpr parts_action actions[] = {{.words = "mfr add", .run = add_manufacturer, .need = parts_need::changing},
                                    {.words = "mfr set", .run = set_manufacturer, .need = parts_need::changing},
                                    {.words = "mfr remove", .run = remove_manufacturer, .need = parts_need::changing},
                                    {.words = "mfr list", .run = list_manufacturers}};

}  // namespace

std::span<const parts_action> manufacturer_actions() {
    return actions;
}

}  // namespace sluice::cli
