#include "session/state/transaction.hpp"

#include <tuple>

#include "base/core/assert.hpp"

namespace sluice::session {

postgres::transaction_status transaction::status() const {
    switch (state_) {
        case state::block:
            return postgres::transaction_status::in_block;
        case state::failed:
            return postgres::transaction_status::failed;
        case state::none:
        case state::implicit:
            break;
    }
    return postgres::transaction_status::idle;
}

void transaction::begin_implicit(bool read_only) {
    SLUICE_ASSERT(state_ == state::none);
    state_ = state::implicit;
    read_only_ = read_only;
}

void transaction::begin_block(bool read_only) {
    SLUICE_ASSERT(!in_block());
    state_ = state::block;
    read_only_ = read_only;
}

result<> transaction::enter_engine() {
    SLUICE_ASSERT(state_ != state::failed);
    if (state_ == state::none || engine_begun_) {
        return {};
    }
    TRY(engine_.begin({.read_only = read_only_}));
    started_ = true;
    engine_begun_ = true;
    engine_read_only_ = read_only_;
    return {};
}

result<> transaction::commit() {
    const bool begun = engine_begun_;
    end(state::none);
    if (!begun) {
        return {};
    }
    auto committed = engine_.commit();
    if (!committed) {
        // The commit's own error is reported; the engine only has to leave the transaction.
        std::ignore = engine_.rollback();
    }
    return committed;
}

result<> transaction::rollback() {
    const bool begun = engine_begun_;
    end(state::none);
    return begun ? engine_.rollback() : result<>{};
}

result<> transaction::fail() {
    const bool begun = engine_begun_;
    end(in_block() ? state::failed : state::none);
    return begun ? engine_.rollback() : result<>{};
}

void transaction::end(state next) {
    state_ = next;
    read_only_ = false;
    started_ = false;
    engine_begun_ = false;
    engine_read_only_ = false;
}

}  // namespace sluice::session
