// constant_query.hpp - answers `SELECT 1`, and every other list of constants, without the engine.
//
// Problem: health checks and poolers send SELECT 1 all day; planning and running it costs DuckDB more than the rest of
//          the server.
// Accepts: SELECT followed by integers with an optional sign, plain strings of ASCII, NULL, TRUE and FALSE, each with an
//          optional AS name, and nothing else: then type, name and value follow from PostgreSQL's grammar alone. Any
//          other text, numeric constants among them, is left to the engine.
// Source:  PostgreSQL 15 manual, chapters 4.1.2 (Constants) and 7.3.2 (Column Labels); gram.y, doNegate.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/backend.hpp"

namespace sluice::duckdb {

class constant_query final : public backend::prepared_statement {
  public:
    // nullptr: the text is something else.
    [[nodiscard]] static std::shared_ptr<constant_query> read(const postgres::lexed_text& sql);

    [[nodiscard]] std::span<const backend::oid> parameter_types() const override { return {}; }
    [[nodiscard]] std::span<const backend::column> columns() const override { return columns_; }
    [[nodiscard]] bool may_have_effect() const override { return false; }

    [[nodiscard]] const std::string& sql() const { return sql_; }
    // Appends the one row. `formats` as for session::execute().
    void write_row(std::span<const backend::wire_format> formats, base::byte_buffer& out) const;

  private:
    std::string sql_;
    std::vector<backend::column> columns_;
    std::vector<std::optional<std::string>> values_;  // as text
};

class constant_rows final : public backend::row_stream {
  public:
    constant_rows(std::shared_ptr<const constant_query> query, std::span<const backend::wire_format> formats)
        : query_(std::move(query)), formats_(formats.begin(), formats.end()) {}

    result<backend::fetched> next(base::byte_buffer& out, backend::fetch_limit limit) override;
    void write_as(std::span<const backend::wire_format> formats) { formats_.assign(formats.begin(), formats.end()); }

  private:
    std::shared_ptr<const constant_query> query_;  // shared with the session's statement, which may be dropped
    std::vector<backend::wire_format> formats_;
    bool read_ = false;
};

}  // namespace sluice::duckdb
