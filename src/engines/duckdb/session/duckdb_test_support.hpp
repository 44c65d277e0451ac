// duckdb_test_support.hpp - a DuckDB session for tests, with results as lists of text.
//
// Use:     test_database db; test_client client(db); client.rows("SELECT 1, NULL") → {{"1", "NULL"}}
#pragma once

#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "engines/duckdb/database/duckdb_backend.hpp"

namespace sluice::duckdb {

using text_row = std::vector<std::string>;
using text_rows = std::vector<text_row>;

inline std::uint32_t read_be(const char* bytes, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        value = (value << 8) | static_cast<unsigned char>(bytes[i]);
    }
    return value;
}

// DataRow messages as text; NULL as "NULL".
inline text_rows parse_rows(std::string_view messages) {
    text_rows rows;
    while (!messages.empty()) {
        const std::size_t size = read_be(messages.data() + 1, 4) + 1;
        const char* field = messages.data() + 7;
        text_row row;
        for (std::uint32_t count = read_be(messages.data() + 5, 2); count > 0; --count) {
            const auto length = static_cast<std::int32_t>(read_be(field, 4));
            field += 4;
            if (length < 0) {
                row.emplace_back("NULL");
            } else {
                row.emplace_back(field, static_cast<std::size_t>(length));
                field += length;
            }
        }
        rows.push_back(std::move(row));
        messages.remove_prefix(size);
    }
    return rows;
}

// The payloads of CopyData messages.
inline std::string parse_copy(std::string_view messages) {
    std::string data;
    while (!messages.empty()) {
        const std::size_t size = read_be(messages.data() + 1, 4) + 1;
        EXPECT_EQ(messages.front(), 'd');
        data += messages.substr(5, size - 5);
        messages.remove_prefix(size);
    }
    return data;
}

// A folder that is removed after the test.
class test_folder {
  public:
    test_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "sluice-test-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    test_folder(const test_folder&) = delete;
    test_folder& operator=(const test_folder&) = delete;
    ~test_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string path(std::string_view name = "") const {
        return name.empty() ? path_ : path_ + "/" + std::string(name);
    }

  private:
    std::string path_;
};

// The folder in which the build's set-up unpacked the extensions.
inline std::string test_extension_directory() {
    // Searched from the working directory, not from __FILE__: ccache makes that relative to the build.
    auto root = std::filesystem::current_path();
    while (!std::filesystem::exists(root / "build" / "deps") && root.has_relative_path()) {
        root = root.parent_path();
    }
    return (root / "build" / "deps" / "extensions").string();
}

class test_database {
  public:
    explicit test_database(duckdb_params params = {}) {
        params.extension_directory = test_extension_directory();
        auto opened = open_duckdb(std::move(params));
        if (!opened) {
            ADD_FAILURE() << opened.error().message;
            std::abort();
        }
        backend_ = *std::move(opened);
    }
    [[nodiscard]] backend::engine& engine() { return *backend_; }

  private:
    std::unique_ptr<backend::engine> backend_;
};

class test_client {
  public:
    explicit test_client(test_database& database, const std::string& name = "main") {
        auto opened = database.engine().open_session({.session_id = 1, .user = "test", .database = name});
        if (!opened) {
            ADD_FAILURE() << opened.error().message;
            std::abort();
        }
        session_ = *std::move(opened);
    }

    [[nodiscard]] backend::session& engine() { return *session_; }

    result<std::shared_ptr<backend::prepared_statement>> try_prepare(std::string_view sql,
                                                                     std::vector<backend::oid> types = {}) {
        return session_->prepare(sql, types);
    }
    std::shared_ptr<backend::prepared_statement> prepare(std::string_view sql, std::vector<backend::oid> types = {}) {
        auto prepared = session_->prepare(sql, types);
        EXPECT_TRUE(prepared) << sql << ": " << prepared.error().message;
        return prepared ? *prepared : nullptr;
    }

