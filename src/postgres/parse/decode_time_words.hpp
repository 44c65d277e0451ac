// decode_time_words.hpp - the words that dates and times may contain.
//
// Use:     const std::optional<time_word> word = find_time_word("jan");   // month 1
// Source:  PostgreSQL 15 manual, tables B.1, B.2 and 8.13; zone abbreviations: the unambiguous common ones of its
//          "Default" set.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::postgres {

enum class time_word_kind : std::uint8_t {
    month,
    week_day,
    zone_offset,
    am,
    pm,
    bc,
    ad,
    time_follows,
    epoch,
    infinity
};

struct time_word {
    time_word_kind kind;
    std::int32_t value = 0;  // month 1 to 12, or seconds east of Greenwich
};

[[nodiscard]] std::optional<time_word> find_time_word(std::string_view word);

}  // namespace sluice::postgres
