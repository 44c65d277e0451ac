#include "engines/duckdb/copy/copy_reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/run/memory_wall.hpp"
#include "engines/duckdb/capi/duckdb_errors.hpp"
#include "postgres/lex/quote.hpp"
#include "postgres/parse/decode_number.hpp"

namespace sluice::duckdb {
namespace {

using null_rule = postgres::copy_layout::null_rule;

bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, base::to_lower, base::to_lower);
}

// Marks the columns of one FORCE_... option.
result<> force(const std::vector<std::string>& names, std::string_view option, null_rule rule,
               postgres::copy_layout& layout) {
    for (const std::string& name : names) {
        const auto found = std::ranges::find_if(layout.columns,
                                                [&name](const std::string& column) { return same_name(column, name); });
        if (found == layout.columns.end()) {
            return fail(sqlstates::invalid_column_reference,
                        std::string(option) + " column \"" + name + "\" not referenced by COPY");
        }
        layout.null_rules.resize(layout.columns.size(), null_rule::plain);
        null_rule& column = layout.null_rules[static_cast<std::size_t>(found - layout.columns.begin())];
        column = column == null_rule::plain || column == rule ? rule : null_rule::force_both;
    }
    return {};
}

result<postgres::copy_layout> layout_of(const copy_reader_params& params) {
    const postgres::copy_command& command = params.command;
    postgres::copy_layout layout{
        .relation = command.table.back(),
        .columns = {},
        .is = command.format == postgres::copy_format::text  ? postgres::copy_layout::format::text
              : command.format == postgres::copy_format::csv ? postgres::copy_layout::format::csv
                                                             : postgres::copy_layout::format::binary,
        .delimiter = command.delimiter,
        .quote = command.quote,
        .escape = command.escape,
        .null_text = command.null_text,
        .header = command.header,
        .header_match = command.header_match,
        .null_rules = {},
        .row_bytes_max = params.row_bytes_max};
    for (const auto& column : params.columns) {
        layout.columns.push_back(column.name);
    }
    TRY(force(command.force_not_null, "FORCE_NOT_NULL", null_rule::force_not_null, layout));
    TRY(force(command.force_null, "FORCE_NULL", null_rule::force_null, layout));
    return layout;
}

// Handles that are valid as long as their owners live.
std::vector<duckdb_logical_type> handles_of(const std::vector<owned_type>& types) {
    std::vector<duckdb_logical_type> handles;
    handles.reserve(types.size());
    for (const owned_type& type : types) {
        handles.push_back(type.get());
    }
    return handles;
}

constexpr std::size_t batch_chunks = 60;  // one row group of 122,880 rows, which DuckDB then compresses at once

}  // namespace

copy_reader::copy_reader(const copy_reader_params& params, postgres::copy_layout layout)
    : connection_(params.connection),
      relation_(layout.relation),
      format_(layout.is == postgres::copy_layout::format::binary ? backend::wire_format::binary
                                                                 : backend::wire_format::text),
      formats_(params.columns.size(), format_),
      rows_(params.columns.size(), duckdb_vector_size()),
      batch_bytes_max_(params.batch_bytes_max),
      threads_(params.threads) {
    std::vector<duckdb_logical_type> types;
    for (const auto& column : params.columns) {
        columns_.push_back(std::make_unique<copy_column_reader>(column.name, column.type, format_, params.zone));
        types.push_back(columns_.back()->staging() != nullptr ? columns_.back()->staging() : column.type);
    }
    types_ = copy_types(types);
    source_ = std::make_unique<copy_sources::lease>(params.sources, copy_types(types));
    tokenizer_ = postgres::make_copy_tokenizer(std::move(layout));
}

copy_reader::~copy_reader() {
    if (inserting_) {
        duckdb_interrupt(connection_);
        static_cast<void>(finish_insert());  // DuckDB's threads read the batch: they must stop before it is destroyed
    }
}

result<std::unique_ptr<copy_reader>> copy_reader::open(const copy_reader_params& params) {
    TRY_ASSIGN(postgres::copy_layout layout, layout_of(params));
    std::unique_ptr<copy_reader> reader(new copy_reader(params, std::move(layout)));
    TRY(reader->prepare(params));
    return reader;
}

result<> copy_reader::prepare(const copy_reader_params& params) {
    std::string names;
    std::string expressions;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::string_view comma = i == 0 ? "" : ", ";
        names.append(comma).append(postgres::quote_identifier(columns_[i]->name()));
        expressions.append(comma).append(columns_[i]->expression("c" + std::to_string(i)));
    }
    const std::string sql =
        "INSERT INTO " + params.table + " (" + names + ") SELECT " + expressions + " FROM " + source_->sql();
    if (duckdb_prepare(connection_, sql.c_str(), insert_.out()) == DuckDBError) {
        const char* const text = duckdb_prepare_error(insert_.get());
        if (text != nullptr && std::string_view(text).contains("is not an table")) {
            return fail(sqlstates::wrong_object_type, "cannot copy to view \"" + relation_ + "\"");
        }
        return fail(insert_error(text));
    }
    use_next_chunk();
    return {};
}

