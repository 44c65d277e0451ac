// encode_test_support.hpp - for tests: runs SQL in an in-memory DuckDB and returns the encoded rows, split into fields.
//
// Use:     EXPECT_EQ(test_engine().text("select 1.50"), "1.50");
//          EXPECT_EQ(test_engine().binary("select 1::bigint"), "0000000000000001");   // hexadecimal
#pragma once

#include <cstdint>
#include <duckdb.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/byte_buffer.hpp"
#include "engines/duckdb/encode/row_encoder.hpp"
#include "engines/duckdb/values/types.hpp"

namespace sluice::duckdb {

using test_row = std::vector<std::optional<std::string>>;

inline std::string to_hex(std::string_view bytes) {
    std::string hex;
    for (const char c : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        hex += digits[static_cast<unsigned char>(c) >> 4];
        hex += digits[static_cast<unsigned char>(c) & 15];
    }
    return hex;
}

inline std::uint32_t read_be32(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value = (value << 8) | static_cast<unsigned char>(bytes[i]);
    }
    return value;
}

// The payloads of the messages, which must all have this tag.
inline std::vector<std::string> split_messages(std::string_view bytes, char tag) {
    std::vector<std::string> payloads;
    while (!bytes.empty()) {
        EXPECT_EQ(bytes[0], tag);
        const std::uint32_t length = read_be32(bytes.substr(1));
        payloads.emplace_back(bytes.substr(5, length - 4));
        bytes.remove_prefix(length + 1);
    }
    return payloads;
}

inline test_row split_fields(std::string_view payload) {
    test_row row;
    payload.remove_prefix(2);
    while (!payload.empty()) {
        const std::uint32_t length = read_be32(payload);
        payload.remove_prefix(4);
        if (length == 0xffff'ffff) {
            row.emplace_back(std::nullopt);
        } else {
            row.emplace_back(payload.substr(0, length));
            payload.remove_prefix(length);
        }
    }
    return row;
}

// A result that is fetched as a stream, as in the product.
class test_result {
  public:
    test_result(duckdb_connection connection, const std::string& sql) {
        duckdb_prepared_statement statement = nullptr;
        duckdb_pending_result pending = nullptr;
        if (duckdb_prepare(connection, sql.c_str(), &statement) == DuckDBError) {
            ADD_FAILURE() << sql.substr(0, 200) << ": " << duckdb_prepare_error(statement);
        } else if (duckdb_pending_prepared_streaming(statement, &pending) == DuckDBError ||
                   duckdb_execute_pending(pending, &result_) == DuckDBError) {
            ADD_FAILURE() << sql.substr(0, 200) << ": " << duckdb_result_error(&result_);
        }
        duckdb_destroy_pending(&pending);
        duckdb_destroy_prepare(&statement);
        for (idx_t i = 0; i < duckdb_column_count(&result_); ++i) {
            types_.push_back(duckdb_column_logical_type(&result_, i));
        }
    }
    test_result(const test_result&) = delete;
    test_result& operator=(const test_result&) = delete;
    ~test_result() {
        for (duckdb_logical_type& type : types_) {
            duckdb_destroy_logical_type(&type);
        }
        duckdb_destroy_data_chunk(&chunk_);
        duckdb_destroy_result(&result_);
    }

    // Null at the end.
    duckdb_data_chunk next() {
        duckdb_destroy_data_chunk(&chunk_);
        chunk_ = duckdb_stream_fetch_chunk(result_);
        return chunk_;
    }
    [[nodiscard]] const std::vector<duckdb_logical_type>& types() const { return types_; }

  private:
    duckdb_result result_{};
    duckdb_data_chunk chunk_ = nullptr;
    std::vector<duckdb_logical_type> types_;
};

class test_engine {
  public:
    test_engine() {
        EXPECT_EQ(duckdb_open(nullptr, &database_), DuckDBSuccess);
        EXPECT_EQ(duckdb_connect(database_, &connection_), DuckDBSuccess);
    }
    test_engine(const test_engine&) = delete;
    test_engine& operator=(const test_engine&) = delete;
    ~test_engine() {
        duckdb_disconnect(&connection_);
        duckdb_close(&database_);
    }

    backend::value_settings settings{};
    std::string zone = "UTC";

    void run(const std::string& sql) {
        duckdb_result result;
        EXPECT_EQ(duckdb_query(connection_, sql.c_str(), &result), DuckDBSuccess) << duckdb_result_error(&result);
        duckdb_destroy_result(&result);
    }

    [[nodiscard]] test_result execute(const std::string& sql) const { return {connection_, sql}; }

    [[nodiscard]] row_encoder encoder(const test_result& result, backend::wire_format format) const {
        return row_encoder({.types = result.types(),
                            .formats = {&format, 1},
                            .settings = settings,
                            .zone = time_zone::find(zone).value()});
    }

    result<std::vector<test_row>> try_rows(const std::string& sql, backend::wire_format format) const {
        test_result result(connection_, sql);
        row_encoder rows = encoder(result, format);
        base::byte_buffer out;
        while (duckdb_data_chunk chunk = result.next()) {
            std::size_t done = 0;
            while (done < duckdb_data_chunk_get_size(chunk)) {
                TRY_ASSIGN(const std::size_t more, rows.encode(chunk, done, {}, out));
                done += more;
            }
        }
        std::vector<test_row> split;
        for (const std::string& payload : split_messages(out.view(), 'D')) {
            split.push_back(split_fields(payload));
        }
        return split;
    }
    [[nodiscard]] std::vector<test_row> rows(const std::string& sql,
                                             backend::wire_format format = backend::wire_format::text) const {
        auto split = try_rows(sql, format);
        EXPECT_TRUE(split) << sql << ": " << (split ? "" : split.error().message);
        return split ? *split : std::vector<test_row>{};
    }
    // The only value of the only row; "NULL" for null.
    [[nodiscard]] std::string text(const std::string& sql) const { return single(sql, backend::wire_format::text); }
    [[nodiscard]] std::string binary(const std::string& sql) const {
        const std::string bytes = single(sql, backend::wire_format::binary);
        return bytes == "NULL" ? bytes : to_hex(bytes);
    }
    // The SQLSTATE of the failure.
    [[nodiscard]] std::string failure(const std::string& sql, backend::wire_format format) const {
        const auto split = try_rows(sql, format);
        return split ? "no failure" : std::string(split.error().code.view());
    }

  private:
    [[nodiscard]] std::string single(const std::string& sql, backend::wire_format format) const {
        const std::vector<test_row> split = rows(sql, format);
        if (split.size() != 1 || split[0].size() != 1) {
            ADD_FAILURE() << sql << " gave " << split.size() << " rows";
            return {};
        }
        return split[0][0].value_or("NULL");
    }

    duckdb_database database_ = nullptr;
    duckdb_connection connection_ = nullptr;
};

}  // namespace sluice::duckdb
