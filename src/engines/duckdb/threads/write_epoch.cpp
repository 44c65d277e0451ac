#include "engines/duckdb/threads/write_epoch.hpp"

#include <utility>

namespace sluice::duckdb {

write_epoch::writing::writing(write_epoch& epoch, change what) : epoch_(&epoch), what_(what) {
    if (what_ == change::schema) {
        epoch_->schema_.fetch_add(one_step + one_writer);
    }
    if (what_ != change::none) {
        epoch_->data_.fetch_add(one_step + one_writer);
    }
}

write_epoch::writing::writing(writing&& other) noexcept
    : epoch_(std::exchange(other.epoch_, nullptr)), what_(std::exchange(other.what_, change::none)) {}

write_epoch::writing& write_epoch::writing::operator=(writing&& other) noexcept {
    if (this != &other) {
        end();
        epoch_ = std::exchange(other.epoch_, nullptr);
        what_ = std::exchange(other.what_, change::none);
    }
    return *this;
}

void write_epoch::writing::end() {
    if (what_ != change::none) {
        epoch_->data_.fetch_sub(one_writer);
    }
    if (what_ == change::schema) {
        epoch_->schema_.fetch_sub(one_writer);
    }
    what_ = change::none;
}

write_epoch::observation write_epoch::after_beginning(observation before, change what) {
    if (what != change::none) {
        before.data += one_step + one_writer;
    }
    if (what == change::schema) {
        before.schema += one_step + one_writer;
    }
    return before;
}

}  // namespace sluice::duckdb
