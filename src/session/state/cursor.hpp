// cursor.hpp - a cursor's position, and its movements by FETCH and MOVE.
//
// Problem: FETCH has a dozen directions, and clients rely on their edge cases (behind the last row, an empty result, a
//          cursor that only goes forward).
// Use:     const cursor_movement planned = plan_movement(command, portal.position);
// How:     each direction is one silent step (to the start, to the end, or over n rows) and then rows in one direction.
// Source:  PostgreSQL 15: FETCH and MOVE in the manual; positions and refusals as in its pquery.c.
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

// A portal's position, as PostgreSQL counts: 0 in front of the first row, n on the nth one, and the number of rows plus
// one behind the last one.
struct cursor_position {
    std::uint64_t row = 0;
    bool at_end = false;  // behind the last row, so there are row - 1 rows

    [[nodiscard]] bool on_row() const { return row > 0 && !at_end; }
    // Rows in front of the position.
    [[nodiscard]] std::uint64_t rows_before() const { return row == 0 ? 0 : row - 1; }
    void forward(std::uint64_t rows) { row += rows; }
    void to_end() {
        row += at_end ? 0 : 1;
        at_end = true;
    }
    // `rows` is at most rows_before().
    void backward(std::uint64_t rows) {
        row -= rows;
        at_end = at_end && rows == 0;
    }
    void to_start() { *this = {}; }
    // After a move over more rows than there are in front; behind an empty result the position stays.
    void stop_at_start() {
        if (!at_end) {
            to_start();
        }
    }
};

// The options of DECLARE, and the cursor's state.
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

// The steps of a FETCH: first it moves without rows, then it takes some.
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

// The rest of a FETCH.
struct running_fetch {
    std::shared_ptr<portal> from;
    std::uint64_t rows_left = 0;
    bool backward = false;
    // set when another FETCH moved the cursor: this one goes on at this row (0-based)
    std::optional<std::uint64_t> detached_row;
};

[[nodiscard]] cursor_movement plan_movement(const postgres::fetch_command& command, const cursor_position& at);

// The answer of a MOVE that does not move, whether the cursor scrolls or not.
[[nodiscard]] std::optional<std::uint64_t> answer_in_place(const postgres::fetch_command& command,
                                                           const cursor_position& at);

}  // namespace sluice::session
