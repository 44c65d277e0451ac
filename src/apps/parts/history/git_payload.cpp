#include "apps/parts/history/git_payload.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/csv/csv.hpp"
#include "base/text/iso_8601.hpp"

namespace sluice::parts {

namespace {

using json = nlohmann::ordered_json;

struct bom_line {
    std::string number;
    double quantity = 0;
    std::string reference;
    std::string note;

    static bom_line from_row(const sqlite::row& from) {
        return {.number = from.get<std::string>(0),
                .quantity = from.get<double>(1),
                .reference = from.get<std::string>(2),
                .note = from.get<std::string>(3)};
    }
};

result<std::string> make_bom(sqlite::connection& db, std::int64_t revision_id) {
    TRY_ASSIGN(const auto lines, db.list<bom_line>("SELECT p.number, r.quantity, r.reference, r.note "
                                                   "FROM Relationships r JOIN Parts p ON p.part_id = r.child_part_id "
                                                   "WHERE r.parent_revision_id = ?1 ORDER BY r.child_part_id",
                                                   revision_id));
    const base::csv_writer writer;
    std::string made;
    for (const bom_line& each : lines) {
        const std::string fields[] = {each.number, fmt::format("{}", each.quantity), each.reference, each.note};
        made += writer.record(fields);
        made.replace(made.size() - 2, 2, "\n");  // a line ends with LF in git
    }
    return made.empty() ? made : "number,quantity,reference,note\n" + made;
}

result<json> make_approvals(sqlite::connection& db, const revision& which) {
    json all = json::array();
    TRY(db.each(
        "SELECT revision_id, review_round, approver, status, comment, date FROM Approvals "
        "WHERE revision_id = ?1 AND review_round = ?2 ORDER BY approver",
        [&](const sqlite::row& from) {
            const approval each = approval::from_row(from);
            all.push_back({{"approver", each.approver},
                           {"status", to_text(each.status)},
                           {"comment", each.comment},
                           {"date", each.date ? json(base::to_iso_8601(*each.date)) : json()}});
        },
        which.revision_id, which.review_round));
    return all;
}

json make_dates(const revision& which, bool is_written) {
    json dates{{"created", base::to_iso_8601(which.created_date)}};
    const auto add = [&](const char* name, const std::optional<std::int64_t>& date) {
        if (is_written && date) {
            dates[name] = base::to_iso_8601(*date);
        }
    };
    add("submitted", which.submitted_date);
    add("released", which.released_date);
    add("obsoleted", which.obsoleted_date);
    return dates;
}

result<std::string> make_part(sqlite::connection& db, const part& of, const revision& which,
                              const std::vector<attached_file>& attached) {
    const bool is_final = which.status == revision_status::released || which.status == revision_status::obsolete;
    json made{{"number", of.number},
              {"name", which.name},
              {"description", which.description},
              {"category", of.category + "-" + of.subcategory},
              {"version", which.version},
              {"status", to_text(is_final ? which.status : revision_status::draft)},
              {"author", which.author},
              {"dates", make_dates(which, is_final)},
              {"properties", json::object()},
              {"files", json::array()}};
    TRY(db.each(
        "SELECT key, value FROM Properties WHERE revision_id = ?1 ORDER BY key",
        [&](const sqlite::row& from) { made["properties"][from.get<std::string>(0)] = from.get<std::string>(1); },
        which.revision_id));
    for (const attached_file& each : attached) {
        made["files"].push_back({{"name", each.name}, {"sha256", each.sha256}, {"size", each.size_bytes}});
    }
    if (is_final) {
        TRY_ASSIGN(made["approvals"], make_approvals(db, which));
    }
    return made.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

result<std::vector<git_file>> git_payload(sqlite::connection& db, const part& of, const revision& which) {
    TRY_ASSIGN(
        const auto attached,
        db.list<attached_file>("SELECT name, size_bytes, sha256, blob FROM Files WHERE revision_id = ?1 ORDER BY name",
                               which.revision_id));
    TRY_ASSIGN(std::string part_json, make_part(db, of, which, attached));
    TRY_ASSIGN(std::string bom, make_bom(db, which.revision_id));
    std::vector<git_file> files;
    files.push_back({.path = "part.json", .content = std::move(part_json), .blob = {}});
    if (!bom.empty()) {
        files.push_back({.path = "bom.csv", .content = std::move(bom), .blob = {}});
    }
    for (const attached_file& each : attached) {
        files.push_back({.path = "files/" + each.name, .content = {}, .blob = each.blob});
    }
    return files;
}

}  // namespace sluice::parts
