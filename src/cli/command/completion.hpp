// completion.hpp - the common part of all completion scripts: the words that may come at each position.
//
// Use:     completion_script(program, shell::bash) of command_tree.hpp; this header is internal.
// Shape:   every script walks the words before the cursor, keeping the command reached ("sluice parts add") and the
//          number of values given to it, and then looks up the next words: commands, options, or values of some kind. A
//          word that is no command leads to the default one, whose options and first value may come there, too.
// Threads: any.
#pragma once

#include <string>
#include <vector>

#include "cli/command/command_tree.hpp"

namespace sluice::cli {

// A value of an option ("sluice parts add --name"), or the nth value of a command ("sluice parts add 1"; a repeatable
// one is "sluice parts add *").
struct completion_value {
    std::string place;
    const option_spec* spec = nullptr;
    // "text", "number" ..., or "choice one two"
    [[nodiscard]] std::string kind() const;
};

[[nodiscard]] std::vector<completion_value> completion_values(const command_path& path);
// options_of() the path, and those of its default command.
[[nodiscard]] std::vector<const option_spec*> completion_options(const command_path& path);
// The visible subcommands.
[[nodiscard]] std::vector<const command_spec*> completion_commands(const command_path& path);

// Quoted for all three shells: 'it'\''s'.
[[nodiscard]] std::string shell_quoted(std::string_view text);

[[nodiscard]] std::string bash_completion(const command_spec& program);
[[nodiscard]] std::string zsh_completion(const command_spec& program);
[[nodiscard]] std::string fish_completion(const command_spec& program);

}  // namespace sluice::cli
