#include "apps/parts/model/structure_rules.hpp"

#include <fmt/format.h>
#include <tuple>
#include <utility>

namespace sluice::parts {

result<revision_key> find_revision(sqlite::connection& db, std::int64_t revision_id) {
    using columns = std::tuple<std::int64_t, std::string, std::int64_t, std::string>;
    TRY_ASSIGN(auto found, db.find<columns>("select part_id, number, version, status from Revisions join Parts "
                                            "using(part_id) where revision_id = ?1",
                                            revision_id));
    if (!found) {
        return fail(error_kind::not_found, fmt::format("there is no revision {}", revision_id));
    }
    auto& [part_id, number, version, status] = *found;
    TRY_ASSIGN(const auto parsed, parse_revision_status(status));
    return revision_key{.revision_id = revision_id,
                        .part_id = part_id,
                        .number = std::move(number),
                        .version = version,
                        .status = parsed};
}

result<revision_key> require_draft(sqlite::connection& db, std::int64_t revision_id) {
    TRY_ASSIGN(auto found, find_revision(db, revision_id));
    if (found.status != revision_status::draft) {
        return fail(error_kind::wrong_state,
                    fmt::format("{} v{} is {}, not a draft", found.number, found.version, to_text(found.status)),
                    found.status == revision_status::in_review ? "reject it first" : "revise it first");
    }
    return found;
}

result<std::string> number_of(sqlite::connection& db, std::int64_t part_id) {
    TRY_ASSIGN(auto found, db.find<std::string>("select number from Parts where part_id = ?1", part_id));
    if (!found) {
        return fail(error_kind::not_found, fmt::format("there is no part with the id {}", part_id));
    }
    return std::move(*found);
}

result<> read_snapshot::begin() {
    TRY_ASSIGN(auto holding, db_.prepare("select 1 from sqlite_schema"));
    TRY(holding.step());
    holding_.emplace(std::move(holding));
    return {};
}

}  // namespace sluice::parts
