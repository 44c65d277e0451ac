#include "cli/serve/server_config.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>

namespace sluice::cli {

namespace {

std::unexpected<error> refuse(std::string message) {
    return fail(sqlstates::config_file_error, std::move(message));
}

result<> check_listen(const base::config& settings) {
    const auto listen = settings.address("listen");
    if (listen && !is_loopback(listen->host)) {
        if (settings.text("tls_cert").empty()) {
            return refuse(settings.source("listen") + ": " + settings.text("listen") +
                          " can be reached from other machines and needs TLS: set --tls-cert and --tls-key");
        }
        if (settings.text("auth") != "scram") {
            return refuse(settings.source("listen") + ": " + settings.text("listen") +
                          " can be reached from other machines and needs passwords: set --auth scram and --users");
        }
    }
    const auto http = settings.address("http");
    if (http && !is_loopback(http->host)) {
        return refuse(settings.source("http") + ": " + settings.text("http") +
                      " can be reached from other machines, but HTTP has neither TLS nor passwords: use a loopback "
                      "address, and a proxy for others");
    }
    return {};
}

result<> check_rules(const base::config& settings) {
    if (settings.text("tls_cert").empty() != settings.text("tls_key").empty()) {
        return refuse(settings.text("tls_key").empty() ? "--tls-cert needs --tls-key" : "--tls-key needs --tls-cert");
    }
    if (settings.text("auth") == "scram" && settings.text("users").empty()) {
        return refuse(settings.source("auth") + ": scram needs a file of users: set --users");
    }
    TRY(check_listen(settings));
    if (settings.integer("executor_threads") > settings.integer("executor_threads_max")) {
        return refuse(settings.source("executor_threads") + ": is more than executor_threads_max");
    }
    if (settings.size_bytes("buffered_bytes_max") / 4 < settings.size_bytes("write_buffer_size")) {
        return refuse(settings.source("buffered_bytes_max") + ": is less than four times write_buffer_size");
    }
    TRY(attached_databases(settings));
    TRY(profiles_of(settings));
    return {};
}

}  // namespace

bool is_access_closed(const base::config& settings) {
    const auto& choice = settings.text("external_access");
    if (choice != "auto") {
        return choice == "off";
    }
    const auto listen = settings.address("listen");
    return settings.text("auth") != "trust" || (listen && !is_loopback(listen->host));
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

result<std::vector<attached_database>> attached_databases(const base::config& settings) {
    std::vector<attached_database> attached;
    for (const auto& each : settings.list("attach")) {
        const auto equals = each.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == each.size()) {
            return refuse(settings.source("attach") + ": \"" + each + "\" is not NAME=PATH (attach)");
        }
        auto name = each.substr(0, equals);
        if (std::ranges::find(attached, name, &attached_database::name) != attached.end()) {
            return refuse(settings.source("attach") + ": the name \"" + name + "\" is attached twice");
        }
        attached.push_back({.name = std::move(name), .path = each.substr(equals + 1)});
    }
    return attached;
}

result<workload::profile_table> profiles_of(const base::config& settings) {
    return workload::profile_table::make({.profiles = settings.list("profile"),
                                          .users = settings.list("profile_user"),
                                          .applications = settings.list("profile_application"),
                                          .user_limits = settings.list("user_limits")});
}

result<base::config> load_server_config(const flag_values& flags,
                                        const std::function<const char*(const std::string&)>& environment,
                                        const std::optional<std::string>& file) {
    base::config_loader loader(server_properties());
    if (file) {
        TRY(loader.add_file(*file));
    }
    loader.add_environment(environment);
    for (const auto& [name, values] : flags) {
        loader.add_flag(name, values);
    }
    TRY_ASSIGN(auto settings, loader.load());
    TRY(check_rules(settings));
    return settings;
}

}  // namespace sluice::cli
