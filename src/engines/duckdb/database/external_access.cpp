#include "engines/duckdb/database/external_access.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/observe/log.hpp"
#include "engines/duckdb/capi/duckdb_error_table.hpp"
#include "engines/duckdb/database/duckdb_instance.hpp"
#include "postgres/lex/lexer.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

namespace fs = std::filesystem;

constexpr base::logger log{"engine"};

// DuckDB treats these as directories that contain every URL of the scheme.
constexpr auto schemes = std::to_array<std::string_view>({"http://", "https://", "s3://", "s3a://", "s3n://", "gcs://",
                                                          "gs://", "r2://", "az://", "azure://", "abfss://", "hf://"});

// Files that every thread reads now and then.
constexpr auto system_files = std::to_array<const char*>({"/usr/share/zoneinfo", "/dev/urandom", "/dev/null"});
constexpr auto process_files = std::to_array<const char*>({"/proc/self/statm", "/proc/self/status", "/proc/self/stat"});
// Files for the names of hosts and the certificates of authorities.
constexpr auto network_files = std::to_array<const char*>(
    {"/etc/resolv.conf", "/run/systemd/resolve", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
     "/etc/services", "/etc/protocols", "/etc/ssl", "/etc/pki", "/usr/share/ca-certificates",
     "/usr/local/share/ca-certificates", "/usr/lib/ssl", "/usr/lib", "/usr/lib64"});
constexpr auto path_variables =
    std::to_array<const char*>({"TZDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"});

std::string parent_of(const std::string& path) {
    return fs::path(resolved_path(path)).parent_path().string();
}

// The served databases, as find_source() finds them.
result<std::vector<database_source>> served_sources(const duckdb_params& params) {
    std::vector<database_source> sources;
    TRY_ASSIGN(auto first, find_source(params.database, params.create));
    sources.push_back(std::move(first));
    for (const duckdb_attachment& other : params.attachments) {
        TRY_ASSIGN(auto source, find_source(other.path, params.create));
        sources.push_back(std::move(source));
    }
    return sources;
}

result<> check_directories(const duckdb_params& params, const std::vector<database_source>& sources) {
    for (const std::string& directory : params.access.directories) {
        std::error_code failure;
        if (!fs::is_directory(directory, failure)) {
            return fail(sqlstates::undefined_file, "--allow-files: \"" + directory + "\" is not a directory");
        }
        for (const database_source& source : sources) {
            const bool file = source.kind == source_kind::duckdb_file || source.kind == source_kind::sqlite_file;
            if (file && is_inside(resolved_path(source.path), resolved_path(directory))) {
                return fail(sqlstates::invalid_parameter_value,
                            "--allow-files: \"" + directory + "\" holds the database \"" + source.path +
                                "\", which COPY TO could replace; name a directory without it");
            }
        }
    }
    return {};
}

void add_served(fence_params& fence, const duckdb_params& params, const std::vector<database_source>& sources) {
    for (const database_source& source : sources) {
        switch (source.kind) {
            case source_kind::duckdb_file:
                fence.guard.databases.push_back(source.path);
                if (!params.read_only) {
                    fence.rules.push_back({.path = parent_of(source.path), .access = fence_access::append_log});
                }
                break;
            case source_kind::sqlite_file:
                // SQLite opens its file for each transaction, and makes journals beside it.
                fence.guard.sqlite_files.push_back(source.path);
                fence.rules.push_back({.path = parent_of(source.path), .access = fence_access::write});
                break;
            case source_kind::folder:
                fence.guard.read_only_directories.push_back(source.path);
                fence.rules.push_back({.path = source.path, .access = fence_access::read});
                break;
            case source_kind::memory:
                break;
        }
    }
}

void add_system(fence_params& fence, bool network) {
    for (const char* path : system_files) {
        fence.rules.push_back({.path = path});
    }
    for (const char* path : process_files) {
        fence.rules.push_back({.path = path, .keep_open = true});
    }
    for (const char* name : path_variables) {
        if (const char* path = std::getenv(name); path != nullptr) {
            fence.rules.push_back({.path = path});
        }
    }
    if (network) {
        for (const char* path : network_files) {
            fence.rules.push_back({.path = path});
        }
    }
}

// The kernel accepts rules for existing paths only. DuckDB removes only a directory that it made itself.
void make_temp_directory(fence_params& fence, const std::string& path) {
    std::error_code failure;
    if (fs::create_directories(path, failure)) {
        fence.made_directory = resolved_path(path);
    }
    if (failure) {
        log.warn("the temporary directory cannot be made; statements that need it will fail",
                 {{"directory", path}, {"reason", failure.message()}});
    }
}

std::string quote_list(const std::vector<std::string>& values) {
    std::string list;
    for (const std::string& value : values) {
        list += (list.empty() ? "" : ", ") + postgres::quote_literal(value);
    }
    return "[" + list + "]";
}

void try_load(duckdb_connection connection, const char* extension) {
    if (auto loaded = run_sql(connection, "LOAD " + std::string(extension)); !loaded) {
        log.warn("an extension is not there; statements cannot read what needs it",
                 {{"extension", extension}, {"reason", loaded.error().message}});
    }
}

