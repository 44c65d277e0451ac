// The cost of the server itself: an engine that answers at once, clients that read as fast as they can.
//
// floor:   the same bytes, copied into the same buffers and sent by one bare thread; a reader on the other side.
// stream:  through session, executor and io thread; /N: replies of at most N bytes are sent by the thread that made
//          them.
// point:   a prepared statement of one row, by N clients at once.
// Counters: cpu_ns is the process's time without its clients, for each kB or each statement.
#include <algorithm>
#include <array>
#include <atomic>
#include <benchmark/benchmark.h>
#include <cstdint>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/core/assert.hpp"
#include "base/observe/metrics.hpp"
#include "base/run/executor.hpp"
#include "server/server.hpp"

namespace sluice::server {
namespace {

constexpr std::size_t rows_per_chunk = 2048;
constexpr std::size_t row_bytes = 93;  // like the six columns of the main job
constexpr std::size_t stream_chunks = 2000;

void append_be32(std::string& text, std::uint32_t value) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        text += static_cast<char>(value >> shift);
    }
}

std::string message(char type, std::string_view body) {
    std::string text(1, type);
    append_be32(text, static_cast<std::uint32_t>(body.size() + 4));
    return text.append(body);
}

std::string data_row(std::size_t bytes) {
    std::string body("\0\1", 2);
    append_be32(body, static_cast<std::uint32_t>(bytes - 11));
    return message('D', body + std::string(bytes - 11, 'x'));
}

const std::string& chunk() {
    static const std::string encoded = [] {
        std::string all;
        for (std::size_t i = 0; i < rows_per_chunk; ++i) {
            all += data_row(row_bytes);
        }
        return all;
    }();
    return encoded;
}

// ---- an engine that costs nothing

class bench_rows final : public backend::row_stream {
  public:
    explicit bench_rows(std::size_t chunks) : chunks_(chunks) {}
    result<backend::fetched> next(base::byte_buffer& out, backend::fetch_limit /*limit*/) override {
        if (chunks_ == 0) {
            static const std::string one = data_row(12);
            out.append(one);
            return backend::fetched{.rows = 1, .finished = true};
        }
        out.append(chunk());
        return backend::fetched{.rows = rows_per_chunk, .finished = --chunks_ == 0};
    }

  private:
    std::size_t chunks_;
};

class bench_statement final : public backend::prepared_statement {
  public:
    explicit bench_statement(std::size_t chunks) : chunks(chunks) {}
    [[nodiscard]] std::span<const backend::oid> parameter_types() const override { return {}; }
    [[nodiscard]] std::span<const backend::column> columns() const override {
        static const backend::column only{.name = "x", .type = 25};
        return {&only, 1};
    }
    const std::size_t chunks;
};

class bench_session final : public backend::session {
  public:
    result<std::shared_ptr<backend::prepared_statement>> prepare(const postgres::lexed_text& sql,
                                                                 std::span<const backend::oid> /*declared*/) override {
        return std::make_shared<bench_statement>(sql.text().contains("stream") ? stream_chunks : 0);
    }
    result<backend::execution> execute(const std::shared_ptr<backend::prepared_statement>& statement,
                                       std::span<const backend::parameter> /*parameters*/,
                                       std::span<const backend::wire_format> /*formats*/,
                                       backend::execute_options /*options*/) override {
        return backend::execution{
            .rows = std::make_unique<bench_rows>(static_cast<const bench_statement&>(*statement).chunks)};
    }
    result<> set_formats(backend::row_stream& /*rows*/, std::span<const backend::wire_format> /*formats*/) override {
        return {};
    }
    result<> hold(backend::row_stream& /*rows*/) override { return {}; }
    void rest() override {}
    result<std::unique_ptr<backend::copy_sink>> copy_in(const postgres::copy_command&) override {
        return fail(sqlstates::feature_not_supported, "not here");
    }
    result<backend::copy_out_execution> copy_out(const postgres::copy_command&) override {
        return fail(sqlstates::feature_not_supported, "not here");
    }
    result<> begin(backend::begin_options /*options*/) override { return {}; }
    result<> commit() override { return {}; }
    result<> rollback() override { return {}; }
    result<> set_value_settings(const backend::value_settings& /*settings*/) override { return {}; }
    result<> set_setting(std::string_view /*name*/, std::string_view /*value*/,
                         backend::setting_scope /*scope*/) override {
        return {};
    }
    result<> reset_setting(std::string_view /*name*/) override { return {}; }
    result<> reset_settings() override { return {}; }
    result<> discard(backend::discarded /*what*/) override { return {}; }
    [[nodiscard]] base::cancel_token& cancel() override { return cancel_; }

  private:
    base::cancel_token cancel_;
};

class bench_backend final : public backend::engine {
  public:
    result<std::unique_ptr<backend::session>> open_session(const backend::session_params& /*params*/) override {
        return std::make_unique<bench_session>();
    }
    result<> check_ready() override { return {}; }
};

// ---- clients

