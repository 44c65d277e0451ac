#include "apps/parts/bom/bom.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include "apps/parts/bom/bom_graph.hpp"
#include "apps/parts/model/structure_rules.hpp"

namespace sluice::parts {

namespace {

constexpr std::string_view direct_sql = R"(
    select v.part_id, v.revision_id, number, v.name, v.version, v.status, r.quantity
    from Relationships r join Revisions v on v.revision_id = r.parent_revision_id join Parts p on p.part_id = v.part_id
    where r.child_part_id = ?1 and v.version >= coalesce(
        (select max(version) from Revisions where part_id = v.part_id and status = 'Released'),
        (select max(version) from Revisions where part_id = v.part_id))
    order by number, v.version)";

bom_item item_of(const graph_node& node) {
    return {.part_id = node.part_id,
            .revision_id = node.revision_id,
            .number = node.number,
            .name = node.name,
            .version = node.version,
            .status = node.status,
            .reference = {},
            .note = {}};
}

// Depth first without recursion. The graph has no circles.
class walk {
  public:
    walk(const bom_graph& graph, explode_limits limits) : graph_(graph), limits_(limits) {}

    explosion run() {
        enter(0, item_of(graph_[0]));
        while (!way_.empty() && !made_.is_cut) {
            auto& here = way_.back();
            const auto& lines = graph_[here.node].lines;
            if (here.next == lines.size()) {
                way_.pop_back();
                continue;
            }
            const auto& line = lines[here.next++];
            const auto& parent = made_.items[here.item];
            auto item = item_of(graph_[line.node]);
            item.parent = here.item;
            item.level = parent.level + 1;
            item.quantity = line.quantity;
            item.total = parent.total * line.quantity;
            item.reference = line.reference;
            item.note = line.note;
            enter(line.node, std::move(item));
        }
        return std::move(made_);
    }

  private:
    struct step {
        std::size_t node;
        std::size_t item;
        std::size_t next = 0;
    };

    void enter(std::size_t node, bom_item item) {
        if (made_.items.size() == limits_.rows_max) {
            made_.is_cut = true;
            return;
        }
        item.has_more = item.level >= limits_.depth_max && !graph_[node].lines.empty();
        if (!item.has_more) {
            way_.push_back({.node = node, .item = made_.items.size()});
        }
        made_.items.push_back(std::move(item));
    }

    const bom_graph& graph_;
    const explode_limits limits_;
    explosion made_;
    std::vector<step> way_;
};

// The total quantity of each node, over all paths from the first.
result<std::vector<double>> totals_of(const bom_graph& graph, const std::vector<std::size_t>& order) {
    std::vector<double> totals(graph.size(), 0);
    totals[0] = 1;
    for (const auto at : order) {
        if (!std::isfinite(totals[at])) {
            return fail(error_kind::invalid, fmt::format("the total of {} is too large", graph[at].number),
                        "look at the quantities above it");
        }
        for (const auto& line : graph[at].lines) {
            totals[line.node] += totals[at] * line.quantity;
        }
    }
    return totals;
}

std::vector<usage> usages_of(const bom_graph& graph, const std::vector<double>& totals) {
    std::vector<usage> found;
    for (std::size_t at = 0; at < graph.size(); ++at) {
        const auto& node = graph[at];
        found.push_back({.part_id = node.part_id,
                         .revision_id = node.revision_id,
                         .number = node.number,
                         .name = node.name,
                         .version = node.version,
                         .status = node.status,
                         .level = 0,
                         .total = totals[at]});
    }
    for (const auto& line : graph[0].lines) {
        found[line.node].quantity = line.quantity;
    }
    // Nodes are in the order in which they were reached, so the shortest path comes first.
    for (std::size_t at = 0; at < graph.size(); ++at) {
        for (const auto& line : graph[at].lines) {
            auto& above = found[line.node];
            above.level = above.level == 0 ? found[at].level + 1 : above.level;
        }
    }
    found.erase(found.begin());
    std::ranges::sort(found, {}, &usage::number);
    return found;
}

// Runs `work` so that all its statements see one snapshot.
template <typename F>
auto with_snapshot(sqlite::database& database, F work) {
    return database.execute([&](sqlite::connection& db) -> std::invoke_result_t<F&, sqlite::connection&> {
        read_snapshot seen(db);
        TRY(seen.begin());
        return work(db);
    });
}

}  // namespace

result<std::int64_t> effective_revision(sqlite::database& database, std::int64_t part_id) {
    TRY_ASSIGN(const auto found, database.find<std::int64_t>(effective_sql, part_id));
    if (!found) {
        return fail(error_kind::not_found, fmt::format("there is no part with the id {}", part_id));
    }
    return *found;
}

result<explosion> explode(sqlite::database& database, std::int64_t revision_id, explode_limits limits) {
    return with_snapshot(database, [&](sqlite::connection& db) -> result<explosion> {
        TRY_ASSIGN(const auto graph, load_below(db, revision_id));
        TRY(topological_order(db, graph));
        return walk(graph, limits).run();
    });
}

result<std::vector<rolled_up_part>> roll_up(sqlite::database& database, std::int64_t revision_id) {
    return with_snapshot(database, [&](sqlite::connection& db) -> result<std::vector<rolled_up_part>> {
        TRY_ASSIGN(auto graph, load_below(db, revision_id));
        TRY_ASSIGN(const auto order, topological_order(db, graph));
        TRY_ASSIGN(const auto totals, totals_of(graph, order));
        std::vector<rolled_up_part> rolled;
        rolled.reserve(graph.size() - 1);
        for (std::size_t at = 1; at < graph.size(); ++at) {
            auto& node = graph[at];
            rolled.push_back({.part_id = node.part_id,
                              .number = std::move(node.number),
                              .name = std::move(node.name),
                              .version = node.version,
                              .status = node.status,
                              .total = totals[at],
                              .is_leaf = node.lines.empty()});
        }
        std::ranges::sort(rolled, {}, &rolled_up_part::number);
        return rolled;
    });
}

result<std::vector<usage>> where_used_directly(sqlite::database& database, std::int64_t part_id) {
    return with_snapshot(database, [&](sqlite::connection& db) -> result<std::vector<usage>> {
        TRY(number_of(db, part_id));
        std::vector<usage> found;
        TRY(db.each(
            direct_sql,
            [&](const sqlite::row& from) {
                found.push_back(
                    {.part_id = from.get<std::int64_t>(0),
                     .revision_id = from.get<std::int64_t>(1),
                     .number = from.get<std::string>(2),
                     .name = from.get<std::string>(3),
                     .version = from.get<std::int64_t>(4),
                     .status = parse_revision_status(from.get<std::string_view>(5)).value_or(revision_status::draft),
                     .quantity = from.get<double>(6),
                     .total = from.get<double>(6)});
            },
            part_id));
        return found;
    });
}

result<std::vector<usage>> where_used(sqlite::database& database, std::int64_t part_id) {
    return with_snapshot(database, [&](sqlite::connection& db) -> result<std::vector<usage>> {
        TRY_ASSIGN(const auto graph, load_above(db, part_id));
        TRY_ASSIGN(const auto order, topological_order(db, graph));
        TRY_ASSIGN(const auto totals, totals_of(graph, order));
        return usages_of(graph, totals);
    });
}

}  // namespace sluice::parts
