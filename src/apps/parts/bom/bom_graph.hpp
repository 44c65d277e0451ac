// bom_graph.hpp - the parts reachable from one part, down or up, as a graph in memory.
//
// Use:     TRY_ASSIGN(const auto graph, load_below(db, revision_id));   // nodes[0] is where it starts
//          TRY_ASSIGN(const auto order, topological_order(db, graph));  // parents first
// Shapes:  node.lines leads to the nodes one step further: children of load_below(), parents of load_above(). They are
//          sorted by number.
// Cost:    two prepared statements for each part, in one pass.
// Errors:  cycle, with the parts of the circle; not_found; storage.
// Threads: the thread of the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "sqlite/connection/connection.hpp"

namespace sluice::parts {

struct graph_line {
    std::size_t node = 0;
    double quantity = 1;
    std::string reference;
    std::string note;
};

struct graph_node {
    std::int64_t part_id = 0;
    std::int64_t revision_id = 0;
    std::string number;
    std::string name;
    std::int64_t version = 0;
    revision_status status = revision_status::draft;
    std::vector<graph_line> lines;
};

using bom_graph = std::vector<graph_node>;

// SQL for the effective revision of the part ?1.
// The two maxima are found in the index; ordering by status would sort the revisions of each part.
inline constexpr std::string_view effective_sql =
    "select revision_id, part_id, number, v.name, version, status from Revisions v join Parts using(part_id) "
    "where part_id = ?1 and version = coalesce("
    "(select max(version) from Revisions where part_id = ?1 and status = 'Released'), "
    "(select max(version) from Revisions where part_id = ?1))";

result<bom_graph> load_below(sqlite::connection& db, std::int64_t revision_id);
result<bom_graph> load_above(sqlite::connection& db, std::int64_t part_id);

result<std::vector<std::size_t>> topological_order(sqlite::connection& db, const bom_graph& graph);

}  // namespace sluice::parts
