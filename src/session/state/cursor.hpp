// cursor.hpp - where a cursor stands, and where FETCH and MOVE take it.
//
// Problem: FETCH has a dozen directions, whose edges (behind the last row, an empty result, a cursor that only goes
//          forward) clients have come to rely on.
// Use:     const cursor_movement planned = plan_movement(command, portal.position);
// How:     each direction is one silent step (to the start, to the end, so many rows) and then rows in one direction.
// Source:  PostgreSQL 15: FETCH and MOVE in the manual; positions and refusals as its pquery.c has them.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

#include "backend/backend.hpp"
#include "postgres/sql/statement.hpp"
#include "session/state/cursor_registry.hpp"

namespace sluice::session {

inline constexpr std::uint64_t all_rows = std::numeric_limits<std::uint64_t>::max();

// Where a portal stands, as PostgreSQL counts: 0 in front of the first row, n on the nth one, and one more than there
// are rows behind the last one.
struct cursor_position {
    std::uint64_t row = 0;
    bool at_end = false;  // behind the last row; so there are row - 1 of them

    [[nodiscard]] bool on_row() const { return row > 0 && !at_end; }
    // Rows in front of the position.
    [[nodiscard]] std::uint64_t rows_before() const { return row == 0 ? 0 : row - 1; }
    void forward(std::uint64_t rows) { row += rows; }
    void to_end() {
        row += at_end ? 0 : 1;
        at_end = true;
    }
    // No more than rows_before().
    void backward(std::uint64_t rows) {
        row -= rows;
        at_end = at_end && rows == 0;
    }
    void to_start() { *this = {}; }
    // More rows were wanted than there are in front; where there are none at all it stays where it is.
    void stop_at_start() {
        if (!at_end) {
            to_start();
        }
    }
};

// What DECLARE asked for, and what became of it.
struct sql_cursor {
    bool binary = false;
    bool hold = false;
    bool wants_scroll = false;
    bool held = false;                         // its transaction is over
    backend::scroll_stream* scroll = nullptr;  // portal::rows, if it can be scrolled
    cursor_ticket ticket;
    std::int64_t used_ns = 0;  // by the latest FETCH or MOVE, on the steady clock
    std::int64_t used_us = 0;  // the same since 1970, UTC
    std::uint64_t fetches = 0;
    std::uint64_t rows_fetched = 0;
};

// What a FETCH comes to: first it moves without rows, then it takes some.
struct cursor_movement {
    bool to_start = false;
    bool to_end = false;
    std::uint64_t skip = 0;
    bool skip_backward = false;
    std::uint64_t count = 0;
    bool backward = false;

    [[nodiscard]] bool needs_scroll() const { return to_start || skip_backward || backward; }
};

struct portal;

// What is left of a FETCH.
struct running_fetch {
    std::shared_ptr<portal> from;
    std::uint64_t rows_left = 0;
    bool backward = false;
    // Set when another FETCH has moved the cursor: this one goes on at this row (0-based).
    std::optional<std::uint64_t> detached_row;
};

[[nodiscard]] cursor_movement plan_movement(const postgres::fetch_command& command, const cursor_position& at);

// What MOVE answers without moving, whether the cursor scrolls or not.
[[nodiscard]] std::optional<std::uint64_t> answer_in_place(const postgres::fetch_command& command,
                                                           const cursor_position& at);

}  // namespace sluice::session
