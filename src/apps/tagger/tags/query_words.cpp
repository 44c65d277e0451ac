#include "apps/tagger/tags/query_words.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/text/ascii.hpp"
#include "base/text/json_string.hpp"
#include "base/text/utf8.hpp"

namespace sluice::tagger {

namespace {

class query_splitter {
  public:
    explicit query_splitter(std::string_view text) : text_(text) {}

    result<std::vector<query_word>> run() {
        for (;;) {
            while (at_ < text_.size() && base::is_blank(text_[at_])) {
                ++at_;
            }
            const auto position = position_of(at_);
            if (at_ == text_.size()) {
                words_.push_back({.kind = query_word_kind::end, .field = {}, .value = {}, .position = position});
                return std::move(words_);
            }
            const char first = text_[at_];
            if (first == '(' || first == ')' || first == '-') {
                ++at_;
                const auto kind = first == '('   ? query_word_kind::open
                                  : first == ')' ? query_word_kind::close
                                                 : query_word_kind::negation;
                words_.push_back({.kind = kind, .field = {}, .value = {}, .position = position});
            } else {
                TRY(take_term(position));
            }
        }
    }

  private:
    // The position in characters, not in bytes.
    [[nodiscard]] std::int32_t position_of(std::size_t byte) const {
        return static_cast<std::int32_t>(base::count_characters(text_.substr(0, byte))) + 1;
    }

    result<> take_term(std::int32_t position) {
        query_word word{.kind = query_word_kind::term, .field = {}, .value = {}, .position = position};
        const auto begin = at_;
        while (at_ < text_.size() && !base::is_blank(text_[at_]) && !std::string_view("()\"").contains(text_[at_])) {
            ++at_;
        }
        const auto plain = text_.substr(begin, at_ - begin);
        const bool has_quotes = at_ < text_.size() && text_[at_] == '"' && (plain.empty() || plain.ends_with(':'));
        split_field(plain, word);
        if (has_quotes) {
            TRY(take_quoted(word.value));
        } else {
            word.kind = kind_of(plain);
        }
        words_.push_back(std::move(word));
        return {};
    }

    static void split_field(std::string_view plain, query_word& word) {
        word.value = plain;
        if (const auto colon = plain.find(':'); colon != std::string_view::npos) {
            auto name = base::lower_case(plain.substr(0, colon));
            if (std::ranges::find(query_fields(), name) != query_fields().end()) {
                word.field = std::move(name);
                word.value = plain.substr(colon + 1);
            }
        }
    }

    static query_word_kind kind_of(std::string_view plain) {
        const auto word = base::lower_case(plain);
        return word == "and"   ? query_word_kind::conjunction
               : word == "or"  ? query_word_kind::disjunction
               : word == "not" ? query_word_kind::negation
                               : query_word_kind::term;
    }

    result<> take_quoted(std::string& value) {
        const auto begin = position_of(at_);
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            const bool is_escape =
                text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
            at_ += is_escape ? 1 : 0;
            value += text_[at_];
        }
        if (at_ == text_.size()) {
            return fail(error_kind::invalid, fmt::format("the query's character {}: quotes that are not closed", begin),
                        "put a \" behind the words that belong together");
        }
        ++at_;
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<query_word> words_;
};

}  // namespace

const std::vector<std::string_view>& query_fields() {
    static const std::vector<std::string_view> names{"genre",  "mood",  "occasion", "keyword",
                                                     "artist", "title", "album",    "path"};
    return names;
}

result<std::vector<query_word>> split_query(std::string_view text) {
    return query_splitter(text).run();
}

std::string words_to_json(const std::vector<std::string>& words) {
    std::string json = "[";
    for (const auto& each : words) {
        json.append(json.size() == 1 ? "" : ",").append(base::json_string(each));
    }
    return json + "]";
}

}  // namespace sluice::tagger
