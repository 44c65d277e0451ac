// text_rows.hpp - rows of the session itself, read like an engine's: the answer to SHOW.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend.hpp"

namespace sluice::session {

class text_rows final : public backend::row_stream {
  public:
    using table = std::vector<std::vector<std::string>>;

    explicit text_rows(table rows) : rows_(std::move(rows)) {}

    result<backend::fetched> next(base::byte_buffer& out, backend::fetch_limit limit) override;

  private:
    table rows_;
    std::size_t taken_ = 0;
};

}  // namespace sluice::session
