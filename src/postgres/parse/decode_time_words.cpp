#include "postgres/parse/decode_time_words.hpp"

#include <algorithm>
#include <array>

#include "postgres/parse/decode_number.hpp"

namespace sluice::postgres {
namespace {

struct entry {
    std::string_view word;
    time_word meaning;
};

constexpr entry month(std::string_view word, std::int32_t number) {
    return {.word = word, .meaning = {.kind = time_word_kind::month, .value = number}};
}
constexpr entry week_day(std::string_view word) {
    return {.word = word, .meaning = {.kind = time_word_kind::week_day}};
}
constexpr entry zone(std::string_view word, std::int32_t minutes_east) {
    return {.word = word, .meaning = {.kind = time_word_kind::zone_offset, .value = minutes_east * 60}};
}
constexpr entry plain(std::string_view word, time_word_kind kind) {
    return {.word = word, .meaning = {.kind = kind}};
}

constexpr auto words = std::to_array<entry>({
    month("jan", 1),
    month("january", 1),
    month("feb", 2),
    month("february", 2),
    month("mar", 3),
    month("march", 3),
    month("apr", 4),
    month("april", 4),
    month("may", 5),
    month("jun", 6),
    month("june", 6),
    month("jul", 7),
    month("july", 7),
    month("aug", 8),
    month("august", 8),
    month("sep", 9),
    month("sept", 9),
    month("september", 9),
    month("oct", 10),
    month("october", 10),
    month("nov", 11),
    month("november", 11),
    month("dec", 12),
    month("december", 12),
    week_day("mon"),
    week_day("monday"),
    week_day("tue"),
    week_day("tues"),
    week_day("tuesday"),
    week_day("wed"),
    week_day("weds"),
    week_day("wednesday"),
    week_day("thu"),
    week_day("thur"),
    week_day("thurs"),
    week_day("thursday"),
    week_day("fri"),
    week_day("friday"),
    week_day("sat"),
    week_day("saturday"),
    week_day("sun"),
    week_day("sunday"),
    zone("z", 0),
    zone("zulu", 0),
    zone("utc", 0),
    zone("uct", 0),
    zone("ut", 0),
    zone("gmt", 0),
    zone("wet", 0),
    zone("west", 60),
    zone("bst", 60),
    zone("cet", 60),
    zone("cest", 120),
    zone("met", 60),
    zone("mest", 120),
    zone("eet", 120),
    zone("eest", 180),
    zone("msk", 180),
    zone("ist", 120),
    zone("jst", 540),
    zone("kst", 540),
    zone("sgt", 480),
    zone("aest", 600),
    zone("aedt", 660),
    zone("acst", 570),
    zone("acdt", 630),
    zone("awst", 480),
    zone("nzst", 720),
    zone("nzdt", 780),
    zone("est", -300),
    zone("edt", -240),
    zone("cst", -360),
    zone("cdt", -300),
    zone("mst", -420),
    zone("mdt", -360),
    zone("pst", -480),
    zone("pdt", -420),
    zone("akst", -540),
    zone("akdt", -480),
    zone("hst", -600),
    plain("am", time_word_kind::am),
    plain("pm", time_word_kind::pm),
    plain("bc", time_word_kind::bc),
    plain("ad", time_word_kind::ad),
    plain("t", time_word_kind::time_follows),
    plain("epoch", time_word_kind::epoch),
    plain("infinity", time_word_kind::infinity),
});

}  // namespace

std::optional<time_word> find_time_word(std::string_view word) {
    const auto* const found = std::ranges::find_if(
        words, [word](const entry& candidate) { return base::equals_ignoring_case(word, candidate.word); });
    if (found == words.end()) {
        return std::nullopt;
    }
    return found->meaning;
}

}  // namespace sluice::postgres
