#include "workload/query_profile.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "base/config/units.hpp"

namespace sluice::workload {

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

std::unexpected<error> bad(std::string_view definition, const std::string& reason) {
    return fail(sqlstates::config_file_error, "\"" + std::string(definition) + "\": " + reason);
}

// Reads "NAME FIELD=VALUE ..." and calls `set` for each field; false: there is no such field.
using set_field = std::function<result<bool>(std::string_view field, std::string_view value)>;

std::string_view take_word(std::string_view& rest) {
    constexpr std::string_view blanks = " \t";
    const auto start = std::min(rest.find_first_not_of(blanks), rest.size());
    const auto end = std::min(rest.find_first_of(blanks, start), rest.size());
    const auto word = rest.substr(start, end - start);
    rest.remove_prefix(end);
    return word;
}

result<> read_fields(std::string_view definition, const set_field& set) {
    std::string_view rest = definition;
    (void)take_word(rest);
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
        const auto equals = word.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            return bad(definition, "expected FIELD=VALUE instead of " + std::string(word));
        }
        auto known = set(word.substr(0, equals), word.substr(equals + 1));
        if (!known) {
            return bad(definition, std::string(word.substr(0, equals)) + ": " + known.error().message);
        }
        if (!*known) {
            return bad(definition, "there is no field " + std::string(word.substr(0, equals)));
        }
    }
    return {};
}

result<std::uint64_t> parse_count(std::string_view text) {
    TRY_ASSIGN(const auto value, base::parse_integer(text));
    if (value < 0) {
        return fail(sqlstates::invalid_parameter_value, "must not be negative");
    }
    return static_cast<std::uint64_t>(value);
}

result<bool> set_limit(admission_limits& limits, std::string_view field, std::string_view value) {
    if (field == "concurrency") {
        TRY_ASSIGN(limits.running_max, parse_count(value));
    } else if (field == "queue") {
        if (value == "unlimited") {
            limits.waiting_max.reset();
        } else {
            TRY_ASSIGN(limits.waiting_max, parse_count(value));
        }
    } else if (field == "memory_max") {
        TRY_ASSIGN(const auto bytes, base::parse_size_bytes(value, "B"));
        limits.memory_bytes_max = static_cast<std::uint64_t>(bytes);
    } else {
        return false;
    }
    return true;
}

result<query_priority> parse_priority(std::string_view text) {
    for (const auto each : {query_priority::high, query_priority::normal, query_priority::low}) {
        if (text == to_text(each)) {
            return each;
        }
    }
    return fail(sqlstates::invalid_parameter_value, "must be high, normal or low");
}

result<bool> set_profile_field(query_profile& profile, std::string_view field, std::string_view value) {
    if (field == "memory") {
        TRY_ASSIGN(const auto bytes, base::parse_size_bytes(value, "B"));
        profile.memory_bytes = static_cast<std::uint64_t>(bytes);
    } else if (field == "timeout") {
        TRY_ASSIGN(const auto timeout_us, base::parse_duration_us(value, "s"));
        profile.timeout = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::microseconds(timeout_us));
    } else if (field == "priority") {
        TRY_ASSIGN(profile.priority, parse_priority(value));
    } else if (field == "rows") {
        TRY_ASSIGN(profile.rows_expected, parse_count(value));
    } else if (field == "cancellable") {
        TRY_ASSIGN(profile.cancellable, base::parse_boolean(value));
    } else {
        return set_limit(profile.limits, field, value);
    }
    return true;
}

}  // namespace

std::string_view to_text(query_priority priority) {
    switch (priority) {
        case query_priority::high:
            return "high";
        case query_priority::normal:
            return "normal";
        case query_priority::low:
            return "low";
    }
    return {};
}

