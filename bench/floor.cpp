// floor - the least cost of serving a result: one bare thread runs the query through DuckDB's C API, encodes its rows
// with the product's encoder, and writes the bytes to a loopback socket that another process reads.
//
// floor DATABASE text|binary SQL
// Output: {"rows":…, "bytes":…, "seconds":…, "cpu_seconds":…}; the time of this process only, the engine's threads
// included.
#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <duckdb.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "base/core/byte_buffer.hpp"
#include "engines/duckdb/encode/row_encoder.hpp"

namespace {

using namespace sluice;

[[noreturn]] void die(const std::string& what) {
    std::fprintf(stderr, "floor: %s\n", what.c_str());
    std::exit(1);
}

// A connected pair of loopback TCP sockets; a child process reads one end until it is closed.
int socket_with_reader(pid_t& reader) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), length) != 0 || ::listen(listener, 1) != 0) {
        die("cannot listen");
    }
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
    reader = ::fork();
    if (reader == 0) {
        const int source = ::socket(AF_INET, SOCK_STREAM, 0);
        if (::connect(source, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            std::_Exit(1);
        }
        std::vector<char> buffer(1 << 18);
        while (::recv(source, buffer.data(), buffer.size(), 0) > 0) {
        }
        std::_Exit(0);
    }
    const int descriptor = ::accept(listener, nullptr, nullptr);
    ::close(listener);
    return descriptor;
}

void send_all(int descriptor, base::byte_buffer& buffer, std::uint64_t& bytes) {
    std::size_t sent = 0;
    while (sent < buffer.size()) {
        const auto done = ::send(descriptor, buffer.data() + sent, buffer.size() - sent, MSG_NOSIGNAL);
        if (done <= 0) {
            die("cannot send");
        }
        sent += static_cast<std::size_t>(done);
    }
    bytes += sent;
    buffer.clear();
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

struct totals {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
};

totals serve(duckdb_connection connection, const char* sql, backend::wire_format form, int descriptor) {
    duckdb_prepared_statement statement = nullptr;
    duckdb_pending_result pending = nullptr;
    duckdb_result result;
    if (duckdb_prepare(connection, sql, &statement) == DuckDBError ||
        duckdb_pending_prepared_streaming(statement, &pending) == DuckDBError ||
        duckdb_execute_pending(pending, &result) == DuckDBError) {
        die("the query failed");
    }
    const auto columns = duckdb_column_count(&result);
    std::vector<duckdb_logical_type> types;
    for (idx_t column = 0; column < columns; ++column) {
        types.push_back(duckdb_column_logical_type(&result, column));
    }
    duckdb::row_encoder encoder({.types = types, .formats = {&form, 1}, .settings = {}, .zone = {}});
    base::byte_buffer buffer(1 << 17);
    totals done;
    while (duckdb_data_chunk chunk = duckdb_stream_fetch_chunk(result)) {
        const std::size_t size = duckdb_data_chunk_get_size(chunk);
        for (std::size_t row = 0; row < size;) {
            auto encoded = encoder.encode(chunk, row, {.bytes_max = std::size_t{64} * 1024}, buffer);
            if (!encoded) {
                die(encoded.error().message);
            }
            row += *encoded;
            send_all(descriptor, buffer, done.bytes);
        }
        done.rows += size;
        duckdb_destroy_data_chunk(&chunk);
    }
    for (auto& type : types) {
        duckdb_destroy_logical_type(&type);
    }
    duckdb_destroy_result(&result);
    duckdb_destroy_pending(&pending);
    duckdb_destroy_prepare(&statement);
    return done;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        die("usage: floor DATABASE text|binary SQL");
    }
    pid_t reader = 0;
    const int descriptor = socket_with_reader(reader);  // before DuckDB starts threads
    duckdb_config config = nullptr;
    duckdb_create_config(&config);
    duckdb_set_config(config, "access_mode", "READ_ONLY");
    duckdb_set_config(config, "streaming_buffer_size", "100KB");
    duckdb_database database = nullptr;
    char* open_error = nullptr;
    if (duckdb_open_ext(argv[1], &database, config, &open_error) == DuckDBError) {
        die(open_error);
    }
    duckdb_connection connection = nullptr;
    duckdb_connect(database, &connection);
    const auto form = std::string(argv[2]) == "binary" ? backend::wire_format::binary : backend::wire_format::text;
    serve(connection, argv[3], form, descriptor);  // the first run warms the cache, as the server's is
    const double cpu_before = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    const totals done = serve(connection, argv[3], form, descriptor);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double cpu = cpu_seconds() - cpu_before;
    ::close(descriptor);
    ::waitpid(reader, nullptr, 0);
    std::printf(R"({"rows": %llu, "bytes": %llu, "seconds": %.6f, "cpu_seconds": %.3f})"
                "\n",
                static_cast<unsigned long long>(done.rows), static_cast<unsigned long long>(done.bytes), seconds, cpu);
    duckdb_disconnect(&connection);
    duckdb_close(&database);
    duckdb_destroy_config(&config);
    return 0;
}
