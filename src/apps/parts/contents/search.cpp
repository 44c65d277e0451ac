#include "apps/parts/contents/search.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <iterator>
#include <utility>

#include "apps/parts/model/structure_rules.hpp"
#include "apps/parts/model/text_rules.hpp"
#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"

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
    return number.starts_with(base::upper_case(word));
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
        const auto next = base::first_character(word);
        word.remove_prefix(next.bytes.size());
        const auto lower = base::lower_case_of(next.code);
        const auto upper = base::upper_case_of(next.code);
        if (lower == upper && !std::u32string_view(U"*?[").contains(next.code)) {
            pattern += next.bytes;
            continue;
        }
        pattern += '[';
        base::append_character(pattern, lower);
        if (upper != lower) {
            base::append_character(pattern, upper);
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
