// command_tree.hpp - a command line as one table, the source of its parser, --help, completion and man page.
//
// Problem: four descriptions of the same commands drift apart.
// Use:     const command_spec program{.name = "sluice", .subcommands = {{.name = "parts", .subcommands = {...}}}};
//          TRY_ASSIGN(const auto given, parse_command(program, {"parts", "add", "X-100", "--name", "Screw"}));
//          if (given.wants_help) { print(help_text(given.path)); } else { given.text("NUMBER"), given.text("name") }
//          candidates_for(program, {"parts", "a"}) of completion.hpp   man_page(program, {.command = "parts", ...})
//          dispatch(program, argc, argv)   runs one of the program's commands
// Rules:   a command has subcommands or positionals, never both. Options of a command also belong to its subcommands,
//          and may come before or after their names. Every command has --help.
// Errors:  22023 in one line: an unknown, missing or repeated word, or a wrong choice; the hint names a similar one.
// Threads: any; the table must outlive the result.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.hpp"
#include "cli/command/command.hpp"

namespace sluice::cli {

// Kind of a value, for its check and its completion.
enum class value_kind : std::uint8_t {
    text,
    file,
    folder,
    choice,  // one of `choices`
    pair,    // NAME=VALUE; `choices` are values
    // Names that the program looks up:
    number,  // of a part
    user,    // of a parts project
    category,
    login,  // in the file of --users
};

// The kind's name for `sluice parts complete KIND`; empty: it has none.
[[nodiscard]] std::string_view to_text(value_kind kind);

struct option_spec {              // NOLINT(clang-analyzer-optin.performance.Padding): in the order of reading
    std::string_view name;        // "name" for --name; for a positional its shown name: "NUMBER"
    std::string_view value_name;  // for options: placeholder in help; empty: a flag
    std::string_view doc;         // one sentence
    bool repeatable = false;      // for positionals only the last one
    bool required = false;        // required positionals come first
    value_kind kind = value_kind::text;
    std::vector<std::string_view> choices;  // all values of a choice; of other kinds some, for completion
    std::string_view letter;                // "o" for -o; empty: none
    std::string_view group;                 // title in full help and man page for the group that begins here
    std::string_view limits;                // default and bounds, a line of their own in help
    bool last_counts = false;               // of several values the last one is taken
    bool is_switch = false;                 // a flag that takes a value in the same word: --read-only=off
    bool is_basic = false;                  // if a command has basic options, its brief help has only these

    [[nodiscard]] bool is_flag() const { return value_name.empty() && kind != value_kind::choice; }
};

struct command_example {
    std::string_view command;
    std::string_view doc;
};

struct command_spec {  // NOLINT(clang-analyzer-optin.performance.Padding): in the order of reading
    std::string_view name;
    std::string_view summary;      // one line for lists, without a full stop
    std::string_view description;  // paragraphs with line breaks; may be empty
    std::vector<option_spec> positionals;
    std::vector<option_spec> options;
    std::vector<command_spec> subcommands;
    std::vector<command_example> examples;
    bool is_hidden = false;  // parsed, but not shown
    // The subcommand used if a word with a digit comes in its place: `bom EL-RES-10000` is `bom show EL-RES-10000`.
    std::string_view number_command;
    // The subcommand used for any other word, or for an option that only it has: `tag music` is `tag run music`.
    std::string_view word_command;
    std::string_view exit_status;  // for the man page; empty: 0 and 1
    // For commands of the program: runs it with the words after its name, and returns the exit code.
    int (*run)(const arguments& given) = nullptr;
};

// The commands from the program down to one command.
using command_path = std::vector<const command_spec*>;

struct parsed_command {
    command_path path;
    std::map<std::string, std::vector<std::string>, std::less<>> values;  // by option_spec::name; "" for a flag
    bool wants_help = false;                                              // if true, nothing else was checked
    bool wants_full_help = false;                                         // --help all

    [[nodiscard]] bool has(std::string_view name) const { return values.contains(name); }
    // The first value, or `otherwise`.
    [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise = {}) const;
    [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
};

// `given` is without the program's name.
result<parsed_command> parse_command(const command_spec& program, const arguments& given);

// Runs the command that the first word names. Without words it prints the program's help and returns 1.
[[nodiscard]] int dispatch(const command_spec& program, int argc, char** argv);

enum class help_length : std::uint8_t { brief, full };

[[nodiscard]] std::string help_text(const command_path& path, help_length length = help_length::brief);

struct man_page_params {
    std::string_view command;  // a command of the program: the page is PROGRAM-COMMAND(1)
    std::string_view date;     // 2026-01-31
    std::string_view version;
};

// roff with the macros of man(7).
[[nodiscard]] std::string man_page(const command_spec& program, const man_page_params& params);

// ---- for writers of help, man pages and completion

// "sluice parts add"
[[nodiscard]] std::string words_of(const command_path& path);
// "sluice parts add NUMBER [FILE...] [OPTION...]"
[[nodiscard]] std::string usage_of(const command_path& path);
// "--name TEXT"
[[nodiscard]] std::string shown(const option_spec& option);
// The options of the command and of those above it, without --help.
[[nodiscard]] std::vector<const option_spec*> options_of(const command_path& path);
// The subcommand used for a word that is no command's name; null: there is none.
[[nodiscard]] const command_spec* default_command(const command_spec& command, bool has_digit = true);
// The option that the word names, as --name or -n, with or without =VALUE; null: there is none.
[[nodiscard]] const option_spec* find_option(const command_path& path, std::string_view word);
// True for -n and --name, but not for -- and - (standard input).
[[nodiscard]] bool is_option(std::string_view word);
// True if the brief help has only the basic options; `--help all` has all of them.
[[nodiscard]] bool has_full_help(const command_path& path);
// The command itself and all visible ones below it, depth first.
[[nodiscard]] std::vector<command_path> commands_below(const command_path& path);

}  // namespace sluice::cli
