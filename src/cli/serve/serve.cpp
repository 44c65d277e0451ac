#include "cli/serve/serve.hpp"

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/core/clock.hpp"
#include "base/core/result.hpp"
#include "base/observe/log.hpp"
#include "base/observe/metrics.hpp"
#include "base/run/executor.hpp"
#include "base/run/memory_wall.hpp"
#include "cli/serve/late_backend.hpp"
#include "cli/serve/machine.hpp"
#include "cli/serve/serve_options.hpp"
#include "cli/serve/server_config.hpp"
#include "cli/serve/server_facts.hpp"
#include "cli/serve/server_setup.hpp"
#include "engines/duckdb/database/duckdb_backend.hpp"
#include "engines/duckdb/database/external_access.hpp"
#include "postgres/auth/users.hpp"
#include "server/net/tls.hpp"
#include "server/server.hpp"
#include "settings/server_settings.hpp"
#include "workload/usage_watch.hpp"
#include "workload/workload_tables.hpp"

namespace sluice::cli {

namespace {

constexpr base::logger log{"serve"};
constexpr std::chrono::seconds executor_stop_timeout{5};

// Debian limits a process to 1,024 open files unless it asks for more; every connection needs one.
void raise_file_limit(const base::config& values) {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) {
        return;
    }
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const auto needed = files_needed(values);
    if (files.rlim_max != RLIM_INFINITY && files.rlim_max < needed) {
        log.warn("this process may open fewer files than the settings allow connections; raise its limit (ulimit -Hn)",
                 {{"files", std::uint64_t{files.rlim_max}}, {"needed", needed}});
    }
}

// Only warns: a misspelt setting must not be ignored silently, but a variable of another program must not stop the
// server.
void warn_of_unknown_variables() {
    constexpr std::string_view others[] = {"SLUICE_CONFIG",     "SLUICE_TAG_DB", "SLUICE_PARTS_PROJECT",
                                           "SLUICE_PARTS_USER", "SLUICE_PRESET", "SLUICE_SEED",
                                           "SLUICE_STORM_SEED", "SLUICE_WAIT",   "SLUICE_TRANSCRIPTS"};
    std::vector<std::string_view> names;
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string_view entry(*each);
        names.push_back(entry.substr(0, entry.find('=')));
    }
    for (const std::string& line : base::unknown_variables(settings::table(), names, others)) {
        log.warn(line);
    }
}

// The common part of check and serve: every check that needs no socket and no database.
struct preparation {
    base::config values;
    machine_limits machine;
    postgres::user_table users;
    duckdb::duckdb_params engine;
    setting_list facts;
};

result<preparation> prepare(const serve_options& options) {
    auto file = options.file;
    if (const char* named = std::getenv("SLUICE_CONFIG"); !file && named != nullptr) {
        file = named;
    }
    const auto environment = [](const std::string& name) -> const char* { return std::getenv(name.c_str()); };
    TRY_ASSIGN(auto values, load_server_config(options.settings, environment, file));
    TRY_ASSIGN(auto log_params, log_params_of(values));
    base::configure_logs(std::move(log_params));
    warn_of_unknown_variables();
    TRY_ASSIGN(auto users, load_users(values));
    const auto machine = read_machine_limits();
    TRY_ASSIGN(auto engine, engine_params_of(values, machine));
    auto facts = server_facts(values, machine, engine);
    return preparation{.values = std::move(values),
                       .machine = machine,
                       .users = std::move(users),
                       .engine = std::move(engine),
                       .facts = std::move(facts)};
}

result<> check(preparation prepared) {
    if (const auto tls = server_params_of(prepared.values).tls) {
        TRY(server::tls_context::load(*tls));
    }
    prepared.engine.check_only = true;
    TRY(duckdb::open_duckdb(std::move(prepared.engine)));
    print("Settings and database are in order.\n" + changed_settings(prepared.facts));
    return {};
}

// Members are destroyed from the last to the first: the server before the objects that it borrows.
class running_server {
  public:
    explicit running_server(preparation prepared) : prepared_(std::move(prepared)) {}