    using arguments = std::vector<std::optional<std::string>>;

    result<backend::execution> try_execute(const std::shared_ptr<backend::prepared_statement>& statement,
                                           const arguments& values = {}) {
        std::vector<backend::parameter> parameters;
        for (const auto& value : values) {
            parameters.push_back({.format = backend::wire_format::text, .value = value});
        }
        const std::vector<backend::wire_format> formats(statement->columns().size(), backend::wire_format::text);
        return session_->execute(statement, parameters, formats, {});
    }
    backend::execution execute(const std::shared_ptr<backend::prepared_statement>& statement,
                               const arguments& values = {}) {
        auto executed = try_execute(statement, values);
        EXPECT_TRUE(executed) << executed.error().message;
        return executed ? *std::move(executed) : backend::execution{};
    }

    static text_rows read(backend::execution executed,
                          std::uint64_t rows_max = std::numeric_limits<std::uint64_t>::max()) {
        return executed.rows ? read(*executed.rows, rows_max) : text_rows{};
    }
    static text_rows read(backend::row_stream& stream,
                          std::uint64_t rows_max = std::numeric_limits<std::uint64_t>::max()) {
        base::byte_buffer out;
        std::uint64_t rows = 0;
        for (;;) {
            auto got = stream.next(out, {.rows_max = rows_max - rows});
            EXPECT_TRUE(got) << got.error().message;
            if (!got) {
                break;
            }
            rows += got->rows;
            if (got->finished || rows >= rows_max) {
                break;
            }
        }
        return parse_rows(out.view());
    }

    // Reads up to the failure, which must come behind some rows; every later call must fail, too.
    static error read_to_failure(backend::row_stream& stream) {
        base::byte_buffer out;
        result<backend::fetched> got;
        std::uint64_t rows = 0;
        do {
            got = stream.next(out, {});
            rows += got ? got->rows : 0;
        } while (got && !got->finished);
        EXPECT_FALSE(got);
        EXPECT_GT(rows, 0U);
        EXPECT_FALSE(stream.next(out, {}));
        return got ? sluice::error{.code = sqlstates::successful_completion, .message = "no failure"} : got.error();
    }

    text_rows rows(std::string_view sql, const arguments& values = {}) { return run(prepare(sql), values); }
    text_rows run(const std::shared_ptr<backend::prepared_statement>& statement, const arguments& values = {}) {
        return statement ? read(execute(statement, values)) : text_rows{};
    }
    std::uint64_t count(std::string_view sql, const arguments& values = {}) {
        auto statement = prepare(sql);
        return statement ? execute(statement, values).rows_affected : 0;
    }
    // The error of preparing, executing or reading.
    sluice::error error(std::string_view sql, const arguments& values = {}) {
        sluice::error none{.code = sqlstates::successful_completion, .message = "no error"};
        auto prepared = session_->prepare(sql, {});
        if (!prepared) {
            return prepared.error();
        }
        auto executed = try_execute(*prepared, values);
        if (!executed) {
            return executed.error();
        }
        base::byte_buffer out;
        while (executed->rows) {
            auto got = executed->rows->next(out, {});
            if (!got) {
                return got.error();
            }
            if (got->finished) {
                break;
            }
        }
        return none;
    }
    std::string code(std::string_view sql, const arguments& values = {}) {
        return std::string(error(sql, values).code.view());
    }
    void begin(bool read_only = false) {
        auto begun = session_->begin({.read_only = read_only});
        EXPECT_TRUE(begun) << begun.error().message;
    }
    void commit() {
        auto committed = session_->commit();
        EXPECT_TRUE(committed) << committed.error().message;
    }
    void rollback() {
        auto rolled_back = session_->rollback();
        EXPECT_TRUE(rolled_back) << rolled_back.error().message;
    }

  private:
    std::unique_ptr<backend::session> session_;
};

}  // namespace sluice::duckdb
