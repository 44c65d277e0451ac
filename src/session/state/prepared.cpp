#include "session/state/prepared.hpp"

#include <utility>

namespace sluice::session {

const std::shared_ptr<const prepared>* statement_table::find(std::string_view name) const {
    if (name.empty()) {
        return unnamed_ ? &unnamed_ : nullptr;
    }
    const auto found = named_.find(name);
    return found == named_.end() ? nullptr : &found->second;
}

result<std::shared_ptr<const prepared>> statement_table::get(std::string_view name) const {
    if (const auto* found = find(name)) {
        return *found;
    }
    return fail(sqlstates::invalid_sql_statement_name,
                name.empty() ? "unnamed prepared statement does not exist"
                             : "prepared statement \"" + std::string(name) + "\" does not exist");
}

result<> statement_table::check_new(std::string_view name) const {
    if (name.empty()) {
        return {};
    }
    if (named_.contains(name)) {
        return fail(sqlstates::duplicate_prepared_statement,
                    "prepared statement \"" + std::string(name) + "\" already exists");
    }
    if (named_.size() >= named_max_) {
        return fail(
            error{.code = sqlstates::configuration_limit_exceeded,
                  .message = "too many prepared statements",
                  .detail = "This session has " + std::to_string(named_.size()) + " prepared statements.",
                  .hint = "Close statements that are not used any more, or raise the limit in the configuration."});
    }
    return {};
}

void statement_table::put(std::string_view name, std::shared_ptr<const prepared> statement) {
    if (name.empty()) {
        unnamed_ = std::move(statement);
    } else {
        named_.insert_or_assign(std::string(name), std::move(statement));
    }
}

bool statement_table::erase(std::string_view name) {
    if (name.empty()) {
        return std::exchange(unnamed_, nullptr) != nullptr;
    }
    const auto found = named_.find(name);
    if (found == named_.end()) {
        return false;
    }
    named_.erase(found);
    return true;
}

void statement_table::clear() {
    unnamed_.reset();
    named_.clear();
}

}  // namespace sluice::session
