#include "engine/statement_parameters.hpp"

#include <charconv>
#include <map>

#include "sql/lexer.hpp"

namespace sluice::engine {
namespace {

std::size_t number_of(const sql::token& token) {
    std::size_t number = 0;
    std::from_chars(token.text.data() + 1, token.text.data() + token.text.size(), number);
    return number;
}

}  // namespace

parameter_uses find_parameters(std::string_view sql) {
    std::map<std::size_t, bool> uses;  // the number, and whether all uses have a cast
    sql::lexer tokens(sql);
    for (sql::token token = tokens.next_significant(); token.kind != sql::token_kind::end;) {
        const sql::token next = tokens.next_significant();
        if (token.kind == sql::token_kind::parameter) {
            const bool cast = next.is_symbol("::");
            const auto [use, first] = uses.try_emplace(number_of(token), cast);
            use->second = use->second && cast;
        }
        token = next;
    }
    parameter_uses found;
    for (const auto& [number, cast] : uses) {
        found.numbers.push_back(number);
        found.has_cast.push_back(cast);
    }
    if (uses.empty() || found.numbers.back() == found.numbers.size()) {
        found.text = sql;
        return found;
    }
    sql::lexer again(sql);
    for (sql::token token = again.next(); token.kind != sql::token_kind::end; token = again.next()) {
        if (token.kind == sql::token_kind::parameter) {
            const auto position = std::distance(uses.begin(), uses.find(number_of(token)));
            found.text += "$" + std::to_string(position + 1);
        } else {
            found.text += token.text;
        }
    }
    return found;
}

}  // namespace sluice::engine
