#include "cli/parts/show.hpp"

#include <fmt/format.h>
#include <map>

#include "apps/parts/contents/file_records.hpp"
#include "apps/parts/contents/manufacturer_part_records.hpp"
#include "apps/parts/contents/property_records.hpp"
#include "apps/parts/contents/revision_records.hpp"
#include "apps/parts/model/structure_rules.hpp"
#include "apps/parts/people/approval_records.hpp"
#include "base/text/display_width.hpp"
#include "base/text/iso_8601.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/table.hpp"

namespace sluice::cli {

namespace {

// All data shown, from one snapshot.
struct whole_part {
    parts::part part;
    parts::revision revision;
    std::map<std::string, std::string> properties;
    std::vector<parts::attached_file> files;
    std::vector<parts::manufacturer_part> manufacturers;
    std::vector<parts::approval> approvals;  // approvals of the last review
    std::vector<parts::revision> revisions;
};

parts::result<whole_part> read_part(parts_call& call) {
    auto& database = call.database();
    return database.execute([&](sqlite::connection& db) -> parts::result<whole_part> {
        parts::read_snapshot moment(db);
        TRY(moment.begin());
        whole_part all;
        TRY_ASSIGN(all.part, call.part());
        TRY_ASSIGN(all.revision, call.revision(all.part));
        TRY_ASSIGN(all.properties, parts::property_records(database).list(all.revision.revision_id));
        TRY_ASSIGN(all.files, parts::list_files(database, all.revision.revision_id));
        TRY_ASSIGN(all.manufacturers, parts::manufacturer_part_records(database).list(all.part.part_id));
        TRY_ASSIGN(all.approvals, parts::approval_records(database).list(
                                      {.revision_id = all.revision.revision_id, .round = all.revision.review_round}));
        TRY_ASSIGN(all.revisions, parts::revision_records(database).list(all.part.part_id));
        return all;
    });
}

std::optional<std::string> date_text(const std::optional<std::int64_t>& date) {
    return date ? std::optional(base::to_iso_8601(*date)) : std::nullopt;
}

json_object to_json(const whole_part& all) {
    const auto& [part, revision, properties, files, manufacturers, approvals, revisions] = all;
    json_object said;
    for (const auto& [key, value] : properties) {
        said.push_back({key, value});
    }
    json_array attached;
    for (const auto& each : files) {
        attached.emplace_back(json_object{{"name", each.name}, {"size", each.size_bytes}, {"sha256", each.sha256}});
    }
    json_array bought;
    for (const auto& each : manufacturers) {
        bought.emplace_back(json_object{{"manufacturer", each.manufacturer},
                                        {"mpn", each.mpn},
                                        {"status", to_text(each.status)},
                                        {"description", each.description}});
    }
    json_array asked;
    for (const auto& each : approvals) {
        asked.emplace_back(json_object{{"user", each.approver},
                                       {"status", to_text(each.status)},
                                       {"comment", each.comment},
                                       {"date", date_text(each.date)}});
    }
    json_array versions;
    for (const auto& each : revisions) {
        versions.emplace_back(json_object{{"version", each.version},
                                          {"status", to_text(each.status)},
                                          {"author", each.author},
                                          {"created", base::to_iso_8601(each.created_date)},
                                          {"released", date_text(each.released_date)}});
    }
    return {{"number", part.number},
            {"name", revision.name},
            {"description", revision.description},
            {"category", part.category + "-" + part.subcategory},
            {"created_by", part.created_by},
            {"created", base::to_iso_8601(part.created_date)},
            {"modified", base::to_iso_8601(part.modified_date)},
            {"version", revision.version},
            {"status", to_text(revision.status)},
            {"state", revision.workflow_state},
            {"author", revision.author},
            {"submitted", date_text(revision.submitted_date)},
            {"released", date_text(revision.released_date)},
            {"obsoleted", date_text(revision.obsoleted_date)},
            {"commit", revision.commit_hash},
            {"properties", said},
            {"files", attached},
            {"manufacturer_parts", bought},
            {"approvals", asked},
            {"revisions", versions}};
}

void append_section(std::string& page, std::string_view title, const table& rows, const output_style& style) {
    if (!rows.is_empty()) {
        page.append("\n").append(painted(title, meaning::strong, style)).append("\n").append(rows.text(style));
    }
}

table unnamed_columns(std::size_t count) {
    return table(std::vector<table_column>(count));
}

std::string head_of(const whole_part& all, const output_style& style) {
    const auto& revision = all.revision;
    auto page = fmt::format("{} v{}  {}  {}\n", painted(all.part.number, meaning::strong, style), revision.version,
                            painted(to_text(revision.status), meaning_of(revision.status), style),
                            base::visible(revision.name));
    table facts = unnamed_columns(2);
    const auto add = [&facts](const char* what, const std::string& value) { facts.add({{what, meaning::dim}, value}); };
    if (revision.workflow_state != to_text(revision.status)) {
        add("state", revision.workflow_state);
    }
    add("author", revision.author);
    add("created", shown_time(revision.created_date));
    for (const auto& [what, date] : {std::pair{"submitted", revision.submitted_date},
                                     {"released", revision.released_date},
                                     {"obsolete since", revision.obsoleted_date}}) {
        if (date) {
            add(what, shown_time(*date));
        }
    }
    page += facts.text(style);
    if (!revision.description.empty()) {
        page.append("\n");
        for (std::string_view left = revision.description; !left.empty();) {
            const auto end = std::min(left.find('\n'), left.size());
            page.append(base::visible(left.substr(0, end))).append("\n");
            left.remove_prefix(std::min(end + 1, left.size()));
        }
    }
    return page;
}

std::string to_page(const whole_part& all, const output_style& style) {
    auto page = head_of(all, style);
    table said = unnamed_columns(2);
    for (const auto& [key, value] : all.properties) {
        said.add({{key, meaning::dim}, value});
    }
    append_section(page, "Properties", said, style);
    table files({{}, {.alignment = align::right}});
    for (const auto& each : all.files) {
        files.add({each.name, fmt::format("{} bytes", each.size_bytes)});
    }
    append_section(page, "Files", files, style);
    table bought = unnamed_columns(4);
    for (const auto& each : all.manufacturers) {
        bought.add({each.manufacturer, each.mpn, std::string(to_text(each.status)), each.description});
    }
    append_section(page, "Manufacturer parts", bought, style);
    table asked = unnamed_columns(3);
    for (const auto& each : all.approvals) {
        const auto sense = each.status == parts::approval_status::approved   ? meaning::good
                           : each.status == parts::approval_status::rejected ? meaning::bad
                                                                             : meaning::warning;
        asked.add({each.approver, {std::string(to_text(each.status)), sense}, one_line(each.comment)});
    }
    append_section(page, "Review", asked, style);
    table versions = unnamed_columns(4);
    for (const auto& each : all.revisions) {
        versions.add({fmt::format("v{}", each.version),
                      {std::string(to_text(each.status)), meaning_of(each.status)},
                      each.author,
                      shown_time(each.released_date.value_or(each.created_date))});
    }
    append_section(page, "Revisions", versions, style);
    return page;
}

}  // namespace

parts::result<int> show_part(parts_call& call) {
    TRY_ASSIGN(const auto all, read_part(call));
    TRY(write_output(call.wants_json() ? json_text(to_json(all)) : to_page(all, call.style)));
    return 0;
}

}  // namespace sluice::cli
