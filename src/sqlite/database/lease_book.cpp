#include "sqlite/database/lease_book.hpp"

#include <algorithm>

namespace sluice::sqlite {

namespace {
thread_local call_frame* innermost = nullptr;
}

call_frame::call_frame(const void* owner, connection& db, access mode)
    : owner_(owner), db_(db), mode_(mode), outer_(innermost) {
    innermost = this;
}

call_frame::~call_frame() {
    innermost = outer_;
}

call_frame* call_frame::find(const void* owner) {
    for (call_frame* each = innermost; each != nullptr; each = each->outer_) {
        if (each->owner_ == owner) {
            return each;
        }
    }
    return nullptr;
}

std::thread::id lease_book::add(access mode) {
    const std::scoped_lock lock(mutex_);
    lines_.push_back({.thread = std::this_thread::get_id(), .mode = mode});
    return lines_.back().thread;
}

void lease_book::remove(std::thread::id thread, access mode) {
    const std::scoped_lock lock(mutex_);
    lines_.erase(std::ranges::find(lines_, line{.thread = thread, .mode = mode}));
}

std::size_t lease_book::count(access mode) const {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(
        std::ranges::count(lines_, line{.thread = std::this_thread::get_id(), .mode = mode}));
}

}  // namespace sluice::sqlite
