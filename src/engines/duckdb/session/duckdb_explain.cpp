#include "engines/duckdb/session/duckdb_explain.hpp"

#include <string_view>

#include "engines/duckdb/capi/handles.hpp"

namespace sluice::duckdb {
namespace {

void append_line(std::string_view line, base::byte_buffer& out) {
    constexpr std::size_t fixed_bytes = 10;  // the length of the message, of the row, and of its field
    out.append_byte('D');
    out.append_be32(static_cast<std::uint32_t>(fixed_bytes + line.size()));
    out.append_be16(1);
    out.append_be32(static_cast<std::uint32_t>(line.size()));
    out.append(line);
}

}  // namespace

base::byte_buffer explain_lines(duckdb_result* result) {
    base::byte_buffer messages;
    const idx_t columns = duckdb_column_count(result);
    for (;;) {
        const owned_chunk chunk(duckdb_fetch_chunk(*result));
        if (!chunk || columns == 0) {
            return messages;
        }
        auto* texts = static_cast<duckdb_string_t*>(
            duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), columns - 1)));
        for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk.get()); ++row) {
            std::string_view text(duckdb_string_t_data(&texts[row]), duckdb_string_t_length(texts[row]));
            while (!text.empty()) {
                const auto end = text.find('\n');
                append_line(text.substr(0, end), messages);
                text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
            }
        }
    }
}

}  // namespace sluice::duckdb