result<> copy_reader::write(std::string_view bytes) {
    while (!bytes.empty()) {
        auto read = tokenizer_->read(bytes, rows_);
        TRY(take_rows());  // a bad value in an earlier row is reported before a bad row
        if (!read) {
            return read;
        }
    }
    return {};
}

result<std::uint64_t> copy_reader::finish() {
    auto read = tokenizer_->finish(rows_);
    TRY(take_rows());
    if (!read) {
        return fail(std::move(read).error());
    }
    if (chunk_rows_ > 0) {
        end_chunk();
    }
    if (batches_[filled_].used > 0) {
        TRY(start_insert());
    }
    TRY(finish_insert());
    return rows_inserted_;
}

result<> copy_reader::take_rows() {
    for (std::size_t first = 0; first < rows_.size();) {
        const std::size_t count = std::min(rows_.size() - first, duckdb_vector_size() - chunk_rows_);
        TRY(convert(first, count));
        first += count;
        chunk_rows_ += count;
        const copy_batch& batch = batches_[filled_];
        const bool much_text = batch.strings.bytes() >= batch_bytes_max_;
        if (chunk_rows_ < duckdb_vector_size() && !much_text) {
            continue;
        }
        end_chunk();
        if (batch.used == batch_chunks || much_text) {
            TRY(start_insert());
        }
        use_next_chunk();
    }
    return {};
}

result<> copy_reader::convert(std::size_t first, std::size_t count) {
    std::optional<sluice::error> error;
    for (std::size_t column = 0; column < columns_.size(); ++column) {
        auto bad = columns_[column]->read(rows_, column, first, count, chunk_rows_);
        if (bad) {
            count = bad->row;  // only an error of an earlier row would be reported before this one
            error = in_context(*std::move(bad), column, first);
        }
    }
    return error ? result<>(fail(*std::move(error))) : result<>();
}

error copy_reader::in_context(bad_field bad, std::size_t column, std::size_t first) const {
    const std::size_t row = first + bad.row;
    const std::uint64_t line = rows_.line(row);
    const std::string& name = columns_[column]->name();
    sluice::error error = std::move(bad.error);
    if (format_ == backend::wire_format::binary) {
        error.context = postgres::copy_column_context(relation_, line, name);
    } else if (error.code == sqlstates::character_not_in_repertoire) {
        error.context = postgres::copy_context(relation_, line);
    } else {
        const postgres::copy_field& field = rows_.column(column)[row * rows_.columns()];
        error.context = postgres::copy_value_context(relation_, line, name, field.view());
    }
    return error;
}

void copy_reader::use_next_chunk() {
    copy_batch& batch = batches_[filled_];
    if (batch.used == batch.chunks.size()) {
        std::vector<duckdb_logical_type> types = handles_of(types_);
        batch.chunks.emplace_back(duckdb_create_data_chunk(types.data(), types.size()));
    } else {
        duckdb_data_chunk_reset(batch.chunks[batch.used].get());
    }
    chunk_rows_ = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        columns_[i]->use(duckdb_data_chunk_get_vector(batch.chunks[batch.used].get(), i), batch.strings);
    }
}

void copy_reader::end_chunk() {
    copy_batch& batch = batches_[filled_];
    duckdb_data_chunk_set_size(batch.chunks[batch.used].get(), chunk_rows_);
    ++batch.used;
    rows_inserted_ += chunk_rows_;
    chunk_rows_ = 0;
}

// Hands the filled batch to DuckDB and switches to the other.
result<> copy_reader::start_insert() {
    TRY(finish_insert());
    source_->offer(batches_[filled_]);
    if (duckdb_pending_prepared(insert_.get(), inserting_.out()) == DuckDBError) {
        sluice::error error = insert_error(duckdb_pending_error(inserting_.get()));
        inserting_.reset();
        return fail(std::move(error));
    }
    helped_.emplace(threads_);  // without threads DuckDB works in finish_insert()
    filled_ ^= 1U;
    batches_[filled_].used = 0;
    batches_[filled_].strings.clear();
    return {};
}

result<> copy_reader::finish_insert() {
    if (!inserting_) {
        return {};
    }
    const owned_pending pending = std::exchange(inserting_, owned_pending());
    owned_result result;
    const auto run_counted = [&] {
        const base::memory_wall::statement_scope counted(nullptr);
        return run_pending(threads_, pending, result);
    };
    const char* const failure = run_counted();
    helped_.reset();
    return failure == nullptr ? sluice::result<>() : sluice::result<>(fail(insert_error(failure)));
}

error copy_reader::insert_error(const char* text) const {
    sluice::error error = translate_error(text == nullptr ? "the engine refused the rows" : text);
    error.position = 0;  // it counts in the server's own statement
    error.context = "COPY " + relation_;
    return error;
}

}  // namespace sluice::duckdb
