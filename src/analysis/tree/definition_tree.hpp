// definition_tree.hpp - CREATE TABLE whose types and expressions are known.
//
// Source:  PostgreSQL 15 manual, CREATE TABLE, 5.2 (Default Values), 5.3 (Generated Columns), 5.4 (Constraints), 8.1.4
//          (Serial Types).
// Threads: plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/tree/query_tree.hpp"

namespace sluice::analysis {

struct relation_name {
    std::string catalog;  // empty: the current one
    std::string schema;   // empty: by the search path
    std::string name;
};

// Options of a sequence; nullopt: the default.
struct sequence_options {
    std::optional<std::int64_t> start;
    std::optional<std::int64_t> increment;
    std::optional<std::int64_t> minimum;
    std::optional<std::int64_t> maximum;
    bool cycle = false;
};

struct column_definition {
    std::string name;
    typed type;
    bool not_null = false;
    std::optional<sequence_options> sequence;  // of a serial or identity column
    bool identity = false;                     // GENERATED ... AS IDENTITY
    bool always = false;                       // GENERATED ALWAYS
    expression_ptr default_value;
    expression_ptr generated;  // GENERATED ALWAYS AS (...) STORED
};

struct constraint_definition {
    enum class kind : std::uint8_t { primary_key, unique, check, foreign_key };
    kind what = kind::check;
    std::string name;  // empty: none was given
    std::vector<std::string> columns;
    expression_ptr condition;
    relation_name target;  // of a foreign key
    std::vector<std::string> target_columns;
};

struct table_definition {
    relation_name name;
    bool temporary = false;
    bool if_not_exists = false;
    std::vector<column_definition> columns;
    std::vector<constraint_definition> constraints;
    std::vector<std::unique_ptr<source>> sources;  // the columns, as the expressions name them
};

}  // namespace sluice::analysis
