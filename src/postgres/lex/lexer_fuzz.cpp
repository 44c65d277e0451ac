// Any bytes: tokens cover the text without gaps, pieces of a split stand in order inside it, and the lexer never
// crashes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/core/assert.hpp"
#include "postgres/lex/lexer.hpp"
#include "postgres/lex/token_cursor.hpp"
#include "postgres/sql/statement.hpp"

namespace {

using namespace sluice::postgres;

void check_tokens(std::string_view text) {
    std::size_t covered = 0;
    lexer tokens(text);
    for (token next = tokens.next(); next.kind != token_kind::end; next = tokens.next()) {
        SLUICE_ASSERT(next.offset_bytes == covered && !next.text.empty());
        SLUICE_ASSERT(text.substr(covered, next.text.size()) == next.text);
        covered = next.end_bytes();
        static_cast<void>(decode_string(next));
        if (next.kind == token_kind::quoted_name || next.kind == token_kind::unicode_name) {
            static_cast<void>(decode_name(next));
        }
    }
    SLUICE_ASSERT(covered == text.size());
}

// The tokens that were kept are those that the text is cut into.
void check_replay(const lexed_text& text) {
    lexer kept(text);
    lexer cut(text.text());
    for (token expected = cut.next(); expected.kind != token_kind::end; expected = cut.next()) {
        const token found = kept.next();
        SLUICE_ASSERT(found.kind == expected.kind && found.text == expected.text);
        SLUICE_ASSERT(found.offset_bytes == expected.offset_bytes && found.terminated == expected.terminated);
    }
    SLUICE_ASSERT(kept.next().kind == token_kind::end);
}

void check_split(std::string_view text) {
    std::size_t end = 0;
    for (const statement_text& piece : split_statements(text)) {
        SLUICE_ASSERT(!piece.text().empty() && piece.offset_bytes >= end);
        SLUICE_ASSERT(text.substr(piece.offset_bytes, piece.text().size()) == piece.text());
        end = piece.end_bytes();
        // A piece is one statement, independent of the text around it.
        const auto again = split_statements(piece.text());
        SLUICE_ASSERT(again.size() == 1 && again.front().text() == piece.text());
        check_replay(piece.lexed);
    }
    SLUICE_ASSERT(end <= text.size());
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_tokens(text);
    check_replay(text);
    check_split(text);
    return 0;
}
