#include <fmt/format.h>

#include "cli/command/completion.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view functions = R"sh(
_@program@_value() {
    local current=$1 kind=$2
    shift 2
    case $kind in
        choice) mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current") ;;
        file) compopt -o filenames 2>/dev/null; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$current") ;;
        folder) compopt -o filenames 2>/dev/null; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$current") ;;
        number | user | category)
            local candidate
            while IFS= read -r candidate; do
                [[ $candidate == "$current"* ]] && COMPREPLY+=("$(printf '%q' "$candidate")")
            done < <("${COMP_WORDS[0]}" parts complete "$kind" "$current" 2>/dev/null)
            ;;
    esac
}

_@program@() {
    local path=@program@ waiting='' word current=${COMP_WORDS[COMP_CWORD]} i
    local -i given=0
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == = ]]; then
            continue
        elif [[ -n $waiting ]]; then
            waiting=''
        elif [[ $word == -* ]]; then
            waiting=$(_@program@_kind "$path $word")
        elif [[ " $(_@program@_commands "$path") " == *" $word "* ]]; then
            path+=" $word"
        else
            path+=$(_@program@_default "$path")
            given+=1
        fi
    done
    [[ $current == = ]] && current=''
    if [[ -z $waiting && $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_@program@_options "$path")" -- "$current")
        return
    fi
    if [[ -z $waiting ]]; then
        local commands
        commands=$(_@program@_commands "$path")
        if [[ -n $commands ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
        fi
        waiting=$(_@program@_kind "$path $((given + 1))")
        waiting=${waiting:-$(_@program@_kind "$path *")}
    fi
    [[ -n $waiting ]] || return 0
    # shellcheck disable=SC2086
    _@program@_value "$current" $waiting
}

complete -F _@program@ @program@
)sh";

std::string function(std::string_view name, const std::string& cases) {
    return fmt::format("\n{}() {{\n    case $1 in\n{}    esac\n}}\n", name, cases);
}

}  // namespace

std::string bash_completion(const command_spec& program) {
    std::string commands;
    std::string options;
    std::string kinds;
    std::string defaults;
    for (const auto& path : commands_below({&program})) {
        const auto place = shell_quoted(words_of(path));
        std::string names;
        for (const auto* each : completion_commands(path)) {
            names.append(names.empty() ? "" : " ").append(each->name);
        }
        commands += names.empty() ? "" : fmt::format("        {}) echo {} ;;\n", place, shell_quoted(names));
        if (const auto* meant = default_command(*path.back()); meant != nullptr) {
            defaults += fmt::format("        {}) echo ' {}' ;;\n", place, meant->name);
        }
        std::string words = "--help";
        for (const auto* each : completion_options(path)) {
            words.append(" --").append(each->name);
        }
        options += fmt::format("        {}) echo {} ;;\n", place, shell_quoted(words));
        for (const auto& each : completion_values(path)) {
            kinds += fmt::format("        {}) echo {} ;;\n", shell_quoted(each.place), shell_quoted(each.kind()));
        }
    }
    std::string walk(functions);
    for (std::size_t at = 0; (at = walk.find("@program@", at)) != std::string::npos;) {
        walk.replace(at, 9, program.name);
    }
    const auto prefix = "_" + std::string(program.name);
    return fmt::format("# bash completion for {}\n", program.name) + function(prefix + "_commands", commands) +
           function(prefix + "_options", options) + function(prefix + "_kind", kinds) +
           function(prefix + "_default", defaults) + walk;
}

}  // namespace sluice::cli
