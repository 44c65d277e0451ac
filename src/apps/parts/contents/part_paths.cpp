#include "apps/parts/contents/part_paths.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <unordered_map>
#include <utility>

#include "apps/parts/model/structure_rules.hpp"

namespace sluice::parts {

namespace {

constexpr std::size_t shown_max = 20;  // parts in a message

constexpr std::string_view children_sql = R"(
    select r.child_part_id from Revisions v join Relationships r on r.parent_revision_id = v.revision_id
    where v.part_id = ?1 and v.version >= coalesce(
        (select max(version) from Revisions where part_id = ?1 and status = 'Released'),
        (select max(version) from Revisions where part_id = ?1)))";

constexpr std::string_view parents_sql = R"(
    select v.part_id from Relationships r join Revisions v on v.revision_id = r.parent_revision_id
    where r.child_part_id = ?1 and v.version >= coalesce(
        (select max(version) from Revisions where part_id = v.part_id and status = 'Released'),
        (select max(version) from Revisions where part_id = v.part_id)))";

constexpr std::string_view all_sql = R"(
    with Live as (
        select part_id, coalesce(max(case when status = 'Released' then version end), max(version)) as version
        from Revisions group by part_id)
    select distinct v.part_id, r.child_part_id from Live
        join Revisions v on v.part_id = Live.part_id and v.version >= Live.version
        join Relationships r on r.parent_revision_id = v.revision_id
    order by v.part_id, r.child_part_id)";

// The parts reached from one end: the predecessor of each, and the parts reached last.
struct wave {
    wave(sqlite::statement prepared, std::int64_t start)
        : neighbours(std::move(prepared)), came_from{{start, start}}, front{start} {}

    sqlite::statement neighbours;
    std::unordered_map<std::int64_t, std::int64_t> came_from;
    std::vector<std::int64_t> front;
};

// Goes one step further; returns a part that both waves have reached.
result<std::optional<std::int64_t>> advance(wave& moving, const wave& other) {
    std::vector<std::int64_t> next;
    for (const auto each : moving.front) {
        TRY(moving.neighbours.bind(each));
        for (;;) {
            TRY_ASSIGN(const bool found, moving.neighbours.step());
            if (!found) {
                break;
            }
            const auto reached = moving.neighbours.current().get<std::int64_t>(0);
            if (!moving.came_from.try_emplace(reached, each).second) {
                continue;
            }
            if (other.came_from.contains(reached)) {
                moving.neighbours.reset();
                return reached;
            }
            next.push_back(reached);
        }
    }
    moving.front = std::move(next);
    return std::nullopt;
}

// The path from the start of the wave to `end`, backwards.
std::vector<std::int64_t> way_back(const wave& side, std::int64_t end) {
    std::vector<std::int64_t> way{end};
    while (side.came_from.at(way.back()) != way.back()) {
        way.push_back(side.came_from.at(way.back()));
    }
    return way;
}

using children_map = std::unordered_map<std::int64_t, std::vector<std::int64_t>>;

// Depth first without recursion; `grey` parts are on the path from the start to the current part.
class circle_search {
  public:
    explicit circle_search(const children_map& children) : children_(children) {}

    std::vector<std::int64_t> run(const std::vector<std::int64_t>& starts) {
        for (const auto start : starts) {
            if (auto circle = visit(start); !circle.empty()) {
                return circle;
            }
        }
        return {};
    }

  private:
    enum class colour : std::uint8_t { white, grey, black };
    struct step {
        std::int64_t part_id;
        std::size_t next = 0;
    };

    std::vector<std::int64_t> visit(std::int64_t start) {
        if (colours_[start] != colour::white) {
            return {};
        }
        enter(start);
        while (!way_.empty()) {
            const auto [part_id, at] = way_.back();
            const auto found = children_.find(part_id);
            if (found == children_.end() || at == found->second.size()) {
                colours_[part_id] = colour::black;
                way_.pop_back();
                continue;
            }
            ++way_.back().next;
            const auto child = found->second[at];
            if (colours_[child] == colour::grey) {
                return circle_to(child);
            }
            if (colours_[child] == colour::white) {
                enter(child);
            }
        }
        return {};
    }

    void enter(std::int64_t part_id) {
        colours_[part_id] = colour::grey;
        way_.push_back({.part_id = part_id});
    }

    std::vector<std::int64_t> circle_to(std::int64_t child) const {
        std::vector<std::int64_t> circle;
        for (auto each = std::ranges::find(way_, child, &step::part_id); each != way_.end(); ++each) {
            circle.push_back(each->part_id);
        }
        circle.push_back(child);
        return circle;
    }

    const children_map& children_;
    std::unordered_map<std::int64_t, colour> colours_;
    std::vector<step> way_;
};

}  // namespace

result<std::vector<std::int64_t>> find_path(sqlite::connection& db, std::int64_t from, std::int64_t to) {
    if (from == to) {
        return std::vector{from};
    }
    TRY_ASSIGN(auto children, db.prepare(children_sql));
    TRY_ASSIGN(auto parents, db.prepare(parents_sql));
    wave down(std::move(children), from);
    wave up(std::move(parents), to);
    std::optional<std::int64_t> met;
    while (!met && !down.front.empty() && !up.front.empty()) {
        const bool goes_down = down.front.size() <= up.front.size();
        TRY_ASSIGN(met, goes_down ? advance(down, up) : advance(up, down));
    }
    if (!met) {
        return std::vector<std::int64_t>();
    }
    auto path = way_back(down, *met);
    std::ranges::reverse(path);
    const auto rest = way_back(up, *met);
    path.insert(path.end(), rest.begin() + 1, rest.end());
    return path;
}

result<error> cycle_error(sqlite::connection& db, const std::vector<std::int64_t>& circle) {
    std::string way;
    for (std::size_t at = 0; at < circle.size(); ++at) {
        if (at == shown_max && at + 1 < circle.size()) {
            way += fmt::format(" → … {} more …", circle.size() - 1 - at);
            at = circle.size() - 1;
        }
        TRY_ASSIGN(const std::string number, number_of(db, circle[at]));
        way.append(way.empty() ? "" : " → ").append(number);
    }
    return error(error_kind::cycle, "a part would contain itself: " + way, "remove one of these lines");
}

result<> check_acyclic(sqlite::connection& db, std::int64_t parent, std::int64_t child) {
    TRY_ASSIGN(auto circle, find_path(db, child, parent));
    if (circle.empty()) {
        return {};
    }
    circle.insert(circle.begin(), parent);
    TRY_ASSIGN(error refused, cycle_error(db, circle));
    return std::unexpected(std::move(refused));
}

result<std::vector<std::int64_t>> find_cycle(sqlite::connection& db, std::span<const part_line> more) {
    children_map children;
    std::vector<std::int64_t> starts;
    TRY(db.each(all_sql, [&](const sqlite::row& line) {
        const auto parent = line.get<std::int64_t>(0);
        if (starts.empty() || starts.back() != parent) {
            starts.push_back(parent);
        }
        children[parent].push_back(line.get<std::int64_t>(1));
    }));
    for (const auto& line : more) {
        children[line.parent].push_back(line.child);
        starts.push_back(line.parent);
    }
    return circle_search(children).run(starts);
}

result<> check_all_acyclic(sqlite::connection& db) {
    TRY_ASSIGN(const auto circle, find_cycle(db));
    if (circle.empty()) {
        return {};
    }
    TRY_ASSIGN(error refused, cycle_error(db, circle));
    return std::unexpected(std::move(refused));
}

}  // namespace sluice::parts
