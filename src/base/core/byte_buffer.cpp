#include "base/core/byte_buffer.hpp"

#include <algorithm>

namespace sluice::base {

void byte_buffer::grow(std::size_t needed) {
    const std::size_t capacity = std::max({needed, capacity_ + capacity_ / 2, std::size_t{64}});
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ != 0) {
        std::memcpy(bytes.get(), bytes_.get(), size_);
    }
    bytes_ = std::move(bytes);
    capacity_ = capacity;
}

}  // namespace sluice::base
