#include "postgres/query_text/catalog_query.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "postgres/lex/token_cursor.hpp"
#include "postgres/query_text/catalog_names.hpp"
#include "postgres/query_text/system_tables.hpp"

namespace sluice::postgres {

namespace {

bool is_word_of(const token& word, const auto& words) {
    return word.kind == token_kind::word && std::ranges::any_of(words, [&](auto known) { return word.is_word(known); });
}

// These words end the tables of a FROM.
constexpr auto list_ends =
    std::to_array<std::string_view>({"where", "group", "order", "having", "limit", "offset", "fetch", "for", "union",
                                     "intersect", "except", "window", "qualify", "select"});
// Statements that are no queries, and tables that are named without FROM.
constexpr auto doubts = std::to_array<std::string_view>(
    {"insert", "update", "delete", "merge", "create", "copy", "into", "table", "pivot", "unpivot", "summarize"});
// In SQL's own syntax these calls contain a FROM.
constexpr auto calls_with_from = std::to_array<std::string_view>({"extract", "substring", "trim", "overlay"});

bool is_query(const token& first) {
    return first.is_word("select") || first.is_word("with") || first.is_word("values") || first.is_word("from");
}

class catalog_query {
  public:
    explicit catalog_query(const lexed_text& statement) : cursor_(statement) {}

    bool run() {
        while (!cursor_.at_end() && certain_) {
            step();
        }
        return certain_ && found_ && levels_.size() == 1;
    }

  private:
    // A pair of parentheses, or the text outside of all.
    struct level {
        bool begun = false;         // it contains a token already
        bool in_from = false;       // commas stand between tables
        bool table_next = false;    // a table must come next
        bool ignores_from = false;  // one of calls_with_from
        bool in_with = false;       // between WITH and the query behind its list
        bool name_next = false;     // a name of WITH must come next
        bool recursive = false;
        bool defines = false;  // the body of `defined` in the level around it
        std::string defined;
        std::vector<std::string> names;  // names of WITH, from the place where they are visible
    };

    level& here() { return levels_.back(); }

    void step() {
        const token& next = cursor_.peek();
        if (!next.terminated || next.is_symbol(";")) {
            certain_ = next.terminated && cursor_.expect_end().has_value();
        } else if (here().table_next && !next.is_symbol("(")) {
            read_table();
        } else if (here().name_next) {
            read_name();
        } else if (next.is_symbol("(") || next.is_symbol("[") || next.is_symbol("{")) {
            open();
        } else if (next.is_symbol(")") || next.is_symbol("]") || next.is_symbol("}")) {
            close();
        } else if (next.is_symbol(",")) {
            here().table_next = here().in_from;
            here().name_next = here().in_with;
            take();
        } else {
            read_word();
        }
    }

    void take() {
        before_last_ = last_;
        last_ = cursor_.take();
        here().begun = true;
    }

    void read_word() {
        const token next = cursor_.peek();
        if (next.kind != token_kind::word || last_.is_symbol(".")) {
            return take();
        }
        if (is_word_of(next, doubts)) {
            certain_ = false;
        } else if (next.is_word("with") && !here().begun) {
            take();
            here().recursive = cursor_.accept_word("recursive");
            here().in_with = true;
            here().name_next = true;
            return;
        } else if (next.is_word("from")) {
            // a IS DISTINCT FROM b
            const bool compares =
                last_.is_word("distinct") && (before_last_.is_word("is") || before_last_.is_word("not"));
            if (!compares && !here().ignores_from) {
                here().in_from = true;
                here().table_next = true;
                here().in_with = false;
            }
        } else if (next.is_word("join")) {
            here().table_next = true;
        } else if (is_word_of(next, list_ends)) {
            here().in_from = false;
            here().in_with = false;
            here().ignores_from &= !next.is_word("select");
        }
        take();
    }

    void open() {
        level opened;
        // FROM (a JOIN b ...), unless a query follows.
        opened.table_next = here().table_next && !is_query(cursor_.peek_second()) && cursor_.at_symbol("(");
        opened.in_from = opened.table_next;
        opened.ignores_from = is_word_of(last_, calls_with_from);
        opened.defines =
            here().in_with && !here().defined.empty() && (last_.is_word("as") || last_.is_word("materialized"));
        here().table_next = false;
        take();
        levels_.push_back(std::move(opened));
    }

    void close() {
        if (levels_.size() == 1 || here().table_next || here().name_next) {
            certain_ = false;
            return;
        }
        const bool defines = here().defines;
        levels_.pop_back();
        if (defines) {
            here().names.push_back(std::move(here().defined));
            here().defined.clear();
        }
        take();
    }

    // name [(columns)] AS ...; without RECURSIVE the name is not visible in its own body.
    void read_name() {
        auto name = cursor_.expect_folded_name();
        if (!name) {
            certain_ = false;
            return;
        }
        here().name_next = false;
        here().defined = base::lower_case(*name);
        if (here().recursive) {
            here().names.push_back(here().defined);
        }
    }

    void read_table() {
        if (cursor_.accept_word("lateral")) {
            return;
        }
        std::vector<std::string> parts;
        do {
            auto part = cursor_.expect_name();
            if (!part) {
                certain_ = false;
                return;
            }
            parts.push_back(base::lower_case(*part));
        } while (cursor_.accept_symbol("."));
        here().table_next = false;
        here().begun = true;
        last_ = {};
        const bool function = cursor_.at_symbol("(");
        // FROM alias : table
        certain_ = !cursor_.at_symbol(":") && (function ? is_known_function(parts) : is_known_table(parts));
    }

    bool is_known_table(const std::vector<std::string>& parts) {
        if (parts.size() == 1 && is_defined(parts[0])) {
            return true;
        }
        const bool known = parts.size() == 1
                               ? is_catalog_table(parts[0])
                               : parts.size() == 2 && (parts[0] == "pg_catalog" || parts[0] == "information_schema" ||
                                                       (parts[0] == system_schema && is_system_table(parts[1])));
        found_ |= known;
        return known;
    }

    bool is_known_function(const std::vector<std::string>& parts) {
        if (parts.size() > 2 || (parts.size() == 2 && parts[0] != "pg_catalog" && parts[0] != "information_schema")) {
            return false;
        }
        const bool own =
            std::ranges::any_of(system_table_names, [&](auto table) { return parts.back() == system_function(table); });
        const bool known = own || is_catalog_table_function(parts.back());
        found_ |= known;
        return known || only_makes_rows(parts.back());
    }

    [[nodiscard]] bool is_defined(std::string_view name) const {
        return std::ranges::any_of(levels_, [&](const level& around) { return contains(around.names, name); });
    }

    token_cursor cursor_;
    token last_{};
    token before_last_{};
    std::vector<level> levels_{level{}};
    bool certain_ = true;
    bool found_ = false;  // a table of the catalog
};

// DESCRIBE t, SHOW TABLES, SHOW ALL TABLES FROM a.b: only names follow.
bool is_name_only(token_cursor cursor) {
    while (cursor.at_name() || cursor.at_symbol(".")) {
        cursor.take();
    }
    return cursor.expect_end().has_value();
}

}  // namespace

bool reads_only_catalog(const lexed_text& statement) {
    token_cursor cursor(statement);
    if (cursor.accept_word("describe") || cursor.accept_word("desc") || cursor.accept_word("show")) {
        return cursor.at_name() && !is_query(cursor.peek()) && is_name_only(cursor);
    }
    return (is_query(cursor.peek()) || cursor.at_symbol("(")) && catalog_query(statement).run();
}

}  // namespace sluice::postgres
