// Rows a second from COPY data in memory to a DuckDB table: bigint, double, varchar, date, timestamp, decimal(18,2).
// The reference in the same run is the appender alone, with chunks that already exist.
#include <array>
#include <benchmark/benchmark.h>
#include <bit>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "engines/duckdb/copy/copy_reader.hpp"
#include "postgres/format/value_text.hpp"
#include "postgres/format/value_text_float.hpp"
#include "postgres/format/value_text_time.hpp"

namespace sluice::duckdb {
namespace {

constexpr std::int64_t rows_in_data = 1'000'000;
constexpr std::size_t message_bytes = std::size_t{64} * 1024;
constexpr std::string_view table_sql =
    "CREATE OR REPLACE TABLE t(a BIGINT, b DOUBLE, c VARCHAR, d DATE, e TIMESTAMP, f DECIMAL(18,2))";

struct sample_row {
    std::int64_t a;
    double b;
    std::string c;
    std::int32_t d;
    std::int64_t e;
    std::int64_t f;
};
sample_row make_row(std::int64_t i) {
    return {.a = i,
            .b = static_cast<double>(i * 7919 % 1'000'000) / 1000,
            .c = "customer " + std::to_string(i * 31 % 100'000),
            .d = static_cast<std::int32_t>(i % 20'000),
            .e = i * 1'000'003 % 2'000'000'000'000'000,
            .f = i * 7 % 10'000'000};
}

std::string make_lines(char delimiter) {
    std::string data;
    std::array<char, 128> text{};
    const auto append = [&](char* end, char behind) {
        data.append(text.data(), end);
        data += behind;
    };
    for (std::int64_t i = 0; i < rows_in_data; ++i) {
        const sample_row row = make_row(i);
        append(postgres::write_signed(text.data(), row.a), delimiter);
        append(postgres::write_double(text.data(), row.b), delimiter);
        data += row.c;
        data += delimiter;
        append(postgres::write_date(text.data(), row.d), delimiter);
        append(postgres::write_timestamp(text.data(), row.e), delimiter);
        append(postgres::write_decimal(text.data(), row.f, 2), '\n');
    }
    return data;
}

template <typename Integer>
void append_be(std::string& data, Integer value) {
    value = std::byteswap(value);
    data.append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <typename Integer>
void append_field(std::string& data, Integer value) {
    append_be(data, static_cast<std::int32_t>(sizeof value));
    append_be(data, value);
}

void append_numeric(std::string& data, std::int64_t hundredths) {
    const std::int64_t whole = hundredths / 100;
    append_be(data, std::int32_t{8 + 6});
    for (const std::int64_t part : {std::int64_t{3}, std::int64_t{1}, std::int64_t{0}, std::int64_t{2}, whole / 10000,
                                    whole % 10000, hundredths % 100 * 100}) {
        append_be(data, static_cast<std::int16_t>(part));
    }
}

std::string make_binary() {
    constexpr std::int32_t days_to_2000 = 10'957;
    constexpr std::int64_t microseconds_to_2000 = days_to_2000 * postgres::microseconds_per_day;
    std::string data("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", 19);
    for (std::int64_t i = 0; i < rows_in_data; ++i) {
        const sample_row row = make_row(i);
        append_be(data, std::int16_t{6});
        append_field(data, row.a);
        append_field(data, std::bit_cast<std::int64_t>(row.b));
        append_be(data, static_cast<std::int32_t>(row.c.size()));
        data += row.c;
        append_field(data, row.d - days_to_2000);
        append_field(data, row.e - microseconds_to_2000);
        append_numeric(data, row.f);
    }
    append_be(data, std::int16_t{-1});
    return data;
}

const std::string& data_of(postgres::copy_format format) {
    static const std::string text = make_lines('\t');
    static const std::string csv = make_lines(',');
    static const std::string binary = make_binary();
    return format == postgres::copy_format::text ? text : format == postgres::copy_format::csv ? csv : binary;
}

class bench_database {
  public:
    // In memory, or in a file with its compression.
    explicit bench_database(bool file) {
        if (file) {
            path_ = std::filesystem::temp_directory_path() / "sluice-copy-reader-bench.duckdb";
            std::filesystem::remove(path_);
        }
        if (duckdb_open(file ? path_.c_str() : nullptr, database_.out()) == DuckDBError ||
            duckdb_connect(database_.get(), connection_.out()) == DuckDBError) {
            std::abort();
        }
        if (!sources_.install(connection_.get())) {
            std::abort();
        }
    }
    bench_database(const bench_database&) = delete;
    bench_database& operator=(const bench_database&) = delete;
    ~bench_database() {
        connection_.reset();
        database_.reset();
        if (!path_.empty()) {
            std::filesystem::remove(path_);
        }
    }

    void run(std::string_view sql) {
        owned_result result;
        if (duckdb_query(connection_.get(), std::string(sql).c_str(), result.out()) == DuckDBError) {
            std::abort();
        }
    }
    [[nodiscard]] duckdb_connection connection() const { return connection_.get(); }
    [[nodiscard]] const copy_sources& sources() const { return sources_; }
    [[nodiscard]] engine_threads& threads() { return threads_; }

  private:
    std::filesystem::path path_;
    copy_sources sources_;
    engine_threads threads_{nullptr, 0};  // DuckDB has its own here
    owned_database database_;
    owned_connection connection_;
};

std::vector<owned_type> column_types() {
    std::vector<owned_type> types;
    for (const duckdb_type type :
         {DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_DOUBLE, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_DATE, DUCKDB_TYPE_TIMESTAMP}) {
        types.emplace_back(duckdb_create_logical_type(type));
    }
    types.emplace_back(duckdb_create_decimal_type(18, 2));
    return types;
}

void copy_from(benchmark::State& state, postgres::copy_format format, bool file) {
    const std::string& data = data_of(format);
    bench_database database(file);
    const auto types = column_types();
    const time_zone zone;
    postgres::copy_command command{.direction = postgres::copy_direction::from_stdin, .table = {"t"}, .format = format};
    if (format == postgres::copy_format::csv) {
        command.delimiter = ',';
        command.null_text = "";
    }
    for (auto _ : state) {
        state.PauseTiming();
        database.run(table_sql);
        state.ResumeTiming();
        database.run("BEGIN");
        copy_reader_params params{.connection = database.connection(),
                                  .sources = database.sources(),
                                  .threads = database.threads(),
                                  .table = "t",
                                  .columns = {},
                                  .command = command,
                                  .zone = zone};
        for (std::size_t i = 0; i < types.size(); ++i) {
            params.columns.push_back({.name = std::string(1, static_cast<char>('a' + i)), .type = types[i].get()});
        }
        auto reader = copy_reader::open(params).value();
        std::string_view rest = data;
        while (!rest.empty()) {
            const std::string_view message = rest.substr(0, message_bytes);
            rest.remove_prefix(message.size());
            if (!reader->write(message)) {
                std::abort();
            }
        }
        if (reader->finish().value() != rows_in_data) {
            std::abort();
        }
        reader.reset();
        database.run("COMMIT");
    }
    state.SetItemsProcessed(state.iterations() * rows_in_data);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}

void append_only(benchmark::State& state, bool file) {
    bench_database database(file);
    const auto types = column_types();
    std::vector<duckdb_logical_type> handles;
    for (const owned_type& type : types) {
        handles.push_back(type.get());
    }
    const owned_chunk chunk(duckdb_create_data_chunk(handles.data(), handles.size()));
    const auto column = [&chunk](idx_t index) {
        return duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), index));
    };
    for (auto _ : state) {
        state.PauseTiming();
        database.run(table_sql);
        state.ResumeTiming();
        database.run("BEGIN");
        duckdb_appender appender = nullptr;
        if (duckdb_appender_create(database.connection(), nullptr, "t", &appender) == DuckDBError) {
            std::abort();
        }
        const idx_t chunk_rows = duckdb_vector_size();
        for (std::int64_t first = 0; first < rows_in_data; first += static_cast<std::int64_t>(chunk_rows)) {
            state.PauseTiming();
            const idx_t count = std::min(chunk_rows, static_cast<idx_t>(rows_in_data - first));
            duckdb_data_chunk_reset(chunk.get());
            for (idx_t i = 0; i < count; ++i) {
                const sample_row row = make_row(first + static_cast<std::int64_t>(i));
                static_cast<std::int64_t*>(column(0))[i] = row.a;
                static_cast<double*>(column(1))[i] = row.b;
                duckdb_unsafe_vector_assign_string_element_len(duckdb_data_chunk_get_vector(chunk.get(), 2), i,
                                                               row.c.data(), row.c.size());
                static_cast<std::int32_t*>(column(3))[i] = row.d;
                static_cast<std::int64_t*>(column(4))[i] = row.e;
                static_cast<std::int64_t*>(column(5))[i] = row.f;
            }
            duckdb_data_chunk_set_size(chunk.get(), count);
            state.ResumeTiming();
            if (duckdb_append_data_chunk(appender, chunk.get()) == DuckDBError) {
                std::abort();
            }
        }
        duckdb_appender_destroy(&appender);
        database.run("COMMIT");
    }
    state.SetItemsProcessed(state.iterations() * rows_in_data);
}

BENCHMARK_CAPTURE(append_only, memory, false)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(copy_from, text_memory, postgres::copy_format::text, false)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(copy_from, csv_memory, postgres::copy_format::csv, false)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(copy_from, binary_memory, postgres::copy_format::binary, false)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(append_only, file, true)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(copy_from, csv_file, postgres::copy_format::csv, true)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(copy_from, binary_file, postgres::copy_format::binary, true)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace sluice::duckdb
