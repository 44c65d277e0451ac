// schema_names.hpp - the schemas of the served database, read once after each change, not by every session.
//
// Use:     auto names = known.find(epoch); if (!names) { names = read; known.keep(epoch, names); }
// Epoch:   that of write_epoch for schemas. Only lists of a quiet epoch, read outside of a transaction block, are kept.
// Bounds:  one list, the newest.
// Threads: any.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sluice::duckdb {

class schema_names {
  public:
    using list = std::shared_ptr<const std::vector<std::string>>;

    [[nodiscard]] list find(std::uint64_t epoch) const {
        const std::scoped_lock lock(mutex_);
        return epoch == epoch_ ? names_ : nullptr;
    }
    void keep(std::uint64_t epoch, list names) {
        const std::scoped_lock lock(mutex_);
        epoch_ = epoch;
        names_ = std::move(names);
    }

  private:
    mutable std::mutex mutex_;
    std::uint64_t epoch_ = 0;
    list names_;
};

}  // namespace sluice::duckdb
