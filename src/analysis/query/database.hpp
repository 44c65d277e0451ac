// database.hpp - what semantic analysis asks of the database: its tables, its types, and functions of the engine.
//
// Use:     implemented by an engine; a test has one of its own.
// Threads: one at a time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/resolve/type_rules.hpp"
#include "analysis/tree/definition_tree.hpp"
#include "analysis/tree/query_tree.hpp"
#include "base/core/result.hpp"

namespace sluice::analysis {

class database : public type_source {
  public:
    // nullptr: there is none.
    virtual result<std::shared_ptr<const relation>> find_relation(const relation_name& name) = 0;
    // nullptr: there is none. Names of built-in types are looked up before.
    virtual result<const type_row*> find_named_type(std::string_view /*schema*/, std::string_view /*name*/) {
        return nullptr;
    }
    // The result of a function that only the engine has; nullopt: there is none for such arguments.
    virtual result<std::optional<typed>> find_engine_function(const engine_call& /*call*/) { return std::nullopt; }
    // The columns of the engine's table function; nullopt: there is none.
    virtual result<std::optional<std::vector<source_column>>> find_engine_table(const engine_call& /*call*/) {
        return std::nullopt;
    }
    // True if the engine has an aggregate of this name; its result is as for functions.
    [[nodiscard]] virtual bool is_engine_aggregate(std::string_view /*name*/) { return false; }
};

}  // namespace sluice::analysis
