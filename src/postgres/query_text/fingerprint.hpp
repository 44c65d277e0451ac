// fingerprint.hpp - one text and one number for all statements that differ in their values only.
//
// Problem: a log of queries, or a cache, that keeps every text apart drowns in WHERE id = 1, WHERE id = 2, ...
// Use:     normalize("SELECT *  FROM T where id IN (1, -2) -- x")      // select * from t where id in (?)
//          fingerprint(sql)                                            // or hash_normalized(normalize(sql))
// How:     tokens only, like pg_stat_statements where tokens suffice:
//          - literals, with the sign in front of them, and parameters ($1, $name) become ?, so that a statement with
//            values and the same statement with parameters are equal; NULL, TRUE and FALSE stay;
//          - comments and closing semicolons go, blanks follow from the tokens, words are in lower case unless quoted;
//          - IN (?, ?), ARRAY[?, ?] and [?, ?] become IN (?), ARRAY[?] and [?], and equal rows of VALUES become one; in
//            lists and rows of constants alone NULL, TRUE, FALSE and DEFAULT count as constants.
//          Normalizing twice has no further effect.
// Hash:    FNV-1a, 64 bits (offset 14695981039346656037, prime 1099511628211), over the bytes of the normalized text:
//          the same on every machine. It changes only when these rules do.
// Bounds:  the first normalized_bytes_max bytes of a text count; a list of constants or of rows that reaches beyond
//          them gives the same result as a shorter one.
// Threads: plain functions. They cost about 10 ns for a byte: once for a text, not once for an execution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::postgres {

inline constexpr std::size_t normalized_bytes_max = std::size_t{64} * 1024;

[[nodiscard]] std::string normalize(std::string_view statement);
[[nodiscard]] std::uint64_t fingerprint(std::string_view statement);
[[nodiscard]] std::uint64_t hash_normalized(std::string_view normalized);

}  // namespace sluice::postgres
