// translator.hpp - one pass of translate() over a text: its place, its output, the context of the place. Private.
//
// Use:     translator(sql, params, 0).run()
// How:     run() copies tokens; before each, apply_rules() lets one rule write a replacement. translate_types.cpp has
//          the rules for types and literals, translate_functions.cpp those for functions, translate_catalog.cpp and
//          translate_ctid.cpp those for the objects of catalog_views.hpp, translate_operators.cpp those that apply to
//          some sessions only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/duckdb/dialect/translate.hpp"
#include "postgres/lex/quote.hpp"
#include "postgres/lex/token_cursor.hpp"

namespace sluice::duckdb {

struct written_type {
    std::string text;
    std::size_t end_bytes = 0;
    postgres::token_cursor behind;
};

struct call {
    std::vector<std::string_view> arguments;
    std::size_t end_bytes = 0;
    postgres::token_cursor behind;
};

// True if `ctid` in this text is a row's place, not a column of that name, which a table of DuckDB may have. Certain
// only if the text has tid, compares it with a parameter or a literal, or locks the rows.
[[nodiscard]] bool names_rows(const postgres::lexed_text& sql);

class translator {
  public:
    // `sql` has to outlive it. `work_left` bounds the cost of hostile texts: tokens read more than once, and text that
    // rules write.
    translator(const postgres::lexed_text& sql, const translation_params& params, int nesting, std::size_t& work_left)
        : sql_(sql.text()),
          params_(params),
          nesting_(nesting),
          work_left_(work_left),
          cursor_(sql),
          postgres_operators_(params.postgres_operators),
          names_rows_(params.names_rows || names_rows(sql)) {}

    std::string run();

  private:
    [[nodiscard]] std::string nested(std::string_view sql) const {
        if (nesting_ >= 16) {
            return std::string(sql);
        }
        translation_params params = params_;
        params.names_rows = names_rows_;
        const postgres::lexed_text part(sql);
        return translator(part, params, nesting_ + 1, work_left_).run();
    }
    // False when no work is left; then the rule does not apply.
    [[nodiscard]] bool spend(std::size_t work) const {
        const bool enough = work_left_ >= work;
        work_left_ -= enough ? work : work_left_;
        return enough;
    }

    // Each rule rewrites the text at the cursor and returns true, or has no effect.
    bool apply_rules();
    bool apply_explain();
    bool apply_truncate();
    bool apply_literal();
    bool apply_catalog_prefix();
    // translate_operators.cpp
    bool apply_operator();
    bool apply_pattern(std::string_view symbol, postgres::token_cursor behind);  // `behind` the operator
    bool apply_like(std::string_view symbol, postgres::token_cursor behind);
    bool apply_bytes_literal();
    // translate_catalog.cpp
    bool apply_catalog_view(std::string_view lower, const postgres::token& name, postgres::token_cursor behind);
    bool apply_system_table();
    bool apply_catalog_pattern();
    [[nodiscard]] bool at_table() const;
    // translate_ctid.cpp
    bool apply_ctid();
    bool apply_ctid_range(const std::string& row_id, postgres::token_cursor ahead);
    bool apply_ctid_comparison(const std::string& row_id, postgres::token_cursor ahead);
    bool apply_ctid_list(const std::string& row_id, postgres::token_cursor ahead);
    bool apply_locking_clause();
    bool apply_cast_type();
    bool apply_declared_type();
    bool apply_word();
    bool apply_function(std::string_view lower);
    bool apply_catalog_operator(std::string_view lower, postgres::token_cursor behind);
    bool apply_registered_type(const postgres::token& type, postgres::token_cursor behind);
    // The literal in front of a cast.
    void rewrite_array_literal();
    void rewrite_bytes_literal();
    [[nodiscard]] std::optional<written_type> read_type(postgres::token_cursor ahead) const;
    void rewrite_set_config(const call& found);
    std::optional<std::string> current_setting_value(const call& found);

    // The arguments of the call; `ahead` is at its parenthesis.
    [[nodiscard]] std::optional<call> parse_call(postgres::token_cursor ahead) const;
    void copy_token();
    // Writes `text` in place of everything from the cursor to `end_bytes`, where `behind` continues.
    void replace(std::string_view text, std::size_t end_bytes, const postgres::token_cursor& behind);
    // The same for a value whose column has the name `name` in PostgreSQL.
    void replace_value(const std::string& text, std::string_view name, std::size_t end_bytes,
                       const postgres::token_cursor& behind);
    void copy_gap();
    void note_context(const postgres::token& done);
    [[nodiscard]] bool in_cast() const { return !parentheses_.empty() && parentheses_.back() == parenthesis::cast; }

    enum class parenthesis : std::uint8_t { other, cast };
    // The state inside of a pair of parentheses, or of the text outside of all.
    struct level {
        bool from = false;  // behind FROM, where commas separate tables
    };

    std::string_view sql_;
    const translation_params& params_;
    int nesting_;
    std::size_t& work_left_;
    postgres::token_cursor cursor_;
    std::string out_;
    std::size_t copied_bytes_ = 0;  // of sql_
    postgres::token previous_{};
    // Where the last written name, literal or value begins in out_, if no other text follows it.
    std::optional<std::size_t> operand_begin_;
    std::vector<parenthesis> parentheses_;
    std::vector<level> levels_{level{}};
    bool select_list_ = false;  // outside of parentheses, between SELECT and FROM
    bool definition_ = false;   // inside CREATE or ALTER, before any AS
    bool reads_catalog_ = false;
    bool postgres_operators_;  // see translate_operators.cpp
    bool names_rows_;          // ctid means PostgreSQL's, see names_rows()
};

// '{a,"b c"}' as ['a', 'b c'], and '\x0102' as '\x01\x02'; nullopt for other literals.
[[nodiscard]] std::optional<std::string> array_as_list(std::string_view literal);
[[nodiscard]] std::optional<std::string> bytes_as_blob(std::string_view literal);

// Words that a rule begins with. No other word needs a rewrite.
[[nodiscard]] bool is_trigger_word(std::string_view word);

}  // namespace sluice::duckdb
