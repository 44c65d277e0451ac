// access_settings.hpp - settings of `sluice serve`: databases, addresses, and access.
//
// Use:     see server_settings.hpp
// Threads: constants.
#pragma once

#include "base/config/property.hpp"

namespace sluice::settings {

// ---- databases and addresses

inline constexpr base::path_setting database(
    {.name = "database",
     .unit = "PATH",
     .doc = "DuckDB file, SQLite file, or folder of Parquet, CSV and JSON files and Delta and Iceberg tables; none: in "
            "memory. A missing file is created if its name ends in .duckdb, .db or .ddb; see create. Also the first "
            "argument.",
     .group = "Databases and addresses"});

inline constexpr base::list_setting attach(
    {.name = "attach",
     .unit = "NAME=PATH",
     .doc = "Another DuckDB or SQLite file, reachable as NAME. A missing one: as for database.",
     .basic = true});

inline constexpr base::flag_setting create({.name = "create",
                                            .default_value = "off",
                                            .doc = "Creates a missing DuckDB file of any name, also for attach."});

inline constexpr base::flag_setting read_only(
    {.name = "read_only",
     .default_value = "off",
     .doc = "Opens every database for reading only; statements that write get 25006.",
     .basic = true});

inline constexpr base::address_setting listen(
    {.name = "listen",
     .default_value = "127.0.0.1:5433",
     .doc = "Address for PostgreSQL clients; other than loopback needs TLS and auth=scram. Port 0: any free port.",
     .basic = true});

inline constexpr base::address_setting http({.name = "http",
                                             .default_value = "127.0.0.1:8433",
                                             .choices = "off",
                                             .doc = "Loopback address for /healthz, /readyz and /metrics, or off.",
                                             .basic = true});

// ---- access

inline constexpr base::choice_setting auth(
    {.name = "auth",
     .default_value = "trust",
     .choices = "trust|scram",
     .doc = "trust accepts every user name; scram asks for a password (SCRAM-SHA-256) and needs users.",
     .group = "Access",
     .basic = true});

inline constexpr base::path_setting users({.name = "users",
                                           .unit = "FILE",
                                           .doc = "User names and SCRAM verifiers, written by `sluice user add`.",
                                           .basic = true});

inline constexpr base::path_setting tls_cert(
    {.name = "tls_cert",
     .unit = "FILE",
     .doc = "Certificate chain in PEM format; TLS is offered when it and tls_key are set.",
     .basic = true});

inline constexpr base::path_setting tls_key(
    {.name = "tls_key", .unit = "FILE", .doc = "Private key of tls_cert in PEM format.", .basic = true});

inline constexpr base::choice_setting external_access(
    {.name = "external_access",
     .default_value = "auto",
     .choices = "auto|on|off",
     .doc = "Lets statements open any file and URL and load extensions. off: only the served databases, allow_files "
            "and allow_network; auto: on for loopback with auth=trust, else off."});

inline constexpr base::list_setting allow_files(
    {.name = "allow_files",
     .unit = "DIR",
     .doc = "Directory whose files statements may read and write while external access is off."});

inline constexpr base::flag_setting allow_network(
    {.name = "allow_network",
     .default_value = "off",
     .doc = "Lets statements use URLs (http, https, s3, az and the like) of any host while external access is off."});

}  // namespace sluice::settings
