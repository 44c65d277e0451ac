#include <fmt/format.h>

#include "cli/command/completion.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view functions = R"sh(
# True when the words before the cursor lead to the command $argv[1], with $argv[2] values given to it (or any number).
function __@program@_at
    set -l place @program@
    set -l waiting 0
    set -l given 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $waiting = 1
            set waiting 0
        else if string match -q -- '-*' $word
            contains -- "$place $word" $__@program@_with_value; and set waiting 1
        else if contains -- "$place $word" $__@program@_commands
            set place "$place $word"
        else
            set -l meant (string match -- "$place=*" $__@program@_defaults | string replace -- '=' ' ')
            test -n "$meant"; and set place $meant
            set given (math $given + 1)
        end
    end
    test "$place" = "$argv[1]"; or return 1
    test (count $argv) -lt 2; or test $given = $argv[2]
end

function __@program@_ask
    set -l words (commandline -opc)
    $words[1] parts complete $argv[1] (commandline -ct) 2>/dev/null
end

complete -c @program@ -f
)sh";

// Fish reads backslashes in single quotes as escapes; other shells do not.
std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out.append(c == '\'' || c == '\\' ? "\\" : "").push_back(c);
    }
    return out.append("'");
}

// The candidates for a value: words for -a, or the flag that allows files.
std::string candidates(const option_spec& spec) {
    switch (spec.kind) {
        case value_kind::text:
            return "";
        case value_kind::file:
            return " -F";
        case value_kind::folder:
            return " -a '(__fish_complete_directories (commandline -ct))'";
        case value_kind::choice:
            return fmt::format(" -a '{}'", fmt::join(spec.choices, " "));
        case value_kind::pair:
        case value_kind::login:
            return "";
        default:
            return fmt::format(" -a '(__@program@_ask {})'", to_text(spec.kind));
    }
}

std::string list(std::string_view name, const std::vector<std::string>& places) {
    std::string text = fmt::format("set -g {}", name);
    for (const auto& each : places) {
        text.append(" ").append(in_quotes(each));
    }
    return text.append("\n");
}

std::string lines_of(const command_path& path) {
    std::string lines;
    const auto place = in_quotes(words_of(path));
    const auto at = fmt::format("complete -c @program@ -n {}", in_quotes("__@program@_at " + place));
    for (const auto* each : completion_commands(path)) {
        lines += fmt::format("{} -a {} -d {}\n", at, each->name, in_quotes(each->summary));
    }
    for (const auto* each : completion_options(path)) {
        lines += fmt::format(
            "{} -l {}{}{}{} -d {}\n", at, each->name, each->letter.empty() ? "" : " -s " + std::string(each->letter),
            each->is_flag() ? "" : " -r",
            !each->is_flag() && each->kind != value_kind::file ? " -f" + candidates(*each) : candidates(*each),
            in_quotes(each->doc));
    }
    lines += fmt::format("{} -l help -d 'Prints the help of the command.'\n", at);
    std::size_t given = 0;
    const auto* meant = default_command(*path.back(), false);
    for (const auto& each : meant == nullptr ? path.back()->positionals : meant->positionals) {
        const auto words = candidates(each);
        const auto where = each.repeatable ? place : fmt::format("{} {}", place, given);
        ++given;
        if (!words.empty()) {
            lines += fmt::format("complete -c @program@ -n {}{} -d {}\n", in_quotes("__@program@_at " + where), words,
                                 in_quotes(each.name));
        }
    }
    return lines;
}

}  // namespace

std::string fish_completion(const command_spec& program) {
    std::vector<std::string> commands;
    std::vector<std::string> with_value;
    std::vector<std::string> defaults;
    std::string lines;
    for (const auto& path : commands_below({&program})) {
        if (path.size() > 1) {
            commands.push_back(words_of(path));
        }
        if (const auto* meant = default_command(*path.back()); meant != nullptr) {
            defaults.push_back(fmt::format("{}={}", words_of(path), meant->name));
        }
        for (const auto& each : completion_values(path)) {
            if (each.place.contains(" -")) {
                with_value.push_back(each.place);
            }
        }
        lines += lines_of(path);
    }
    auto script = "# fish completion for @program@\n" + list("__@program@_commands", commands) +
                  list("__@program@_with_value", with_value) + list("__@program@_defaults", defaults) +
                  std::string(functions) + lines;
    for (std::size_t at = 0; (at = script.find("@program@", at)) != std::string::npos;) {
        script.replace(at, 9, program.name);
    }
    return script;
}

}  // namespace sluice::cli
