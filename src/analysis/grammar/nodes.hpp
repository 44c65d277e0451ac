// nodes.hpp - the nodes of a parse tree, with names that read well.
//
// Source:  libpg_query's pg_query.proto, which mirrors PostgreSQL 15's parsenodes.h and primnodes.h.
// Threads: plain values.
#pragma once

#include <pg_query/pg_query.pb-c.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::analysis {

using node = PgQuery__Node;
using node_list = std::span<PgQuery__Node* const>;

inline node_list list_of(PgQuery__Node** first, std::size_t count) {
    return {first, count};
}
inline std::string_view text_of(const char* text) {
    return text == nullptr ? std::string_view() : std::string_view(text);
}
// The text of a String node; empty for others.
inline std::string_view name_of(const node* each) {
    return each != nullptr && each->node_case == PG_QUERY__NODE__NODE_STRING ? text_of(each->string->sval)
                                                                             : std::string_view();
}
inline bool is(const node* each, PgQuery__Node__NodeCase what) {
    return each != nullptr && each->node_case == what;
}
inline std::vector<std::string> names_of(node_list list) {
    std::vector<std::string> names;
    names.reserve(list.size());
    for (const node* each : list) {
        names.emplace_back(name_of(each));
    }
    return names;
}
// The items of a List node; those of another node are the node itself.
inline node_list items_of(PgQuery__Node* const& each) {
    if (each == nullptr) {
        return {};
    }
    return each->node_case == PG_QUERY__NODE__NODE_LIST ? list_of(each->list->items, each->list->n_items)
                                                        : node_list(&each, 1);
}

}  // namespace sluice::analysis
