#include <array>
#include <fmt/format.h>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "apps/parts/exchange/export.hpp"
#include "apps/parts/model/domain.hpp"
#include "apps/parts/model/structure_rules.hpp"

namespace sluice::parts {

namespace {

constexpr std::size_t manufacturer_column = 6;
constexpr std::size_t fixed_columns = 10;

constexpr std::string_view parts_sql = R"(
    select number, category || '-' || subcategory, v.name, v.description, status, version, part_id, revision_id
    from Parts p join Revisions v using(part_id)
    where version = (select max(version) from Revisions where part_id = p.part_id)
    order by number)";

constexpr std::string_view keys_sql = R"(
    select distinct key from Properties join Revisions v using(revision_id)
    where version = (select max(version) from Revisions where part_id = v.part_id)
    order by key)";

constexpr std::string_view lines_sql = R"(
    select p.number, c.number, quantity, reference, note
    from Parts p join Revisions v on v.part_id = p.part_id
        join Relationships on parent_revision_id = revision_id join Parts c on c.part_id = child_part_id
    where version = (select max(version) from Revisions where part_id = p.part_id)
    order by p.number, c.number)";

class part_rows {
  public:
    part_rows(sqlite::connection& db, base::csv_writer writer, const text_sink& sink)
        : db_(db), writer_(writer), sink_(sink) {}

    result<> run() {
        TRY(write_header());
        TRY_ASSIGN(auto parts, db_.prepare(parts_sql));
        TRY(parts.bind());
        for (;;) {
            TRY_ASSIGN(const bool found, parts.step());
            if (!found) {
                return {};
            }
            TRY(write_part(parts.current()));
        }
    }

  private:
    result<> write_header() {
        std::vector<std::string> names{
            "number",  "category",     "name", "description",         "status",
            "version", "manufacturer", "mpn",  "manufacturer_status", "manufacturer_description"};
        TRY(db_.each(keys_sql, [&](const sqlite::row& from) {
            auto key = from.get<std::string>(0);
            names.push_back("property:" + key);
            column_of_.emplace(std::move(key), names.size() - 1);
        }));
        width_ = names.size();
        TRY(sink_(writer_.begin()));
        return sink_(writer_.record(names));
    }

    result<> write_part(const sqlite::row& from) {
        std::vector<std::string> fields(width_);
        for (int at = 0; at < 5; ++at) {
            fields[static_cast<std::size_t>(at)] = from.get<std::string>(at);
        }
        fields[5] = fmt::format("{}", from.get<std::int64_t>(5));
        TRY(db_.each(
            "select key, value from Properties where revision_id = ?1",
            [&](const sqlite::row& each) {
                fields[column_of_.at(each.get<std::string>(0))] = each.get<std::string>(1);
            },
            from.get<std::int64_t>(7)));
        using bought = std::array<std::string, fixed_columns - manufacturer_column>;
        std::vector<bought> all;
        TRY(db_.each(
            "select manufacturer, mpn, status, description from ManufacturerParts where part_id = ?1 "
            "order by status <> 'Preferred', manufacturer, mpn",
            [&](const sqlite::row& each) {
                all.push_back({each.get<std::string>(0), each.get<std::string>(1), each.get<std::string>(2),
                               each.get<std::string>(3)});
            },
            from.get<std::int64_t>(6)));
        for (std::size_t at = 0; at == 0 || at < all.size(); ++at) {
            if (at > 0) {
                std::vector<std::string> further(width_);
                further[0] = fields[0];
                fields = std::move(further);
            }
            for (std::size_t column = 0; at < all.size() && column < all[at].size(); ++column) {
                fields[manufacturer_column + column] = std::move(all[at][column]);
            }
            TRY(sink_(writer_.record(fields)));
        }
        return {};
    }

    sqlite::connection& db_;
    const base::csv_writer writer_;
    const text_sink& sink_;
    std::map<std::string, std::size_t> column_of_;  // column of each property
    std::size_t width_ = fixed_columns;
};

}  // namespace

result<> export_parts_csv(sqlite::database& database, const base::csv_writer_params& format, const text_sink& sink) {
    return database.execute([&](sqlite::connection& db) -> result<> {
        read_snapshot seen(db);
        TRY(seen.begin());
        return part_rows(db, base::csv_writer(format), sink).run();
    });
}

result<> export_bom_csv(sqlite::database& database, const base::csv_writer_params& format, const text_sink& sink) {
    return database.execute([&](sqlite::connection& db) -> result<> {
        const base::csv_writer writer(format);
        TRY(sink(writer.begin()));
        TRY(sink(writer.record(std::array<std::string, 5>{"parent", "child", "quantity", "reference", "note"})));
        TRY_ASSIGN(auto lines, db.prepare(lines_sql));
        TRY(lines.bind());
        for (;;) {
            TRY_ASSIGN(const bool found, lines.step());
            if (!found) {
                return {};
            }
            const auto from = lines.current();
            TRY(sink(writer.record(std::array<std::string, 5>{from.get<std::string>(0), from.get<std::string>(1),
                                                              fmt::format("{}", from.get<double>(2)),
                                                              from.get<std::string>(3), from.get<std::string>(4)})));
        }
    });
}

}  // namespace sluice::parts
