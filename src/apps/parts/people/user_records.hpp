// user_records.hpp - the users of a project, with their roles.
//
// Use:     user_records users(database);  TRY(users.add({.username = "ada", ...}, now_ms));
//          TRY_ASSIGN(const user ada, users.get("ada"));
// Rule:    a user is never deleted, because the history names him. The last active Admin stays an active Admin.
// Threads: any; inside or outside a transaction of the database, which outlives this.
// Errors:  invalid, exists, not_found, wrong_state (the last Admin), storage.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

class user_records {
  public:
    explicit user_records(sqlite::database& database) : database_(database) {}

    result<> add(const user& made, std::int64_t now_ms);
    result<> set_role(std::string_view username, role rights);
    result<> set_active(std::string_view username, bool is_active);
    result<> set_name(std::string_view username, std::string_view full_name, std::string_view email);
    result<user> get(std::string_view username);
    // Sorted by username.
    result<std::vector<user>> list();
    // Usernames that begin with the prefix; at most 200.
    result<std::vector<std::string>> complete_name(std::string_view prefix);

  private:
    result<> require_admin_besides(std::string_view username);

    sqlite::database& database_;
};

}  // namespace sluice::parts