struct attach_text {
    std::string path;
    bool foreign = false;  // with a TYPE other than DuckDB's, or with such a prefix: 'sqlite:/srv/x.db'
};

std::string unquoted(const postgres::token& token) {
    if (token.kind != postgres::token_kind::string || token.text.size() < 2) {
        return {};  // a path in another form is refused
    }
    std::string value;
    for (std::size_t i = token.text.find('\'') + 1; i + 1 < token.text.size(); ++i) {
        value += token.text[i];
        i += token.text[i] == '\'' ? 1 : 0;
    }
    return value;
}

// ATTACH [OR REPLACE] [DATABASE] [IF NOT EXISTS] 'path' [AS name] [(TYPE type, ...)]
attach_text read_attach(std::string_view text) {
    attach_text found;
    postgres::lexer tokens(text);
    postgres::token before = tokens.next_significant();
    while (before.kind == postgres::token_kind::word) {
        before = tokens.next_significant();
    }
    found.path = unquoted(before);
    for (auto token = tokens.next_significant(); token.kind != postgres::token_kind::end;
         before = token, token = tokens.next_significant()) {
        const bool is_type = before.is_word("type") && !token.is_word("duckdb") && !token.is_symbol(",");
        found.foreign = found.foreign || is_type;
    }
    const auto colon = found.path.find(':');
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const bool prefix = colon != std::string::npos && colon > 0 && !found.path.substr(colon).starts_with("://") &&
                        found.path.find_first_not_of(letters) == colon && !found.path.starts_with("file:");
    if (prefix) {
        found.foreign = true;
        found.path.erase(0, colon + 1);
    }
    return found;
}

}  // namespace

result<std::shared_ptr<const thread_fence>> make_fence(const duckdb_params& params) {
    if (!params.access.closed) {
        return nullptr;
    }
    TRY_ASSIGN(const auto sources, served_sources(params));
    TRY(check_directories(params, sources));
    fence_params fence{.network = params.access.network};
    add_served(fence, params, sources);
    const std::string temporary = temp_directory_of(params, sources.front());
    make_temp_directory(fence, temporary);
    fence.rules.push_back({.path = temporary, .access = fence_access::write});
    fence.guard.temp_directory = temporary;
    fence.guard.private_files = params.access.private_files;
    for (const std::string& directory : params.access.directories) {
        fence.rules.push_back({.path = directory, .access = fence_access::write});
        fence.guard.directories.push_back(directory);
    }
    add_system(fence, params.access.network);
    return thread_fence::make(std::move(fence));
}

std::string temp_directory_of(const duckdb_params& params, const database_source& source) {
    if (!params.temp_directory.empty()) {
        return params.temp_directory;
    }
    return source.kind == source_kind::duckdb_file ? source.path + ".tmp" : ".tmp";
}

std::vector<std::pair<const char*, std::string>> access_options(const duckdb_params& params) {
    if (!params.access.closed) {
        return {};
    }
    return {{"allow_persistent_secrets", "false"},
            {"allow_community_extensions", "false"},
            {"allow_unsigned_extensions", "false"}};
}

void load_readers(const duckdb_params& params, duckdb_connection connection) {
    if (!params.access.closed) {
        return;
    }
    if (!params.access.directories.empty()) {
        try_load(connection, "sqlite_scanner");
    }
    if (!params.access.directories.empty() || params.access.network) {
        for (const char* extension : {"delta", "avro", "iceberg"}) {
            try_load(connection, extension);
        }
    }
    if (params.access.network) {
        try_load(connection, "httpfs");
        try_load(connection, "azure");
    }
}

result<> close_access(const duckdb_params& params, const database_source& source, duckdb_connection connection) {
    if (!params.access.closed) {
        return {};
    }
    const std::string temporary = temp_directory_of(params, source);
    TRY(guard_sqlite(resolved_path(temporary)));
    std::vector<std::string> allowed = params.access.directories;
    if (source.kind == source_kind::folder) {
        allowed.push_back(source.path);
    }
    if (params.access.network) {
        allowed.insert(allowed.end(), schemes.begin(), schemes.end());
    }
    return run_sql(connection, "SET GLOBAL allowed_directories = " + quote_list(allowed) +
                                   "; SET GLOBAL autoload_known_extensions = false"
                                   "; SET GLOBAL enable_external_access = false");
}

result<> check_attach(const access_params& access, std::string_view sql) {
    if (!access.closed) {
        return {};
    }
    const attach_text attach = read_attach(sql);
    if (!attach.foreign || attach.path == ":memory:") {
        return {};
    }
    const bool is_url = attach.path.contains("://") && !attach.path.starts_with("file:");
    if (is_url) {
        return access.network ? result<>()
                              : fail(error{.code = sqlstates::insufficient_privilege,
                                           .message = "permission denied for URL \"" + attach.path + "\"",
                                           .hint = std::string(allow_network)});
    }
    const std::string real = resolved_path(attach.path);
    const bool allowed = std::ranges::any_of(
        access.directories, [&](const std::string& directory) { return is_inside(real, resolved_path(directory)); });
    return allowed ? result<>()
                   : fail(error{.code = sqlstates::insufficient_privilege,
                                .message = "permission denied for file \"" + attach.path + "\"",
                                .hint = std::string(allow_files)});
}

}  // namespace sluice::duckdb