profile_table::profile_table() {
    using std::chrono::seconds;
    profiles_.push_back(std::make_unique<query_profile>(query_profile{.name = "catalog",
                                                                      .memory_bytes = 100 * mebibyte,
                                                                      .timeout = seconds(5),
                                                                      .priority = query_priority::high,
                                                                      .rows_expected = 1000,
                                                                      .cancellable = false,
                                                                      .limits = {}}));
    profiles_.push_back(
        std::make_unique<query_profile>(query_profile{.name = "streaming", .timeout = seconds(300), .limits = {}}));
    profiles_.push_back(std::make_unique<query_profile>(query_profile{.name = "background",
                                                                      .memory_bytes = 500 * mebibyte,
                                                                      .timeout = seconds(600),
                                                                      .priority = query_priority::low,
                                                                      .limits = {}}));
}

result<profile_table> profile_table::make(const profile_table_params& params) {
    profile_table made;
    for (const std::string& each : params.profiles) {
        TRY(made.define(each));
    }
    for (const std::string& each : params.users) {
        TRY(made.assign(made.users_, "user", each));
    }
    for (const std::string& each : params.applications) {
        TRY(made.assign(made.applications_, "application", each));
    }
    for (const std::string& each : params.user_limits) {
        TRY(made.limit_user(each));
    }
    return made;
}

result<> profile_table::define(std::string_view definition) {
    std::string_view rest = definition;
    const auto name = take_word(rest);
    constexpr std::size_t name_bytes_max = 63;
    if (name.empty() || name.contains('=') || name.size() > name_bytes_max) {
        return bad(definition, "expected NAME FIELD=VALUE ...");
    }
    const auto same_name = [&](const auto& each) { return each->name == name; };
    auto found = std::ranges::find_if(profiles_, same_name);
    if (found == profiles_.end()) {
        query_profile fresh = streaming();
        fresh.name = name;
        found = profiles_.insert(profiles_.end(), std::make_unique<query_profile>(std::move(fresh)));
    }
    query_profile& profile = **found;
    return read_fields(definition, [&](auto field, auto value) { return set_profile_field(profile, field, value); });
}

result<> profile_table::limit_user(std::string_view definition) {
    std::string_view rest = definition;
    const auto name = take_word(rest);
    if (name.empty() || name.contains('=')) {
        return bad(definition, "expected USER FIELD=VALUE ...");
    }
    admission_limits& limits = user_limits_[std::string(name)];
    return read_fields(definition, [&](auto field, auto value) { return set_limit(limits, field, value); });
}

result<> profile_table::assign(names& to, std::string_view what, std::string_view definition) {
    const auto equals = definition.rfind('=');
    if (equals == std::string_view::npos || equals == 0) {
        return bad(definition, "expected " + std::string(what) + "=PROFILE");
    }
    const query_profile* const profile = find(definition.substr(equals + 1));
    if (profile == nullptr) {
        return bad(definition, "there is no profile " + std::string(definition.substr(equals + 1)));
    }
    to.insert_or_assign(std::string(definition.substr(0, equals)), profile);
    return {};
}

const query_profile* profile_table::find(std::string_view name) const {
    const auto found = std::ranges::find_if(profiles_, [&](const auto& each) { return each->name == name; });
    return found == profiles_.end() ? nullptr : found->get();
}

const query_profile& profile_table::choose(const profile_choice& choice) const {
    for (const std::string_view name : {choice.hint, choice.setting}) {
        if (const auto* named = name.empty() ? nullptr : find(name)) {
            return *named;
        }
    }
    if (const auto found = users_.find(choice.user); found != users_.end()) {
        return *found->second;
    }
    if (const auto found = applications_.find(choice.application); found != applications_.end()) {
        return *found->second;
    }
    return choice.reads_catalog_only ? catalog() : streaming();
}

const admission_limits& profile_table::limits_of_user(std::string_view user) const {
    static constexpr admission_limits none;
    auto found = user_limits_.find(user);
    if (found == user_limits_.end()) {
        found = user_limits_.find("*");
    }
    return found == user_limits_.end() ? none : found->second;
}

}  // namespace sluice::workload
