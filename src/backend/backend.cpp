#include "backend/backend.hpp"

namespace sluice::backend {

result<fetched> row_stream::skip(std::uint64_t rows_max) {
    base::byte_buffer passed;
    return next(passed, {.rows_max = rows_max});
}

}  // namespace sluice::backend
