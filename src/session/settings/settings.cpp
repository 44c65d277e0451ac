#include "session/settings/settings.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text/ascii.hpp"
#include "postgres/lex/token_cursor.hpp"

namespace sluice::session {

namespace {

error unknown(std::string_view name) {
    return {.code = sqlstates::undefined_object,
            .message = "unrecognized configuration parameter \"" + std::string(name) + "\""};
}

bool is_custom(std::string_view name) {
    return name.contains('.');
}

// Two or more identifiers with points between them.
bool is_valid_custom_name(std::string_view name) {
    bool part_begins = true;
    for (const char c : name) {
        const bool letter = base::is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
        const bool inside = base::is_digit(c) || c == '$';
        if (c == '.' ? part_begins : !letter && (part_begins || !inside)) {
            return false;
        }
        part_begins = c == '.';
    }
    return !part_begins;
}

// The setting that gives a transaction's own setting its initial value.
std::string_view default_behind(const setting& known) {
    if (known.name == "transaction_isolation") {
        return "default_transaction_isolation";
    }
    return known.name == "transaction_read_only" ? "default_transaction_read_only" : "default_transaction_deferrable";
}

backend::value_settings::interval_style interval_style_of(std::string_view name) {
    using style = backend::value_settings::interval_style;
    if (name == "postgres_verbose") {
        return style::postgres_verbose;
    }
    if (name == "sql_standard") {
        return style::sql_standard;
    }
    return name == "iso_8601" ? style::iso_8601 : style::postgres;
}

}  // namespace

settings::settings(settings_params params)
    : user_(std::move(params.user)), knows_profile_(std::move(params.knows_profile)) {
    defaults_["server_version"] = std::move(params.server_version);
    defaults_["session_authorization"] = user_;
    changed();
    in_flux_ = false;
}

result<> settings::start(const name_values& defaults, const name_values& options) {
    for (const name_values* source : {&defaults, &options}) {
        for (const auto& [name, value] : *source) {
            if (auto started = start_with(name, value); !started) {
                return fail(std::move(started).error().as_fatal());
            }
        }
    }
    changed();
    in_flux_ = false;
    told_.clear();
    for (const auto& [name, value] : reported()) {
        told_.push_back(value);
    }
    return {};
}

result<> settings::start_with(std::string_view name, std::string_view value) {
    const std::string lower = base::lower_case(name);
    TRY(check_may_change(lower));
    TRY_ASSIGN(defaults_[lower], checked_value(lower, value));
    return {};
}

bool settings::knows(std::string_view name) const {
    return is_custom(name) || find_setting(name) != nullptr;
}

result<> settings::check_may_change(std::string_view lower) const {
    const setting* known = find_setting(lower);
    if (known != nullptr && known->is_fixed()) {
        return fail(sqlstates::cant_change_runtime_param,
                    "parameter \"" + std::string(known->name) + "\" cannot be changed");
    }
    if (known != nullptr) {
        return {};
    }
    if (!is_custom(lower)) {
        return fail(unknown(lower));
    }
    if (!is_valid_custom_name(lower)) {
        return fail(error{.code = sqlstate("42602"),
                          .message = "invalid configuration parameter name \"" + std::string(lower) + "\"",
                          .detail = "Custom parameter names must be two or more simple identifiers separated by "
                                    "dots."});
    }
    const auto customs = std::ranges::count_if(
        current_, [](const auto& entry) { return is_custom(entry.first) && find_setting(entry.first) == nullptr; });
    if (!current_.contains(lower) && static_cast<std::size_t>(customs) >= custom_settings_max) {
        return fail(sqlstates::configuration_limit_exceeded, "too many custom configuration parameters");
    }
    return {};
}

result<std::string> settings::checked_value(std::string_view lower, std::string_view value) const {
    const setting* known = find_setting(lower);
    if (known == nullptr) {
        return std::string(value);
    }
    const bool names_user = known->name == "session_authorization" || known->name == "role";
    if (names_user && value != user_ && !(known->name == "role" && value == "none")) {
        return fail(sqlstates::invalid_parameter_value, "role \"" + std::string(value) + "\" does not exist");
    }
    if (known->name == "sluice.profile" && !value.empty() && knows_profile_ && !knows_profile_(value)) {
        return fail(error{.code = sqlstates::invalid_parameter_value,
                          .message = "profile \"" + std::string(value) + "\" does not exist",
                          .hint = "SELECT name FROM sluice.profiles shows those that do."});
    }
    return canonical_value(*known, value, value_of(lower));
}

result<> settings::set(std::string_view name, std::string_view value) {
    const std::string lower = base::lower_case(name);
    const setting* known = find_setting(lower);
    if (known != nullptr && known->use == setting_use::transaction) {
        return set_local(lower, value);
    }
    TRY(check_may_change(lower));
    TRY_ASSIGN(std::string checked, checked_value(lower, value));
    session_[lower] = checked;
    current_[lower] = std::move(checked);
    changed();
    return {};
}

result<> settings::set_local(std::string_view name, std::string_view value) {
    const std::string lower = base::lower_case(name);
    TRY(check_may_change(lower));
    TRY_ASSIGN(std::string checked, checked_value(lower, value));
    current_[lower] = std::move(checked);
    changed();
    return {};
}

result<> settings::reset(std::string_view name) {
    const std::string lower = base::lower_case(name);
    TRY(check_may_change(lower));
    if (find_setting(lower) == nullptr && (current_.contains(lower) || defaults_.contains(lower))) {
        // The name stays known, without a value.
        const std::string value(defaults_.contains(lower) ? defaults_.find(lower)->second : "");
        session_[lower] = value;
        current_[lower] = value;
    } else {
        session_.erase(lower);
        current_.erase(lower);
    }
    changed();
    return {};
}

result<> settings::reset_local(std::string_view name) {
    const std::string lower = base::lower_case(name);
    TRY(check_may_change(lower));
    current_.erase(lower);
    changed();
    return {};
}

void settings::reset_all() {
    const auto of_session = [](const auto& entry) {
        const setting* known = find_setting(entry.first);
        return known == nullptr || known->use != setting_use::transaction;
    };
    session_.clear();
    std::erase_if(current_, of_session);
    changed();
}

std::string_view settings::value_of(std::string_view lower) const {
    if (const auto found = current_.find(lower); found != current_.end()) {
        return found->second;
    }
    const setting* known = find_setting(lower);
    if (known != nullptr && known->use == setting_use::transaction) {
        return value_of(default_behind(*known));
    }
    if (const auto found = defaults_.find(lower); found != defaults_.end()) {
        return found->second;
    }
    return known == nullptr ? std::string_view() : known->default_value;
}

result<std::string> settings::show(std::string_view name) const {
    const std::string lower = base::lower_case(name);
    if (find_setting(lower) == nullptr && !current_.contains(lower) && !defaults_.contains(lower)) {
        return fail(unknown(name));
    }
    return std::string(value_of(lower));
}

std::string settings::display_name(std::string_view name) const {
    const setting* known = find_setting(name);
    return std::string(known == nullptr ? name : known->name);
}

void settings::commit() {
    if (in_flux_) {
        current_ = session_;
        committed_ = session_;
        changed();
        in_flux_ = false;
    }
}

void settings::rollback() {
    if (in_flux_) {
        current_ = committed_;
        session_ = committed_;
        changed();
        in_flux_ = false;
    }
}

settings::name_values settings::reported() const {
    name_values all;
    for (const setting& known : all_settings()) {
        if (known.is_reported()) {
            all.emplace_back(known.name, value_of(base::lower_case(known.name)));
        }
    }
    return all;
}

settings::name_values settings::take_reports() {
    name_values news;
    if (!reports_due_) {
        return news;
    }
    reports_due_ = false;
    name_values all = reported();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i >= told_.size() || told_[i] != all[i].second) {
            news.push_back(all[i]);
        }
    }
    told_.clear();
    for (auto& [name, value] : all) {
        told_.push_back(std::move(value));
    }
    return news;
}

