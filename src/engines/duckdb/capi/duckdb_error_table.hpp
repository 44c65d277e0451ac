// duckdb_error_table.hpp - the SQLSTATEs of DuckDB's messages.
//
// Use:     if (auto found = find_error_rule(exception_class, headline)) { found->rule->code ... found->captures ... }
// How:     rules are tried in order, the first that fits wins; `{}` in a pattern takes the shortest run that lets the
//          rest fit, without double quotes around it; a `*` at the end takes the rest.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/error.hpp"

namespace sluice::duckdb {

// Hints of refusals that the settings of external access cause.
inline constexpr std::string_view allow_files =
    "On this server statements reach the database that is served, and files in the directories of --allow-files.";
inline constexpr std::string_view allow_network = "The server reaches URLs when it is started with --allow-network.";

struct error_rule {
    std::string_view exception_class;  // as in DuckDB's exception_type; empty: any
    std::string_view pattern;          // of the message's first line; empty: any
    sqlstate code;
    // NOLINTNEXTLINE(readability-redundant-member-init): the tables leave it out
    std::string_view message{};  // PostgreSQL's words with {0}, {1} for captures; empty: DuckDB's
    bool original_as_detail = false;
    bool retryable = false;
    // NOLINTNEXTLINE(readability-redundant-member-init): as above
    std::string_view hint{};  // empty: DuckDB's, if it has one
};

struct error_match {
    const error_rule* rule;
    std::vector<std::string_view> captures;
};

[[nodiscard]] std::optional<error_match> find_error_rule(std::string_view exception_class, std::string_view headline);

[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view text,
                                   std::vector<std::string_view>& captures);
// Replaces {0}, {1}, ... by the captures.
[[nodiscard]] std::string fill_template(std::string_view words, const std::vector<std::string_view>& captures);

}  // namespace sluice::duckdb
