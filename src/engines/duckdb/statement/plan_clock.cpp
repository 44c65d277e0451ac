#include "engines/duckdb/statement/plan_clock.hpp"

#include <algorithm>

namespace sluice::duckdb {

plan_stamp plan_clock::now(std::uint64_t connection) const {
    return {.epoch = in_block() ? block_began_ : epoch_->observe(),
            .own_data = own_data_,
            .own_schema = own_schema_,
            .block = block_,
            .connection = connection};
}

bool plan_clock::is_valid(const plan_stamp& stamp, plan_reuse reuse, change own) const {
    if (reuse == plan_reuse::never || stamp.own_schema != own_schema_) {
        return false;
    }
    const bool reads_data = reuse != plan_reuse::until_schema_change;
    if (reads_data && stamp.own_data != own_data_) {
        return false;
    }
    if (in_block() && stamp.block == block_) {
        return true;
    }
    const auto expected = write_epoch::after_beginning(stamp.epoch, own);
    const auto observed = epoch_->observe();
    return reads_data ? stamp.epoch.data_is_quiet() && observed.data == expected.data
                      : stamp.epoch.schema_is_quiet() && observed.schema == expected.schema;
}

void plan_clock::note_own(change what) {
    own_data_ += what == change::none ? 0 : 1;
    own_schema_ += what == change::schema ? 1 : 0;
    if (in_block()) {
        block_change_ = std::max(block_change_, what);
    }
}

void plan_clock::begin_block() {
    block_ = ++blocks_;
    block_began_ = epoch_->observe();
    block_change_ = change::none;
}

bool plan_clock::is_undisturbed() const {
    const auto now = epoch_->observe();
    return block_change_ == change::none && block_began_.data_is_quiet() && now.data == block_began_.data &&
           now.schema == block_began_.schema;
}

void plan_clock::end_block(bool rolled_back) {
    const change undone = rolled_back ? block_change_ : change::none;
    block_ = 0;
    block_change_ = change::none;
    note_own(undone);
}

}  // namespace sluice::duckdb
