#include "engines/duckdb/encode/row_encoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/core/assert.hpp"
#include "postgres/format/value_binary.hpp"

namespace sluice::duckdb {
namespace {

using postgres::write_be;

constexpr std::size_t slice_rows_max = 256;     // so that a slice of a usual table fits into the level-1 cache
constexpr std::size_t slice_cells_max = 16384;  // over all columns
constexpr std::size_t slice_rows_first = 16;    // while the size of a row is unknown
constexpr std::size_t slice_bytes_max = std::size_t{256} * 1024;  // a larger one is written a row at a time
constexpr std::size_t columns_max = 32767;

constexpr std::size_t scratch_of_bounded_values = slice_rows_max * postgres::scalar_text_bytes_max;

std::size_t scratch_of_a_column(std::size_t columns) {
    constexpr std::size_t least = 4096;
    return std::max(scratch_bytes_max_of_all / std::max<std::size_t>(columns, 1), least);
}

// Copies exactly `size` bytes; most values are short, and a call of memcpy costs more than the copy.
char* copy_bytes(char* out, const char* from, std::size_t size) {
    if (size >= 8 && size <= 16) {
        std::array<char, 16> bytes;
        std::memcpy(bytes.data(), from, 8);
        std::memcpy(bytes.data() + 8, from + size - 8, 8);
        std::memcpy(out, bytes.data(), 8);
        std::memcpy(out + size - 8, bytes.data() + 8, 8);
    } else if (size < 8) {
        if (size >= 4) {
            std::uint32_t first = 0;
            std::uint32_t last = 0;
            std::memcpy(&first, from, 4);
            std::memcpy(&last, from + size - 4, 4);
            std::memcpy(out, &first, 4);
            std::memcpy(out + size - 4, &last, 4);
        } else {
            for (std::size_t i = 0; i < size; ++i) {
                out[i] = from[i];
            }
        }
    } else if (size <= 32) {
        std::array<char, 32> bytes;
        std::memcpy(bytes.data(), from, 16);
        std::memcpy(bytes.data() + 16, from + size - 16, 16);
        std::memcpy(out, bytes.data(), 16);
        std::memcpy(out + size - 16, bytes.data() + 16, 16);
    } else {
        std::memcpy(out, from, size);
    }
    return out + size;
}

constexpr std::string_view binary_header("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr std::size_t message_head_bytes = 5;

// Appends the message that begins at `second` to the message in front of it.
void join_header(std::size_t second, base::byte_buffer& out) {
    const std::size_t rest = out.size() - second - message_head_bytes;
    std::memmove(out.data() + second, out.data() + second + message_head_bytes, rest);
    out.truncate(second + rest);
    const std::size_t header = second - binary_header.size() - message_head_bytes;
    out.put_be32(header + 1, static_cast<std::uint32_t>(out.size() - header - 1));
}

std::size_t length_of(const cell& value) {
    return value.length > 0 ? static_cast<std::size_t>(value.length) : 0;
}

char* begin_message(char* out, char tag) {
    *out = tag;
    return out + 5;
}

void end_message(char* message, const char* end) {
    write_be(message + 1, static_cast<std::int32_t>(end - message - 1));
}

}  // namespace

row_encoder::row_encoder(row_encoder_params params)
    : context_{.settings = std::move(params.settings),
               .zone = std::move(params.zone),
               .message_bytes_max = params.message_bytes_max,
               .scratch_bytes_max = scratch_of_a_column(params.types.size())},
      framing_(params.framing),
      copy_(std::move(params.copy)),
      cells_per_column_(std::clamp(slice_cells_max / std::max<std::size_t>(params.types.size(), 1), slice_rows_first,
                                   slice_rows_max)) {
    copy_.columns = params.types.size();
    columns_.reserve(params.types.size());
    for (std::size_t i = 0; i < params.types.size(); ++i) {
        backend::wire_format format =
            framing_ == row_framing::copy_binary ? backend::wire_format::binary : backend::wire_format::text;
        if (!params.formats.empty()) {
            format = params.formats[params.formats.size() == 1 ? 0 : i];
        }
        value_type type = read_value_type(params.types[i]);
        const column_encoder encode = find_column_encoder(type, format);
        columns_.push_back({.type = std::move(type), .encode = encode});
        column_plan& plan = columns_.back();
        plan.cells.cells.resize(cells_per_column_);
        plan.escape = (framing_ == row_framing::copy_text || framing_ == row_framing::copy_csv) &&
                      !is_plain_in(copy_, plan.type.kind);
    }
    heads_.reserve(columns_.size());
    for (const column_plan& plan : columns_) {
        heads_.push_back(plan.cells.cells.data());
    }
}

result<std::size_t> row_encoder::encode(duckdb_data_chunk chunk, std::size_t first_row, backend::fetch_limit limit,
                                        base::byte_buffer& out) {
    if (columns_.size() > columns_max) {
        return fail(sqlstates::program_limit_exceeded, "a row can have at most 32767 columns");
    }
    const std::size_t chunk_rows = duckdb_data_chunk_get_size(chunk);
    SLUICE_ASSERT(first_row <= chunk_rows);
    const std::size_t rows_wanted = std::min<std::uint64_t>(chunk_rows - first_row, limit.rows_max);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        columns_[i].view = view_of(columns_[i].type, duckdb_data_chunk_get_vector(chunk, i));
    }
    const std::size_t begin_bytes = out.size();
    const std::size_t end_bytes = begin_bytes + std::max<std::size_t>(limit.bytes_max, 1);
    const bool continues_header = rows_wanted > 0 && take_open_header(out);
    std::size_t done = 0;
    while (done < rows_wanted && out.size() < end_bytes) {
        const bool first = continues_header && done == 0;
        const auto written = encode_slice(first_row + done, first ? 1 : rows_wanted - done, end_bytes, out);
        if (first && written) {
            join_header(begin_bytes, out);
        }
        if (!written) {
            if (done == 0) {
                return written;
            }
            break;  // the rows done so far count; the next call fails at its first row
        }
        done += *written;
    }
    return done;
}

result<std::size_t> row_encoder::encode_slice(std::size_t first_row, std::size_t rows_max, std::size_t end_bytes,
                                              base::byte_buffer& out) {
    const std::size_t before_bytes = out.size();
    const std::size_t rows = std::min(slice_rows(end_bytes - before_bytes), rows_max);
    TRY_ASSIGN(const std::size_t formatted, format_columns(first_row, rows));
    TRY_ASSIGN(const std::size_t written, write_rows(formatted, end_bytes, out));
    SLUICE_ASSERT(written != 0);
    row_bytes_average_ = (out.size() - before_bytes) / written + 1;
    release_large_scratch();
    return written;
}

std::size_t row_encoder::slice_rows(std::size_t bytes_left) const {
    if (row_bytes_average_ == 0) {
        return slice_rows_first;
    }
    return std::clamp<std::size_t>(bytes_left / row_bytes_average_ + 1, 1, cells_per_column_);
}

result<std::size_t> row_encoder::format_columns(std::size_t first_row, std::size_t rows) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        column_plan& plan = columns_[i];
        plan.cells.bytes.clear();
        plan.cells.cells_bytes = 0;
        rows = plan.encode(plan.type, plan.view, first_row, rows, context_, plan.cells);
        if (context_.error) {
            error cause = std::move(*context_.error);
            context_.error.reset();
            return fail(std::move(cause));
        }
        if (plan.escape) {
            rows = escape_copy_cells(copy_, i, rows, context_.scratch_bytes_max, plan.cells);
        }
    }
    return rows;
}