void settings::changed() {
    in_flux_ = true;
    reports_due_ = true;
    const auto milliseconds = [&](std::string_view name) { return integer_value(*find_setting(name), value_of(name)); };
    statement_timeout_ms_ = milliseconds("statement_timeout");
    has_statement_timeout_ = current_.contains("statement_timeout") || defaults_.contains("statement_timeout");
    profile_ = value_of("sluice.profile");
    profile_query_ = value_of("sluice.profile_query") == "on";
    application_name_ = value_of("application_name");
    idle_in_transaction_session_timeout_ms_ = milliseconds("idle_in_transaction_session_timeout");
    idle_session_timeout_ms_ = milliseconds("idle_session_timeout");
    default_transaction_read_only_ = value_of("default_transaction_read_only") == "on";
    values_.time_zone = value_of("timezone");
    values_.extra_float_digits = static_cast<std::int32_t>(milliseconds("extra_float_digits"));
    values_.bytea_output_escape = value_of("bytea_output") == "escape";
    values_.intervals = interval_style_of(value_of("intervalstyle"));
}

std::vector<std::string> settings::search_path() const {
    std::vector<std::string> schemas;
    for (postgres::token_cursor cursor(value_of("search_path")); !cursor.at_end();) {
        const bool string = cursor.at_string();
        const postgres::token next = cursor.take();
        std::optional<std::string> name;
        if (string) {
            name = postgres::decode_string(next);
        } else if (next.kind == postgres::token_kind::quoted_name) {
            name = postgres::decode_name(next);
        } else if (next.kind != postgres::token_kind::symbol) {
            name = base::lower_case(next.text);
        }
        if (name) {
            schemas.push_back(*name == "$user" ? user_ : *std::move(name));
        }
    }
    return schemas;
}

}  // namespace sluice::session
