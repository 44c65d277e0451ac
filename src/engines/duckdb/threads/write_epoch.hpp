// write_epoch.hpp - tells whether there may have been a write through this database since a moment.
//
// Problem: DuckDB folds a table's statistics into a prepared plan and does not notice when they change: a plan made
//          while a table was empty returns no rows for ever. So a plan must not outlive a write.
// Use:     writer:  { const write_epoch::writing now(epoch, change::data); ... run the COMMIT ... }
//          planner: const auto made_at = epoch.observe(); ... plan ...; later: if (epoch.observe() == made_at) reuse it
// How:     a counter and the number of active writers in one atomic word, once for data and once for objects that plans
//          are bound to (schemas, attached databases, settings). A plan that was made during a write is never reused.
// Order:   a plan is right for a snapshot taken between two equal, quiet observations around it.
// Threads: any.
#pragma once

#include <atomic>
#include <cstdint>

namespace sluice::duckdb {

enum class change : std::uint8_t {
    none,
    data,    // rows
    schema,  // every object that a name in a statement may refer to; implies data
};

class write_epoch {
  public:
    struct observation {
        std::uint64_t data = 0;
        std::uint64_t schema = 0;

        // No write was active then. Only quiet observations tell something about a plan.
        [[nodiscard]] bool data_is_quiet() const { return (data & writers_mask) == 0; }
        [[nodiscard]] bool schema_is_quiet() const { return (schema & writers_mask) == 0; }
    };

    // Marks the time in which a write becomes visible to others; keep it around the commit, not around the whole
    // statement, if the two can be separated.
    class writing {
      public:
        writing() = default;
        writing(write_epoch& epoch, change what);
        writing(writing&& other) noexcept;
        writing& operator=(writing&& other) noexcept;
        writing(const writing&) = delete;
        writing& operator=(const writing&) = delete;
        ~writing() { end(); }

        void end();

      private:
        write_epoch* epoch_ = nullptr;
        change what_ = change::none;
    };

    [[nodiscard]] observation observe() const { return {.data = data_.load(), .schema = schema_.load()}; }
    // The result of observe() when `before` was quiet and only one writer of `what` has begun since.
    [[nodiscard]] static observation after_beginning(observation before, change what);

  private:
    static constexpr std::uint64_t writers_mask = 0xffff;
    static constexpr std::uint64_t one_writer = 1;
    static constexpr std::uint64_t one_step = writers_mask + 1;

    std::atomic<std::uint64_t> data_{0};
    std::atomic<std::uint64_t> schema_{0};
};

}  // namespace sluice::duckdb