std::size_t row_encoder::row_overhead() const {
    const bool lines = framing_ == row_framing::copy_text || framing_ == row_framing::copy_csv;
    return lines ? 6 + columns_.size() * (1 + copy_.null_text.size()) : 7 + columns_.size() * 4;
}

std::size_t row_encoder::row_bytes(std::size_t row) const {
    std::size_t bytes = row_overhead();
    for (const cell* head : heads_) {
        bytes += length_of(head[row]);
    }
    return bytes;
}

result<std::size_t> row_encoder::write_rows(std::size_t rows, std::size_t end_bytes, base::byte_buffer& out) {
    std::size_t bytes = rows * row_overhead();
    for (const column_plan& plan : columns_) {
        bytes += plan.cells.cells_bytes;
    }
    if (bytes <= std::min(slice_bytes_max, context_.message_bytes_max)) {
        char* const begin = out.reserve(bytes);
        const char* const stop = begin + (end_bytes - out.size());
        char* end = begin;
        std::size_t row = 0;
        while (row < rows && end < stop) {
            end = write_row(row++, end);
        }
        out.commit(static_cast<std::size_t>(end - begin));
        return row;
    }
    std::size_t row = 0;
    while (row < rows && out.size() < end_bytes) {
        const std::size_t size = row_bytes(row);
        if (size > context_.message_bytes_max) {
            if (row == 0) {
                return fail(value_too_long());
            }
            break;
        }
        char* const begin = out.reserve(size);
        out.commit(static_cast<std::size_t>(write_row(row, begin) - begin));
        ++row;
    }
    return row;
}

