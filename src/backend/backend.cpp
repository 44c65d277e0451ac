#include "backend/backend.hpp"

namespace sluice::engine {

core::result<fetched> row_stream::skip(std::uint64_t rows_max) {
    core::byte_buffer passed;
    return next(passed, {.rows_max = rows_max});
}

}  // namespace sluice::engine
