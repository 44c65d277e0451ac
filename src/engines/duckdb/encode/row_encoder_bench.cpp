// The cost of encoding a row: bigint, double, varchar, date, timestamp, decimal(18,2), from chunks in memory.
//
// Counters: ns_per_row, bytes_per_row and, after the first one, x_naive: how many times less CPU than the reference
// in the same run, a loop over rows that prints each value with snprintf.
#include <array>
#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <duckdb.h>
#include <string>
#include <vector>

#include "base/core/byte_buffer.hpp"
#include "engines/duckdb/encode/row_encoder.hpp"

namespace sluice::duckdb {
namespace {

constexpr const char* mix =
    "select i as id, i * 1.1::double as amount, 'customer ' || i as name, date '1995-01-01' + (i % 9000)::int as day, "
    "timestamp '2001-02-03 04:05:06' + to_microseconds(i * 1234567) as at, (i % 10000000 / 7)::decimal(18,2) as price "
    "from range(200000) t(i)";

class table {
  public:
    table() {
        duckdb_open(nullptr, &database_);
        duckdb_connect(database_, &connection_);
        if (duckdb_query(connection_, mix, &result_) == DuckDBError) {
            std::fprintf(stderr, "%s\n", duckdb_result_error(&result_));
            std::abort();
        }
        for (idx_t i = 0; i < duckdb_column_count(&result_); ++i) {
            types.push_back(duckdb_column_logical_type(&result_, i));
        }
        while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result_)) {
            rows += duckdb_data_chunk_get_size(chunk);
            chunks.push_back(chunk);
        }
    }
    table(const table&) = delete;
    table& operator=(const table&) = delete;
    ~table() {
        for (duckdb_data_chunk& chunk : chunks) {
            duckdb_destroy_data_chunk(&chunk);
        }
        for (duckdb_logical_type& type : types) {
            duckdb_destroy_logical_type(&type);
        }
        duckdb_destroy_result(&result_);
        duckdb_disconnect(&connection_);
        duckdb_close(&database_);
    }

    std::vector<duckdb_logical_type> types;
    std::vector<duckdb_data_chunk> chunks;
    std::size_t rows = 0;

  private:
    duckdb_database database_ = nullptr;
    duckdb_connection connection_ = nullptr;
    duckdb_result result_{};
};

const table& rows() {
    static const table instance;
    return instance;
}

double naive_ns_per_row = 0;  // set by the first benchmark

// CPU time of this thread: other processes on the machine do not count.
double now_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double report(benchmark::State& state, double taken_ns, std::size_t bytes) {
    const auto encoded = static_cast<double>(state.iterations()) * static_cast<double>(rows().rows);
    state.counters["ns_per_row"] = taken_ns / encoded;
    state.counters["bytes_per_row"] = static_cast<double>(bytes) / encoded;
    return taken_ns / encoded;
}

template <typename Value>
Value value_at(duckdb_data_chunk chunk, idx_t column, idx_t row) {
    return static_cast<const Value*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column)))[row];
}

void append_field(base::byte_buffer& out, const char* text, int length) {
    out.append_be32(static_cast<std::uint32_t>(length));
    out.append({text, static_cast<std::size_t>(length)});
}

void append_naive_row(duckdb_data_chunk chunk, idx_t row, base::byte_buffer& out) {
    std::array<char, 64> text{};
    const auto print = [&](const char* format, auto... values) {
        append_field(out, text.data(), std::snprintf(text.data(), text.size(), format, values...));
    };
    const std::size_t start = out.size();
    out.append_byte('D');
    out.append_be32(0);
    out.append_be16(6);
    print("%lld", static_cast<long long>(value_at<std::int64_t>(chunk, 0, row)));
    print("%.17g", value_at<double>(chunk, 1, row));
    auto name = value_at<duckdb_string_t>(chunk, 2, row);
    append_field(out, duckdb_string_t_data(&name), static_cast<int>(duckdb_string_t_length(name)));
    const duckdb_date_struct day = duckdb_from_date(value_at<duckdb_date>(chunk, 3, row));
    print("%04d-%02d-%02d", day.year, day.month, day.day);
    const duckdb_timestamp_struct at = duckdb_from_timestamp(value_at<duckdb_timestamp>(chunk, 4, row));
    print("%04d-%02d-%02d %02d:%02d:%02d.%06d", at.date.year, at.date.month, at.date.day, at.time.hour, at.time.min,
          at.time.sec, at.time.micros);
    const auto price = value_at<std::int64_t>(chunk, 5, row);
    print("%lld.%02d", static_cast<long long>(price / 100), static_cast<int>(price % 100));
    out.put_be32(start + 1, static_cast<std::uint32_t>(out.size() - start - 1));
}

void naive_text(benchmark::State& state) {
    base::byte_buffer out(std::size_t{128} * 1024);
    std::size_t bytes = 0;
    const double start = now_ns();
    for ([[maybe_unused]] auto _ : state) {
        for (duckdb_data_chunk chunk : rows().chunks) {
            for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); ++row) {
                append_naive_row(chunk, row, out);
                if (out.size() > std::size_t{64} * 1024) {
                    bytes += out.size();
                    out.clear();
                }
            }
        }
    }
    naive_ns_per_row = report(state, now_ns() - start, bytes);
}

void encode(benchmark::State& state, backend::wire_format format, row_framing framing) {
    row_encoder encoder({.types = rows().types,
                         .formats = {&format, 1},
                         .settings = {},
                         .zone = {},
                         .framing = framing,
                         .copy = {.csv = framing == row_framing::copy_csv, .delimiter = ','}});
    base::byte_buffer out(std::size_t{128} * 1024);
    std::size_t bytes = 0;
    const double start = now_ns();
    for ([[maybe_unused]] auto _ : state) {
        for (duckdb_data_chunk chunk : rows().chunks) {
            for (std::size_t done = 0; done < duckdb_data_chunk_get_size(chunk);) {
                out.clear();
                done += encoder.encode(chunk, done, {}, out).value();
                bytes += out.size();
            }
        }
    }
    state.counters["x_naive"] = naive_ns_per_row / report(state, now_ns() - start, bytes);
}

BENCHMARK(naive_text)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, text, backend::wire_format::text, row_framing::data_row)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, binary, backend::wire_format::binary, row_framing::data_row)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, copy_csv, backend::wire_format::text, row_framing::copy_csv)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, copy_binary, backend::wire_format::binary, row_framing::copy_binary)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sluice::duckdb
