#include "apps/parts/contents/property_records.hpp"

#include <fmt/format.h>

#include "apps/parts/model/structure_rules.hpp"
#include "apps/parts/model/text_rules.hpp"

namespace sluice::parts {

result<> property_records::set(std::int64_t revision_id, std::string_view key, std::string_view value) {
    TRY(check_text(key, property_key_rule));
    TRY(check_text(value, property_value_rule));
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const auto draft, require_draft(db, revision_id));
        TRY(
            db.run("insert into Properties(revision_id, key, value) values(?1, ?2, ?3) "
                   "on conflict(revision_id, key) do update set value = excluded.value",
                   revision_id, key, value));
        TRY_ASSIGN(const auto count,
                   db.get<std::int64_t>("select count(*) from Properties where revision_id = ?1", revision_id));
        if (count > properties_max) {
            return fail(error_kind::invalid,
                        fmt::format("{} v{} has {} properties already", draft.number, draft.version, properties_max));
        }
        return {};
    });
}

result<> property_records::unset(std::int64_t revision_id, std::string_view key) {
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const auto draft, require_draft(db, revision_id));
        TRY_ASSIGN(const auto removed,
                   db.run("delete from Properties where revision_id = ?1 and key = ?2", revision_id, key));
        if (removed == 0) {
            return fail(error_kind::not_found,
                        fmt::format("{} v{} has no property \"{}\"", draft.number, draft.version, key));
        }
        return {};
    });
}

result<std::map<std::string, std::string>> property_records::list(std::int64_t revision_id) {
    return database_.execute([&](sqlite::connection& db) -> result<std::map<std::string, std::string>> {
        TRY(find_revision(db, revision_id));
        std::map<std::string, std::string> read;
        TRY(db.each(
            "select key, value from Properties where revision_id = ?1",
            [&](const sqlite::row& each) { read.emplace(each.get<std::string>(0), each.get<std::string>(1)); },
            revision_id));
        return read;
    });
}

}  // namespace sluice::parts
