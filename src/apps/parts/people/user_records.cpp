#include "apps/parts/people/user_records.hpp"

#include <fmt/format.h>

#include "apps/parts/model/text_rules.hpp"

namespace sluice::parts {

result<> user_records::add(const user& made, std::int64_t now_ms) {
    TRY(check_username(made.username));
    TRY(check_text(made.full_name, full_name_rule));
    TRY(check_email(made.email));
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const auto known, db.find<std::int64_t>("SELECT 1 FROM Users WHERE username = ?1", made.username));
        if (known) {
            return fail(error_kind::exists, fmt::format("user {} exists already", made.username));
        }
        TRY(
            db.run("INSERT INTO Users(username, full_name, email, role, is_active, created_date) "
                   "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                   made.username, made.full_name, made.email, to_text(made.rights), made.is_active, now_ms));
        return {};
    });
}

result<> user_records::set_role(std::string_view username, role rights) {
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const user changed, get(username));
        if (changed.rights == role::admin && changed.is_active && rights != role::admin) {
            TRY(require_admin_besides(username));
        }
        TRY(db.run("UPDATE Users SET role = ?2 WHERE username = ?1", username, to_text(rights)));
        return {};
    });
}

result<> user_records::set_active(std::string_view username, bool is_active) {
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(const user changed, get(username));
        if (changed.rights == role::admin && changed.is_active && !is_active) {
            TRY(require_admin_besides(username));
        }
        TRY(db.run("UPDATE Users SET is_active = ?2 WHERE username = ?1", username, is_active));
        return {};
    });
}

result<> user_records::set_name(std::string_view username, std::string_view full_name, std::string_view email) {
    TRY(check_text(full_name, full_name_rule));
    TRY(check_email(email));
    return database_.transaction([&](sqlite::connection& db) -> result<> {
        TRY(get(username));
        TRY(db.run("UPDATE Users SET full_name = ?2, email = ?3 WHERE username = ?1", username, full_name, email));
        return {};
    });
}

result<user> user_records::get(std::string_view username) {
    TRY_ASSIGN(auto found,
               database_.find<user>("SELECT username, full_name, email, role, is_active FROM Users WHERE username = ?1",
                                    username));
    if (!found) {
        return fail(error_kind::not_found, fmt::format("user {} does not exist", username),
                    "an Admin adds users; they are listed by `user list`");
    }
    return std::move(*found);
}

result<std::vector<user>> user_records::list() {
    TRY_ASSIGN(auto all,
               database_.list<user>("SELECT username, full_name, email, role, is_active FROM Users ORDER BY username"));
    return all;
}

result<> user_records::require_admin_besides(std::string_view username) {
    TRY_ASSIGN(const auto others,
               database_.get<std::int64_t>(
                   "SELECT count(*) FROM Users WHERE role = 'Admin' AND is_active AND username <> ?1", username));
    if (others == 0) {
        return fail(error_kind::wrong_state, fmt::format("user {} is the last active Admin", username),
                    "make another user Admin first");
    }
    return {};
}

result<std::vector<std::string>> user_records::complete_name(std::string_view prefix) {
    TRY_ASSIGN(auto found,
               database_.list<std::string>("SELECT username FROM Users WHERE substr(username, 1, length(?1)) = ?1 "
                                           "ORDER BY username LIMIT 200",
                                           prefix));
    return found;
}

}  // namespace sluice::parts