double cpu_seconds(int who) {
    rusage used{};
    ::getrusage(who, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

int connect_to(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SLUICE_ASSERT(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

// Reads until a ReadyForQuery is the last message that has arrived; returns the number of bytes read.
std::size_t read_to_ready(int socket, std::vector<char>& room) {
    std::size_t total = 0;
    for (;;) {
        const auto got = ::recv(socket, room.data(), room.size(), 0);
        SLUICE_ASSERT(got > 0);
        total += static_cast<std::size_t>(got);
        const std::string_view bytes(room.data(), static_cast<std::size_t>(got));
        if (bytes.size() >= 6 && bytes.substr(bytes.size() - 6, 5) == std::string_view("Z\0\0\0\5", 5)) {
            return total;
        }
    }
}

void send_all(int socket, std::string_view bytes) {
    SLUICE_ASSERT(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

int open_client(std::uint16_t port, std::vector<char>& room) {
    const int socket = connect_to(port);
    std::string startup;
    append_be32(startup, 3U << 16U);
    startup += std::string("user\0bench\0database\0main\0\0", 26);
    std::string packet;
    append_be32(packet, static_cast<std::uint32_t>(startup.size() + 4));
    send_all(socket, packet + startup);
    read_to_ready(socket, room);
    return socket;
}

class bench_server {
  public:
    explicit bench_server(std::size_t direct_send_bytes_max) {
        executor_ = base::executor::start({.name = "bench", .threads_max = 64}).value();
        server_params params;
        params.listen = {{.host = "127.0.0.1", .port = 0}};
        params.authentication.databases = {"main"};
        params.limits.direct_send_bytes_max = direct_send_bytes_max;
        params.executor = executor_.get();
        params.backend = &backend_;
        params.clock = &base::system_clock();
        params.metrics = &metrics_;
        front_ = std::make_unique<server>(std::move(params));
        SLUICE_ASSERT(front_->bind().has_value());
        thread_ = std::thread([this] { (void)front_->run(); });
    }
    bench_server(const bench_server&) = delete;
    bench_server& operator=(const bench_server&) = delete;
    ~bench_server() {
        front_->request_stop();
        front_->request_stop();
        thread_.join();
    }
    [[nodiscard]] std::uint16_t port() const { return front_->ports().front(); }

  private:
    bench_backend backend_;
    base::metrics_registry metrics_;
    std::unique_ptr<base::executor> executor_;
    std::unique_ptr<server> front_;
    std::thread thread_;
};

// ---- the benchmarks

void floor_stream(benchmark::State& state) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    SLUICE_ASSERT(::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                  ::listen(listener, 1) == 0);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    double cpu = 0;
    std::size_t bytes = 0;
    for (auto _ : state) {
        const int client = connect_to(ntohs(address.sin_port));
        const int socket = ::accept(listener, nullptr, nullptr);
        std::thread reader([client] {
            std::vector<char> room(std::size_t{1} << 18U);
            while (::recv(client, room.data(), room.size(), 0) > 0) {
            }
        });
        const double before = cpu_seconds(RUSAGE_THREAD);
        base::byte_buffer buffer(chunk().size());
        for (std::size_t i = 0; i < stream_chunks; ++i) {
            buffer.clear();
            buffer.append(chunk());
            send_all(socket, buffer.view());
            bytes += buffer.size();
        }
        cpu += cpu_seconds(RUSAGE_THREAD) - before;
        ::close(socket);
        reader.join();
        ::close(client);
    }
    ::close(listener);
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
    state.counters["cpu_ns"] = cpu * 1e9 / (static_cast<double>(bytes) / 1024);
}

void stream(benchmark::State& state) {
    const bench_server server(static_cast<std::size_t>(state.range(0)));
    std::vector<char> room(std::size_t{1} << 18U);
    const int client = open_client(server.port(), room);
    const std::string query = message('Q', std::string("select stream\0", 14));
    std::size_t bytes = 0;
    const double before = cpu_seconds(RUSAGE_SELF) - cpu_seconds(RUSAGE_THREAD);
    for (auto _ : state) {
        send_all(client, query);
        bytes += read_to_ready(client, room);
    }
    const double cpu = cpu_seconds(RUSAGE_SELF) - cpu_seconds(RUSAGE_THREAD) - before;
    ::close(client);
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
    state.counters["cpu_ns"] = cpu * 1e9 / (static_cast<double>(bytes) / 1024);
}

void point(benchmark::State& state) {
    const bench_server server(static_cast<std::size_t>(state.range(1)));
    const std::string parse = message('P', std::string("p\0select 1\0\0\0", 13)) + message('S', {});
    const std::string run = message('B', std::string("\0p\0\0\0\0\0\0\0", 9)) +
                            message('E', std::string("\0\0\0\0\0", 5)) + message('S', {});
    constexpr int statements_each = 2000;
    std::int64_t statements = 0;
    double cpu = 0;
    for (auto _ : state) {
        const double before = cpu_seconds(RUSAGE_SELF);
        std::atomic<double> clients_cpu{0};
        std::vector<std::thread> clients;
        for (std::int64_t i = 0; i < state.range(0); ++i) {
            clients.emplace_back([&] {
                std::vector<char> room(4096);
                const int client = open_client(server.port(), room);
                send_all(client, parse);
                read_to_ready(client, room);
                for (int n = 0; n < statements_each; ++n) {
                    send_all(client, run);
                    read_to_ready(client, room);
                }
                ::close(client);
                clients_cpu.fetch_add(cpu_seconds(RUSAGE_THREAD));
            });
        }
        for (auto& each : clients) {
            each.join();
        }
        statements += state.range(0) * statements_each;
        cpu += cpu_seconds(RUSAGE_SELF) - before - clients_cpu;
    }
    state.SetItemsProcessed(statements);
    state.counters["cpu_ns"] = cpu * 1e9 / static_cast<double>(statements);
}

BENCHMARK(floor_stream)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(stream)->Arg(0)->Arg(32 << 10)->Arg(1 << 20)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(point)
    ->Args({1, 0})
    ->Args({1, 32 << 10})
    ->Args({8, 0})
    ->Args({8, 32 << 10})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::server
