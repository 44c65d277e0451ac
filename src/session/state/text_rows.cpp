#include "session/state/text_rows.hpp"

#include "postgres/wire/backend_messages.hpp"

namespace sluice::session {

result<backend::fetched> text_rows::next(base::byte_buffer& out, backend::fetch_limit limit) {
    backend::fetched got;
    const std::size_t start = out.size();
    while (taken_ < rows_.size() && got.rows < limit.rows_max && out.size() - start < limit.bytes_max) {
        const std::vector<std::string>& row = rows_[taken_++];
        const std::vector<std::string_view> values(row.begin(), row.end());
        postgres::write_data_row(out, values);
        ++got.rows;
    }
    got.finished = taken_ == rows_.size();
    return got;
}

}  // namespace sluice::session
