#include "apps/parts/bom/bom_graph.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>
#include <utility>

#include "apps/parts/contents/part_paths.hpp"

namespace sluice::parts {

namespace {

constexpr std::string_view given_sql =
    "select revision_id, part_id, number, v.name, version, status from Revisions v join Parts using(part_id) "
    "where revision_id = ?1";

constexpr std::string_view children_sql =
    "select child_part_id, quantity, reference, note from Relationships where parent_revision_id = ?1";

// Lines count only in the effective revision of the parent.
constexpr std::string_view parents_sql =
    "select v.part_id, r.quantity, r.reference, r.note from Relationships r "
    "join Revisions v on v.revision_id = r.parent_revision_id where r.child_part_id = ?1 and v.revision_id = "
    "(select revision_id from Revisions where part_id = v.part_id order by status = 'Released' desc, version desc "
    "limit 1)";

graph_node node_of(const sqlite::row& from) {
    return {.part_id = from.get<std::int64_t>(1),
            .revision_id = from.get<std::int64_t>(0),
            .number = from.get<std::string>(2),
            .name = from.get<std::string>(3),
            .version = from.get<std::int64_t>(4),
            .status = parse_revision_status(from.get<std::string_view>(5)).value_or(revision_status::draft),
            .lines = {}};
}

class loader {
  public:
    enum class direction : std::uint8_t { below, above };
    loader(sqlite::statement effective, sqlite::statement lines, direction towards)
        : effective_(std::move(effective)), lines_(std::move(lines)), towards_(towards) {}

    result<bom_graph> run(graph_node start) {
        index_.emplace(start.part_id, 0);
        graph_.push_back(std::move(start));
        for (std::size_t at = 0; at < graph_.size(); ++at) {
            TRY(read_lines(at));
        }
        for (auto& each : graph_) {
            std::ranges::sort(each.lines, {},
                              [&](const graph_line& line) -> const std::string& { return graph_[line.node].number; });
        }
        return std::move(graph_);
    }

  private:
    result<> read_lines(std::size_t at) {
        const auto& from = graph_[at];
        TRY(lines_.bind(towards_ == direction::below ? from.revision_id : from.part_id));
        std::vector<graph_line> read;
        for (;;) {
            TRY_ASSIGN(const bool found, lines_.step());
            if (!found) {
                break;
            }
            const auto row = lines_.current();
            TRY_ASSIGN(const auto node, node_index(row.get<std::int64_t>(0)));
            read.push_back({.node = node,
                            .quantity = row.get<double>(1),
                            .reference = row.get<std::string>(2),
                            .note = row.get<std::string>(3)});
            TRY(row.check());
        }
        graph_[at].lines = std::move(read);
        return {};
    }

    result<std::size_t> node_index(std::int64_t part_id) {
        const auto [found, is_new] = index_.try_emplace(part_id, graph_.size());
        if (!is_new) {
            return found->second;
        }
        TRY(effective_.bind(part_id));
        TRY_ASSIGN(const bool has_revision, effective_.step());
        if (!has_revision) {
            return fail(error_kind::not_found, fmt::format("the part with the id {} has no revision", part_id));
        }
        graph_.push_back(node_of(effective_.current()));
        effective_.reset();
        return graph_.size() - 1;
    }

    sqlite::statement effective_;
    sqlite::statement lines_;
    direction towards_;
    bom_graph graph_;
    std::unordered_map<std::int64_t, std::size_t> index_;
};

// Walks backwards from a node with unfollowed lines until a node repeats: the nodes between form a circle.
std::vector<std::int64_t> circle_of(const bom_graph& graph, const std::vector<std::size_t>& missing) {
    std::vector<std::size_t> previous(graph.size(), graph.size());  // per node: a predecessor with unfollowed lines
    for (std::size_t at = 0; at < graph.size(); ++at) {
        if (missing[at] == 0) {
            continue;
        }
        for (const auto& line : graph[at].lines) {
            previous[line.node] = at;
        }
    }
    auto at = static_cast<std::size_t>(std::ranges::find_if(missing, [](std::size_t count) { return count != 0; }) -
                                       missing.begin());
    for (std::size_t steps = 0; steps < graph.size(); ++steps) {
        at = previous[at];  // after graph.size() steps the walk is on a circle
    }
    std::vector<std::int64_t> circle{graph[at].part_id};
    for (auto before = previous[at]; before != at; before = previous[before]) {
        circle.push_back(graph[before].part_id);
    }
    circle.push_back(graph[at].part_id);
    std::ranges::reverse(circle);
    return circle;
}

result<bom_graph> load(sqlite::connection& db, graph_node start, loader::direction towards) {
    TRY_ASSIGN(auto effective, db.prepare(effective_sql));
    TRY_ASSIGN(auto lines, db.prepare(towards == loader::direction::below ? children_sql : parents_sql));
    return loader(std::move(effective), std::move(lines), towards).run(std::move(start));
}

result<graph_node> find_node(sqlite::connection& db, std::string_view sql, std::int64_t id, std::string_view what) {
    graph_node found;
    TRY(db.each(sql, [&](const sqlite::row& only) { found = node_of(only); }, id));
    if (found.part_id == 0) {
        return fail(error_kind::not_found, fmt::format("there is no {} {}", what, id));
    }
    return found;
}

}  // namespace

result<bom_graph> load_below(sqlite::connection& db, std::int64_t revision_id) {
    TRY_ASSIGN(auto start, find_node(db, given_sql, revision_id, "revision"));
    return load(db, std::move(start), loader::direction::below);
}

result<bom_graph> load_above(sqlite::connection& db, std::int64_t part_id) {
    TRY_ASSIGN(auto start, find_node(db, effective_sql, part_id, "part with the id"));
    return load(db, std::move(start), loader::direction::above);
}

result<std::vector<std::size_t>> topological_order(sqlite::connection& db, const bom_graph& graph) {
    std::vector<std::size_t> missing(graph.size(), 0);  // for each node: unfollowed lines that lead to it
    for (const auto& node : graph) {
        for (const auto& line : node.lines) {
            ++missing[line.node];
        }
    }
    // All nodes are reached from the first; if a line leads back to it, there is no order.
    std::vector<std::size_t> order;
    if (missing[0] == 0) {
        order.push_back(0);
    }
    for (std::size_t at = 0; at < order.size(); ++at) {
        for (const auto& line : graph[order[at]].lines) {
            if (--missing[line.node] == 0) {
                order.push_back(line.node);
            }
        }
    }
    if (order.size() == graph.size()) {
        return order;
    }
    TRY_ASSIGN(error refused, cycle_error(db, circle_of(graph, missing)));
    refused.message = "the database is damaged: " + refused.message;
    return std::unexpected(std::move(refused));
}

}  // namespace sluice::parts
