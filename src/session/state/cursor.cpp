#include "session/state/cursor.hpp"

namespace sluice::session {

namespace {

cursor_movement absolute_movement(std::int64_t row, const cursor_position& at) {
    const auto distance = static_cast<std::uint64_t>(row < 0 ? -(row + 1) : row);  // for a negative row one less
    if (row < 0) {
        return {.to_end = true, .skip = distance, .skip_backward = true, .count = 1, .backward = true};
    }
    if (row == 0) {
        return {.to_start = at.row > 0};
    }
    if (distance > at.row) {
        return {.skip = distance - at.row - 1, .count = 1};
    }
    return {.to_start = true, .skip = distance - 1, .count = 1};
}

// Row 0 is the cursor's current row.
cursor_movement stay(const postgres::fetch_command& command, const cursor_position& at) {
    if (at.on_row()) {
        return {.skip = 1, .skip_backward = true, .count = 1};
    }
    return {.backward = command.towards == postgres::fetch_command::direction::backward};
}

}  // namespace

cursor_movement plan_movement(const postgres::fetch_command& command, const cursor_position& at) {
    using direction = postgres::fetch_command::direction;
    const std::int64_t count = command.count.value_or(0);
    if (command.towards == direction::absolute) {
        return absolute_movement(count, at);
    }
    if (command.count == 0) {
        return stay(command, at);
    }
    if (command.towards == direction::relative) {
        const bool back = count < 0;
        const auto distance = static_cast<std::uint64_t>(back ? -(count + 1) : count - 1);
        return {.skip = distance, .skip_backward = back, .count = 1, .backward = back};
    }
    return {.count = command.count ? static_cast<std::uint64_t>(count) : all_rows,
            .backward = command.towards == direction::backward};
}

std::optional<std::uint64_t> answer_in_place(const postgres::fetch_command& command, const cursor_position& at) {
    using direction = postgres::fetch_command::direction;
    if (command.count == 0 && command.towards != direction::absolute) {
        return at.on_row() ? 1 : 0;
    }
    const bool all_backward = !command.count && command.towards == direction::backward;
    return all_backward && at.row == 0 ? std::optional<std::uint64_t>(0) : std::nullopt;
}

}  // namespace sluice::session