char* row_encoder::write_row(std::size_t row, char* out) const {
    switch (framing_) {
        case row_framing::data_row:
            return write_fields('D', row, out);
        case row_framing::copy_binary:
            return write_fields('d', row, out);
        default:
            return write_line(row, out);
    }
}

char* row_encoder::write_fields(char tag, std::size_t row, char* out) const {
    char* const message = out;
    out = write_be(begin_message(out, tag), static_cast<std::uint16_t>(heads_.size()));
    for (const cell* const head : heads_) {
        const cell& value = head[row];
        out = write_be(out, value.length);
        out = copy_bytes(out, value.data, length_of(value));
    }
    end_message(message, out);
    return out;
}

char* row_encoder::write_line(std::size_t row, char* out) const {
    char* const message = out;
    out = begin_message(out, 'd');
    for (const cell* const head : heads_) {
        const cell& value = head[row];
        out = value.length < 0 ? copy_bytes(out, copy_.null_text.data(), copy_.null_text.size())
                               : copy_bytes(out, value.data, length_of(value));
        *out++ = copy_.delimiter;
    }
    out[-1] = '\n';
    end_message(message, out);
    return out;
}

void row_encoder::write_header(std::span<const std::string> names, base::byte_buffer& out) {
    const std::size_t message = out.size();
    out.append_byte('d');
    out.append_be32(0);
    if (framing_ == row_framing::copy_binary) {
        out.append(binary_header);
        header_open_ = true;
    } else {
        for (const std::string& name : names) {
            append_copy_value(copy_, name, false, out);
            out.append_byte(copy_.delimiter);
        }
        out.data()[out.size() - 1] = '\n';
    }
    out.put_be32(message + 1, static_cast<std::uint32_t>(out.size() - message - 1));
}

bool row_encoder::take_open_header(const base::byte_buffer& out) {
    return std::exchange(header_open_, false) && out.view().ends_with(binary_header);
}

void row_encoder::write_trailer(base::byte_buffer& out) {
    if (framing_ != row_framing::copy_binary) {
        return;
    }
    const bool continues_header = take_open_header(out);
    const std::size_t message = out.size();
    out.append_byte('d');
    out.append_be32(6);
    out.append_be16(static_cast<std::uint16_t>(-1));
    if (continues_header) {
        join_header(message, out);
    }
}

std::size_t row_encoder::scratch_bytes() const {
    std::size_t bytes = 0;
    for (const column_plan& plan : columns_) {
        bytes += plan.cells.bytes.capacity() + plan.cells.escaped.capacity();
    }
    return bytes;
}

void row_encoder::release_large_scratch() {
    const std::size_t scratch_kept = std::max(2 * context_.scratch_bytes_max, scratch_of_bounded_values);
    for (column_plan& plan : columns_) {
        if (plan.cells.bytes.capacity() > scratch_kept) {
            plan.cells.bytes = base::byte_buffer{};
        }
        if (plan.cells.escaped.capacity() > scratch_kept) {
            plan.cells.escaped = base::byte_buffer{};
        }
    }
}

}  // namespace sluice::duckdb
