#include "postgres/query_text/analysed_statement.hpp"

#include <utility>

#include "postgres/query_text/catalog_query.hpp"
#include "postgres/query_text/query_hint.hpp"

namespace sluice::postgres {

result<std::vector<analysed_statement>> analyse(std::string_view text) {
    std::vector<analysed_statement> statements;
    std::size_t before = 0;  // the end of the preceding statement
    for (statement_text& piece : split_statements(lexed_text(text))) {
        auto classified = classify(piece.lexed);
        if (!classified) {
            return fail(position_in_text(std::move(classified).error(), text, piece.offset_bytes));
        }
        const std::size_t end = piece.end_bytes();
        const bool reads_catalog_only = reads_only_catalog(piece.lexed);
        statements.push_back({*std::move(classified), std::move(piece.lexed), find_hint(text, before, end).value_or(""),
                              reads_catalog_only});
        before = end;
    }
    return statements;
}

}  // namespace sluice::postgres
