#include "cli/serve/server_config.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>

#include "settings/server_settings.hpp"

namespace sluice::cli {

namespace {

std::unexpected<error> refuse(std::string message) {
    return fail(sqlstates::config_file_error, std::move(message));
}

result<> check_listen(const base::config& values) {
    const auto listen = values[settings::listen];
    if (listen && !is_loopback(listen->host)) {
        if (values[settings::tls_cert].empty()) {
            return refuse(values.source(settings::listen) + ": " + values.shown(settings::listen) +
                          " can be reached from other machines and needs TLS: set --tls-cert and --tls-key");
        }
        if (values[settings::auth] != "scram") {
            return refuse(values.source(settings::listen) + ": " + values.shown(settings::listen) +
                          " can be reached from other machines and needs passwords: set --auth scram and --users");
        }
    }
    const auto http = values[settings::http];
    if (http && !is_loopback(http->host)) {
        return refuse(values.source(settings::http) + ": " + values.shown(settings::http) +
                      " can be reached from other machines, but HTTP has neither TLS nor passwords: use a loopback "
                      "address, and a proxy for others");
    }
    return {};
}

result<> check_rules(const base::config& values) {
    if (values[settings::tls_cert].empty() != values[settings::tls_key].empty()) {
        return refuse(values[settings::tls_key].empty() ? "--tls-cert needs --tls-key" : "--tls-key needs --tls-cert");
    }
    if (values[settings::auth] == "scram" && values[settings::users].empty()) {
        return refuse(values.source(settings::auth) + ": scram needs a file of users: set --users");
    }
    TRY(check_listen(values));
    if (values[settings::executor_threads] > values[settings::executor_threads_max]) {
        return refuse(values.source(settings::executor_threads) + ": is more than executor_threads_max");
    }
    if (values[settings::buffered_bytes_max] / 4 < values[settings::write_buffer_size]) {
        return refuse(values.source(settings::buffered_bytes_max) + ": is less than four times write_buffer_size");
    }
    TRY(attached_databases(values));
    TRY(profiles_of(values));
    return {};
}

}  // namespace

bool is_access_closed(const base::config& values) {
    const auto& choice = values[settings::external_access];
    if (choice != "auto") {
        return choice == "off";
    }
    const auto listen = values[settings::listen];
    return values[settings::auth] != "trust" || (listen && !is_loopback(listen->host));
}

bool is_loopback(const std::string& host) {
    if (host == "localhost") {
        return true;
    }
    in_addr v4{};
    if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) {
        return (ntohl(v4.s_addr) >> 24U) == 127U;
    }
    in6_addr v6{};
    if (::inet_pton(AF_INET6, host.c_str(), &v6) != 1) {
        return false;
    }
    std::array<unsigned char, 16> bytes{};
    std::memcpy(bytes.data(), &v6, bytes.size());
    constexpr std::array<unsigned char, 16> one{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return bytes == one;
}

result<std::vector<attached_database>> attached_databases(const base::config& values) {
    std::vector<attached_database> attached;
    for (const auto& each : values[settings::attach]) {
        const auto equals = each.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == each.size()) {
            return refuse(values.source(settings::attach) + ": \"" + each + "\" is not NAME=PATH (attach)");
        }
        auto name = each.substr(0, equals);
        if (std::ranges::find(attached, name, &attached_database::name) != attached.end()) {
            return refuse(values.source(settings::attach) + ": the name \"" + name + "\" is attached twice");
        }
        attached.push_back({.name = std::move(name), .path = each.substr(equals + 1)});
    }
    return attached;
}

result<workload::profile_table> profiles_of(const base::config& values) {
    return workload::profile_table::make({.profiles = values[settings::profile],
                                          .users = values[settings::profile_user],
                                          .applications = values[settings::profile_application],
                                          .user_limits = values[settings::user_limits]});
}

result<base::config> load_server_config(const flag_values& flags,
                                        const std::function<const char*(const std::string&)>& environment,
                                        const std::optional<std::string>& file) {
    base::config_loader loader(settings::table());
    if (file) {
        TRY(loader.add_file(*file));
    }
    loader.add_environment(environment);
    for (const auto& [name, values] : flags) {
        loader.add_flag(name, values);
    }
    TRY_ASSIGN(auto values, loader.load());
    TRY(check_rules(values));
    return values;
}

}  // namespace sluice::cli
