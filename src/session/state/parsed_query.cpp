#include "session/state/parsed_query.hpp"

#include <utility>

#include "postgres/lex/lexer.hpp"

namespace sluice::session {

error position_in_query(error cause, const parsed_query& query, std::string_view statement) {
    const auto offset_bytes = static_cast<std::size_t>(statement.data() - query.text.data());
    return postgres::position_in_text(std::move(cause), query.text, offset_bytes);
}

result<std::shared_ptr<const parsed_query>> parsed_query_cache::parse(std::string_view text) {
    if (const auto known = by_text_.find(text); known != by_text_.end()) {
        recent_.splice(recent_.begin(), recent_, known->second);
        return recent_.front();
    }
    auto query = std::make_shared<parsed_query>(text);
    TRY_ASSIGN(query->statements, postgres::analyse(query->text));
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
