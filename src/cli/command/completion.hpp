// completion.hpp - the words that may come at the cursor, for the shells' Tab key.
//
// Problem: three shells would need three programs that know every command, option and value.
// Use:     candidates_for(program, {"parts", "list", "--status", "r"})  ->  "released"; the last word is the cursor's
//          completion_script("sluice", shell::bash)
// Shape:   the scripts hold no table. They take the quotes off the words, call `sluice complete WORD...`, and give the
//          shell its output: one candidate a line, `WORD<Tab>DESCRIPTION`, and a last line that tells which names
//          of files fit as well: `:files`, `:directories` or `:nothing`. After `--option=` candidates are values only.
// Errors:  none: words that the parser would refuse have no candidates.
// Threads: any; the table must outlive the result.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command/command_tree.hpp"

namespace sluice::cli {

struct candidate {
    std::string word;
    std::string_view doc;  // may be empty

    friend bool operator==(const candidate&, const candidate&) = default;
};

struct candidates {
    std::vector<candidate> words;
    // Kind of the value at the cursor, if others than `words` fit: file, folder, number, user, category or login.
    value_kind others = value_kind::text;
    std::string prefix;  // the beginning of that value
    // Values of the options before the cursor, by option_spec::name.
    std::map<std::string, std::string, std::less<>> options;
};

// `words` are those after the program's name up to the cursor.
[[nodiscard]] candidates candidates_for(const command_spec& program, const arguments& words);

enum class shell : std::uint8_t { bash, zsh, fish };

[[nodiscard]] std::string completion_script(std::string_view program, shell which);

}  // namespace sluice::cli
