#include "apps/parts/contents/manufacturer_part_records.hpp"

#include <fmt/format.h>

#include "apps/parts/model/structure_rules.hpp"

namespace sluice::parts {

namespace {

result<std::optional<manufacturer_part>> end_preference(sqlite::connection& db, const manufacturer_part& next) {
    TRY_ASSIGN(auto former, db.find<manufacturer_part>(
                                "select part_id, manufacturer, mpn, status, description from ManufacturerParts "
                                "where part_id = ?1 and status = 'Preferred' and (manufacturer, mpn) <> (?2, ?3)",
                                next.part_id, next.manufacturer, next.mpn));
    if (former) {
        former->status = manufacturer_status::active;
        TRY(db.run(
            "update ManufacturerParts set status = 'Active' where part_id = ?1 and manufacturer = ?2 and mpn = ?3",
            former->part_id, former->manufacturer, former->mpn));
    }
    return former;
}

}  // namespace

result<> check_manufacturer_part(const manufacturer_part& wanted) {
    TRY(check_text(wanted.manufacturer, manufacturer_rule));
    TRY(check_text(wanted.mpn, mpn_rule));
    return check_text(wanted.description, description_rule);
}

result<std::optional<manufacturer_part>> manufacturer_part_records::add(const manufacturer_part& wanted) {
    return write(wanted, true);
}

result<std::optional<manufacturer_part>> manufacturer_part_records::set(const manufacturer_part& wanted) {
    return write(wanted, false);
}

result<std::optional<manufacturer_part>> manufacturer_part_records::write(const manufacturer_part& wanted,
                                                                          bool must_be_new) {
    TRY(check_manufacturer_part(wanted));
    return database_.transaction([&](sqlite::connection& db) -> result<std::optional<manufacturer_part>> {
        TRY_ASSIGN(const auto number, number_of(db, wanted.part_id));
        TRY_ASSIGN(const auto present,
                   db.find<int>("select 1 from ManufacturerParts where part_id = ?1 and manufacturer = ?2 and mpn = ?3",
                                wanted.part_id, wanted.manufacturer, wanted.mpn));
        if (present && must_be_new) {
            return fail(error_kind::exists,
                        fmt::format("{} has {} {} already", number, wanted.manufacturer, wanted.mpn));
        }
        std::optional<manufacturer_part> former;
        if (wanted.status == manufacturer_status::preferred) {
            TRY_ASSIGN(former, end_preference(db, wanted));
        }
        TRY(
            db.run("insert into ManufacturerParts(part_id, manufacturer, mpn, status, description) "
                   "values(?1, ?2, ?3, ?4, ?5) on conflict(part_id, manufacturer, mpn) do update set "
                   "status = excluded.status, description = excluded.description",
                   wanted.part_id, wanted.manufacturer, wanted.mpn, to_text(wanted.status), wanted.description));
        return former;
    });
}

result<> manufacturer_part_records::remove(std::int64_t part_id, std::string_view manufacturer, std::string_view mpn) {
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const auto number, number_of(db, part_id));
        TRY_ASSIGN(const auto removed,
                   db.run("delete from ManufacturerParts where part_id = ?1 and manufacturer = ?2 and mpn = ?3",
                          part_id, manufacturer, mpn));
        if (removed == 0) {
            return fail(error_kind::not_found,
                        fmt::format("{} has no manufacturer part {} {}", number, manufacturer, mpn));
        }
        return {};
    });
}

result<std::vector<manufacturer_part>> manufacturer_part_records::list(std::int64_t part_id) {
    return database_.execute([&](sqlite::connection& db) -> result<std::vector<manufacturer_part>> {
        TRY(number_of(db, part_id));
        TRY_ASSIGN(auto all, db.list<manufacturer_part>(
                                 "select part_id, manufacturer, mpn, status, description from ManufacturerParts "
                                 "where part_id = ?1 order by status <> 'Preferred', manufacturer, mpn",
                                 part_id));
        return all;
    });
}

}  // namespace sluice::parts
