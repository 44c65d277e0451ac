// The server's own settings as sessions see them: SHOW and pg_settings show them, SET cannot change them.
#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "postgres/lex/token_cursor.hpp"
#include "session/conversation/conversation_impl.hpp"

namespace sluice::session {

const base::setting_facts* session::impl::find_server_setting(std::string_view name) const {
    if (params_.server_settings == nullptr || settings_.knows(name)) {
        return nullptr;
    }
    const std::string lower = base::lower_case(name);
    const auto found = std::ranges::find(*params_.server_settings, lower, &base::setting_facts::name);
    return found == params_.server_settings->end() ? nullptr : &*found;
}

result<> session::impl::check_not_servers(std::string_view name) const {
    const base::setting_facts* known = find_server_setting(name);
    if (known == nullptr) {
        return {};
    }
    std::string flag = "--" + known->name;
    std::ranges::replace(flag, '_', '-');
    return fail(error{.code = sqlstates::insufficient_privilege,
                      .message = "parameter \"" + known->name + "\" is the server's and cannot be changed by a session",
                      .detail = known->description,
                      .hint = "`sluice serve " + flag + "` sets it."});
}

std::vector<base::setting_facts> session::impl::list_settings() const {
    std::vector<base::setting_facts> rows;
    for (const setting& known : all_settings()) {
        rows.push_back(settings_.facts(known));
    }
    if (params_.server_settings != nullptr) {
        std::ranges::copy_if(*params_.server_settings, std::back_inserter(rows),
                             [&](const base::setting_facts& each) { return !settings_.knows(each.name); });
    }
    std::ranges::sort(rows, {}, [](const base::setting_facts& each) { return base::lower_case(each.name); });
    return rows;
}

}  // namespace sluice::session
