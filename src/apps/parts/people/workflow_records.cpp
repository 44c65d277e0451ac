#include "apps/parts/people/workflow_records.hpp"

#include <fmt/format.h>

#include "apps/parts/people/category_records.hpp"

namespace sluice::parts {

workflow_state workflow_state::from_row(const sqlite::row& from) {
    return {.state = from.get<std::string>(0),
            .status = parse_revision_status(from.get<std::string_view>(1)).value_or(revision_status::draft)};
}

workflow_transition workflow_transition::from_row(const sqlite::row& from) {
    workflow_transition read{
        .from_state = from.get<std::string>(0), .to_state = from.get<std::string>(1), .required = {}};
    if (const auto required = from.get<std::optional<std::string>>(2)) {
        read.required = parse_role(*required).value_or(role::admin);
    }
    return read;
}

result<std::int64_t> workflow_records::create(const workflow& made) {
    TRY(check_workflow(made));
    return database_.transaction([&](sqlite::connection& db) -> result<std::int64_t> {
        TRY_ASSIGN(const auto known, db.find<std::int64_t>("SELECT 1 FROM Workflows WHERE name = ?1", made.name));
        if (known) {
            return fail(error_kind::exists, fmt::format("workflow {} exists already", made.name));
        }
        TRY(db.run("INSERT INTO Workflows(name, description) VALUES(?1, ?2)", made.name, made.description));
        const std::int64_t workflow_id = db.last_insert_id();
        std::int64_t position = 0;
        for (const workflow_state& each : made.states) {
            TRY(db.run("INSERT INTO WorkflowStates(workflow_id, state, status, position) VALUES(?1, ?2, ?3, ?4)",
                       workflow_id, each.state, to_text(each.status), ++position));
        }
        for (const workflow_transition& each : made.transitions) {
            const auto required =
                each.required ? std::optional<std::string>(to_text(*each.required)) : std::optional<std::string>();
            TRY(db.run(
                "INSERT INTO WorkflowTransitions(workflow_id, from_state, to_state, role) VALUES(?1, ?2, ?3, ?4)",
                workflow_id, each.from_state, each.to_state, required));
        }
        return workflow_id;
    });
}

result<workflow> workflow_records::get(std::string_view name) {
    TRY_ASSIGN(const auto found,
               database_.find<std::int64_t>("SELECT workflow_id FROM Workflows WHERE name = ?1", name));
    if (!found) {
        return fail(error_kind::not_found, fmt::format("workflow {} does not exist", name),
                    "`workflow list` shows what there is");
    }
    return load(*found);
}

result<workflow> workflow_records::get_of(const category_code& code) {
    TRY_ASSIGN(const category its, category_records(database_).get(code));
    return load(its.workflow_id);
}

result<std::vector<workflow>> workflow_records::list() {
    TRY_ASSIGN(const auto ids, database_.list<std::int64_t>("SELECT workflow_id FROM Workflows ORDER BY name"));
    std::vector<workflow> all;
    for (const std::int64_t id : ids) {
        TRY_ASSIGN(auto one, load(id));
        all.push_back(std::move(one));
    }
    return all;
}

result<workflow> workflow_records::load(std::int64_t workflow_id) {
    return database_.execute([&](sqlite::connection& db) -> result<workflow> {
        workflow read{.workflow_id = workflow_id};
        TRY(db.each(
            "SELECT name, description FROM Workflows WHERE workflow_id = ?1",
            [&](const sqlite::row& from) {
                read.name = from.get<std::string>(0);
                read.description = from.get<std::string>(1);
            },
            workflow_id));
        TRY_ASSIGN(read.states, db.list<workflow_state>(
                                    "SELECT state, status FROM WorkflowStates WHERE workflow_id = ?1 ORDER BY position",
                                    workflow_id));
        TRY_ASSIGN(read.transitions,
                   db.list<workflow_transition>("SELECT from_state, to_state, role FROM WorkflowTransitions "
                                                "WHERE workflow_id = ?1 ORDER BY from_state, to_state",
                                                workflow_id));
        return read;
    });
}

result<> workflow_records::assign(const category_code& code, std::string_view name) {
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY(category_records(database_).get(code));
        TRY_ASSIGN(const workflow its, get(name));
        TRY(db.run("UPDATE Categories SET workflow_id = ?3 WHERE category = ?1 AND subcategory = ?2", code.category,
                   code.subcategory, its.workflow_id));
        TRY(
            db.run("UPDATE Revisions SET workflow_state = (SELECT state FROM WorkflowStates s WHERE s.workflow_id = ?3 "
                   "AND s.status = Revisions.status ORDER BY position LIMIT 1) "
                   "WHERE part_id IN (SELECT part_id FROM Parts WHERE category = ?1 AND subcategory = ?2) "
                   "AND NOT EXISTS(SELECT 1 FROM WorkflowStates s WHERE s.workflow_id = ?3 "
                   "AND s.status = Revisions.status AND s.state = Revisions.workflow_state)",
                   code.category, code.subcategory, its.workflow_id));
        return {};
    });
}

}  // namespace sluice::parts