    result<> start() {
        TRY_ASSIGN(prepared_.engine.fence, duckdb::make_fence(prepared_.engine));
        auto threads = executor_params_of(prepared_.values, prepared_.machine);
        if (const auto& fence = prepared_.engine.fence) {
            threads.on_thread_start = [fence] { fence->enter(); };
        }
        TRY_ASSIGN(executor_, base::executor::start(std::move(threads)));
        executor_->expose(metrics_);
        TRY_ASSIGN(auto load, workload_params_of(prepared_.values, prepared_.machine));
        load_ = std::make_unique<workload::governor>(std::move(load), metrics_);
        auto params = server_params_of(prepared_.values);
        params.io_threads = io_threads_of(prepared_.values, prepared_.machine);
        params.authentication.users = &prepared_.users;
        params.authentication.databases = duckdb::database_names(prepared_.engine);
        params.executor = executor_.get();
        params.backend = &backend_;
        params.clock = &base::system_clock();
        params.metrics = &metrics_;
        params.load = load_.get();
        params.server_settings = &prepared_.facts;
        server_ = std::make_unique<server::server>(std::move(params));
        TRY(server_->bind());
        prepared_.engine.metrics = &metrics_;
        prepared_.engine.query_text = [this](std::uint64_t id) { return load_->log().text_of(id); };
        prepared_.engine.memory_of_queries = [this] {
            std::map<std::uint64_t, duckdb::query_memory> memory;
            for (const workload::query_facts& each : load_->log().running()) {
                memory.emplace(each.id, duckdb::query_memory{.reserved_bytes = each.reserved_bytes,
                                                             .peak_bytes = each.peak_memory_bytes});
            }
            return memory;
        };
        prepared_.engine.system_tables = workload::workload_tables(*load_);
        prepared_.engine.system_tables.push_back(settings_table(prepared_.facts));
        TRY_ASSIGN(auto opened, duckdb::open_duckdb(prepared_.engine));
        backend_.set(std::move(opened));
        TRY_ASSIGN(const auto bound_bytes, memory_bound_of(prepared_.values, prepared_.machine));
        base::memory_wall::set_bound(bound_bytes);
        watch_ = std::make_unique<workload::usage_watch>(
            workload::usage_watch_params{.engine = &backend_, .log = &load_->log()}, metrics_);
        return {};
    }

    void announce() const {
        const auto& values = prepared_.values;
        auto listen = values[settings::listen].value_or(base::host_port{});
        listen.port = server_->ports().front();
        auto http = values[settings::http].value_or(base::host_port{});
        http.port = server_->http_port();
        const auto names = prepared_.users.names();
        print(ready_lines({.listen = listen,
                           .http = http,
                           .user = names.empty() ? "postgres" : names.front(),
                           .tls = !values[settings::tls_cert].empty()}));
        log.info("ready", {{"host", listen.host}, {"port", listen.port}, {"database", values[settings::database]}});
    }

    int run() {
        const auto outcome = server_->run();
        const bool stopped = outcome != server::stop_outcome::abandoned && executor_->stop(executor_stop_timeout);
        log.info("stopped", {{"drained", outcome == server::stop_outcome::drained}});
        if (!stopped) {
            // A statement ignores its cancel. Committed changes are in the write-ahead log.
            log.error("a statement did not stop; leaving without it");
            std::_Exit(1);
        }
        return 0;
    }

  private:
    preparation prepared_;
    base::metrics_registry metrics_;
    std::unique_ptr<workload::governor> load_;
    late_backend backend_;
    std::unique_ptr<base::executor> executor_;
    std::unique_ptr<server::server> server_;
    std::unique_ptr<workload::usage_watch> watch_;
};

}  // namespace

result<int> serve(const parsed_command& given) {
    TRY_ASSIGN(const auto options, serve_options_of(given));
    TRY_ASSIGN(auto prepared, prepare(options));
    if (options.check) {
        TRY(check(std::move(prepared)));
        return 0;
    }
    raise_file_limit(prepared.values);
    running_server server(std::move(prepared));
    TRY(server.start());
    server.announce();
    return server.run();
}

}  // namespace sluice::cli
