// format_picture.hpp - a template of to_char and its like, cut into fields and the texts between them.
//
// Use:     const auto nodes = parse_picture<time_key>("FMMonth DD", time_words());
// Source:  PostgreSQL 15 manual, 9.8: "quoted" texts are copied, \" is a quote.
// Threads: plain functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"

namespace sluice::duckdb {

template <typename Key>
struct picture_word {
    std::string_view word;
    Key key;
};

template <typename Key>
struct picture_node {
    enum class kind : std::uint8_t { field, text, separator, blank };
    kind is = kind::text;
    const picture_word<Key>* field = nullptr;
    std::string_view text;  // one character
    bool fill = false;      // FM
    bool names = false;     // TM
    bool ordinal = false;   // TH or th
    bool upper = false;     // TH
};

// Punctuation of ASCII.
[[nodiscard]] constexpr bool is_picture_separator(char c) {
    return c > ' ' && c < '\x7f' && !base::is_letter_or_digit(c);
}

// The bytes of the first character; 1 for a broken one.
[[nodiscard]] inline std::size_t character_bytes(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t bytes = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return bytes < text.size() ? bytes : text.size();
}

// The longest word at the front.
template <typename Key>
const picture_word<Key>* find_picture_word(std::string_view text, std::span<const picture_word<Key>> words) {
    const picture_word<Key>* best = nullptr;
    for (const picture_word<Key>& each : words) {
        if (text.starts_with(each.word) && (best == nullptr || each.word.size() > best->word.size())) {
            best = &each;
        }
    }
    return best;
}

// One modifier in front of a field (FM, TM), one behind it (TH, SP).
template <typename Key>
class picture_parser {
  public:
    picture_parser(std::string_view text, std::span<const picture_word<Key>> words, bool has_modifiers)
        : rest_(text), words_(words), has_modifiers_(has_modifiers) {}

    std::vector<picture_node<Key>> parse() {
        while (!rest_.empty()) {
            picture_node<Key> node;
            if (has_modifiers_) {
                node.fill = take("FM") || take("fm");
                node.names = !node.fill && (take("TM") || take("tm"));
            }
            if (rest_.empty()) {
                break;
            }
            if (const auto* const word = find_picture_word(rest_, words_)) {
                node.is = picture_node<Key>::kind::field;
                node.field = word;
                rest_.remove_prefix(word->word.size());
                if (has_modifiers_) {
                    node.upper = take("TH");
                    node.ordinal = node.upper || take("th");
                    if (!node.ordinal) {
                        take("SP");
                    }
                }
                nodes_.push_back(node);
            } else if (rest_[0] == '"') {
                quoted();
            } else {
                if (rest_[0] == '\\' && rest_.size() > 1 && rest_[1] == '"') {
                    rest_.remove_prefix(1);
                }
                character(kind_of(rest_[0]));
            }
        }
        return std::move(nodes_);
    }

  private:
    using kind = typename picture_node<Key>::kind;

    bool take(std::string_view word) {
        if (!rest_.starts_with(word)) {
            return false;
        }
        rest_.remove_prefix(word.size());
        return true;
    }
    static kind kind_of(char c) {
        return is_picture_separator(c) ? kind::separator : base::is_blank(c) ? kind::blank : kind::text;
    }
    void character(kind is) {
        picture_node<Key> node;
        node.is = is;
        node.text = rest_.substr(0, character_bytes(rest_));
        rest_.remove_prefix(node.text.size());
        nodes_.push_back(node);
    }
    void quoted() {
        rest_.remove_prefix(1);
        while (!rest_.empty() && rest_[0] != '"') {
            if (rest_[0] == '\\' && rest_.size() > 1) {
                rest_.remove_prefix(1);
            }
            character(kind::text);
        }
        if (!rest_.empty()) {
            rest_.remove_prefix(1);
        }
    }

    std::string_view rest_;
    std::span<const picture_word<Key>> words_;
    bool has_modifiers_;
    std::vector<picture_node<Key>> nodes_;
};

}  // namespace sluice::duckdb
