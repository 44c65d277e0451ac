#include "apps/parts/contents/search.hpp"

#include <algorithm>
#include <clocale>  // newlocale
#include <cstdint>
#include <cwctype>  // towupper_l
#include <fmt/format.h>
#include <iterator>
#include <utility>

#include "apps/parts/model/structure_rules.hpp"
#include "apps/parts/model/text_rules.hpp"

namespace sluice::parts {

namespace {

constexpr text_rule search_rule{.field = "search text", .characters_max = 1'000, .has_lines = true};

constexpr std::string_view word_sql = R"(
    with Live as (
        select v.revision_id, v.part_id, v.name, v.description from Revisions v join (
            select part_id, coalesce(max(case when status = 'Released' then version end), max(version)) as version
            from Revisions group by part_id) e on e.part_id = v.part_id and v.version >= e.version)
    select part_id from Parts where number glob ?1
    union select part_id from Live where name glob ?1 or description glob ?1
    union select part_id from Live join Properties using(revision_id) where key glob ?1 or value glob ?1
    union select part_id from Live join Files f using(revision_id) where f.name glob ?1
    union select part_id from ManufacturerParts where manufacturer glob ?1 or mpn glob ?1
    order by part_id)";

// Unicode's upper and lower case, independent of the process's locale. Null: only A to Z are folded.
locale_t unicode() {
    static const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return made;
}

// The text must be well-formed.
char32_t take_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    char32_t character = length == 1 ? first : first & (0xffU >> (length + 1));
    for (std::size_t at = 1; at < length; ++at) {
        character = (character << 6) | (static_cast<unsigned char>(text[at]) & 0x3fU);
    }
    text.remove_prefix(length);
    return character;
}

void append(std::string& text, char32_t character) {
    const auto byte = [](char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
    if (character < 0x80) {
        text += byte(character);
        return;
    }
    if (character < 0x800) {
        text += byte(0xc0 | (character >> 6));
    } else {
        if (character < 0x10000) {
            text += byte(0xe0 | (character >> 12));
        } else {
            text += byte(0xf0 | (character >> 18));
            text += byte(0x80 | ((character >> 12) & 0x3f));
        }
        text += byte(0x80 | ((character >> 6) & 0x3f));
    }
    text += byte(0x80 | (character & 0x3f));
}

std::pair<char32_t, char32_t> cases_of(char32_t character) {
    if (character < 0x80 || unicode() == nullptr) {
        const bool is_lower = character >= 'a' && character <= 'z';
        const bool is_upper = character >= 'A' && character <= 'Z';
        return {is_upper ? character + 32 : character, is_lower ? character - 32 : character};
    }
    const auto wide = static_cast<wint_t>(character);
    return {static_cast<char32_t>(::towlower_l(wide, unicode())), static_cast<char32_t>(::towupper_l(wide, unicode()))};
}

result<std::vector<std::string>> words_of(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    std::vector<std::string> words;
    for (auto begin = text.find_first_not_of(blank); begin != std::string_view::npos;) {
        const auto end = text.find_first_of(blank, begin);
        words.emplace_back(text.substr(begin, end - begin));
        begin = text.find_first_not_of(blank, end);
    }
    if (words.empty() || words.size() > search_words_max) {
        return fail(error_kind::invalid, words.empty() ? std::string("there is nothing to search for")
                                                       : fmt::format("more than {} words", search_words_max));
    }
    TRY(check_text(text, search_rule));
    return words;
}

bool begins_with(std::string_view number, std::string_view word) {
    return number.size() >= word.size() && std::ranges::equal(number.substr(0, word.size()), word, {}, {}, [](char c) {
               return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
           });
}

result<std::vector<std::int64_t>> parts_with_all(sqlite::connection& db, const std::vector<std::string>& words) {
    std::vector<std::int64_t> all;
    for (std::size_t at = 0; at < words.size(); ++at) {
        TRY_ASSIGN(auto found, db.list<std::int64_t>(word_sql, glob_of(words[at])));
        if (at == 0) {
            all = std::move(found);
            continue;
        }
        std::vector<std::int64_t> both;
        std::ranges::set_intersection(all, found, std::back_inserter(both));
        all = std::move(both);
    }
    return all;
}

}  // namespace

std::string glob_of(std::string_view word) {
    std::string pattern = "*";
    while (!word.empty()) {
        const auto character = take_character(word);
        const auto [lower, upper] = cases_of(character);
        if (lower == upper && !std::u32string_view(U"*?[").contains(character)) {
            append(pattern, character);
            continue;
        }
        pattern += '[';
        append(pattern, lower);
        if (upper != lower) {
            append(pattern, upper);
        }
        pattern += ']';
    }
    return pattern + "*";
}

result<search_result> search_parts(sqlite::database& database, std::string_view text, std::size_t limit) {
    TRY_ASSIGN(const auto words, words_of(text));
    return database.execute([&](sqlite::connection& db) -> result<search_result> {
        read_snapshot seen(db);
        TRY(seen.begin());
        TRY_ASSIGN(const auto ids, parts_with_all(db, words));
        std::vector<std::pair<bool, part>> ranked;
        ranked.reserve(ids.size());
        for (const auto id : ids) {
            TRY_ASSIGN(auto found, db.get<part>("select part_id, number, category, subcategory, name, description, "
                                                "created_by, created_date, modified_date from Parts where part_id = ?1",
                                                id));
            const bool is_first =
                std::ranges::any_of(words, [&](const std::string& word) { return begins_with(found.number, word); });
            ranked.emplace_back(!is_first, std::move(found));
        }
        std::ranges::sort(ranked, {},
                          [](const auto& each) { return std::pair(each.first, std::string_view(each.second.number)); });
        search_result made{.parts = {}, .found = ranked.size()};
        for (auto& [rank, each] : ranked) {
            if (made.parts.size() == limit) {
                break;
            }
            made.parts.push_back(std::move(each));
        }
        return made;
    });
}

}  // namespace sluice::parts
