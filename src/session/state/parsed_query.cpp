#include "session/state/parsed_query.hpp"

#include <utility>

#include "postgres/lex/lexer.hpp"
#include "postgres/query_text/catalog_query.hpp"
#include "postgres/query_text/query_hint.hpp"

namespace sluice::session {

namespace {

// `before` is the end of the preceding statement.
workload_traits traits_of(std::string_view text, std::size_t before, const postgres::statement_text& piece) {
    const std::size_t end = piece.offset_bytes + piece.text.size();
    return {.hint = postgres::find_hint(text, before, end).value_or(""),
            .reads_catalog_only = postgres::reads_only_catalog(piece.text)};
}

result<std::shared_ptr<const parsed_query>> split_and_classify(std::string_view text) {
    auto query = std::make_shared<parsed_query>(text);
    std::size_t before = 0;
    for (const postgres::statement_text& piece : postgres::split_statements(query->text)) {
        auto classified = postgres::classify(piece.text);
        if (!classified) {
            return fail(position_in_query(std::move(classified).error(), *query, piece.text));
        }
        if (classified->kind != postgres::statement_kind::empty) {
            query->statements.push_back(std::move(*classified));
            query->traits.push_back(traits_of(query->text, before, piece));
        }
        before = piece.offset_bytes + piece.text.size();
    }
    return query;
}

}  // namespace

error position_in_query(error cause, const parsed_query& query, std::string_view statement) {
    const auto offset_bytes = static_cast<std::size_t>(statement.data() - query.text.data());
    return postgres::position_in_text(std::move(cause), query.text, offset_bytes);
}

result<std::shared_ptr<const parsed_query>> parsed_query_cache::parse(std::string_view text) {
    if (const auto known = by_text_.find(text); known != by_text_.end()) {
        recent_.splice(recent_.begin(), recent_, known->second);
        return recent_.front();
    }
    TRY_ASSIGN(auto query, split_and_classify(text));
    if (text.size() <= text_bytes_max) {
        keep(query);
    }
    return query;
}

void parsed_query_cache::keep(std::shared_ptr<const parsed_query> query) {
    if (recent_.size() == entries_max) {
        by_text_.erase(recent_.back()->text);
        recent_.pop_back();
    }
    recent_.push_front(std::move(query));
    by_text_.emplace(recent_.front()->text, recent_.begin());
}

}  // namespace sluice::session
