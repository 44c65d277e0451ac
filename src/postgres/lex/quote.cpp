#include "postgres/lex/quote.hpp"

namespace sluice::postgres {
namespace {

std::string quoted(std::string_view text, char quote) {
    std::string out(1, quote);
    for (const char c : text) {
        out.append(c == quote ? 2 : 1, c);
    }
    return out += quote;
}

}  // namespace

std::string quote_literal(std::string_view text) {
    return quoted(text, '\'');
}

std::string quote_identifier(std::string_view name) {
    return quoted(name, '"');
}

}  // namespace sluice::postgres
