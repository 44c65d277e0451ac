#include <fmt/format.h>

#include "cli/command/completion.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view functions = R"sh(
_@program@_value() {
    local kind=$1
    shift
    case $kind in
        choice) compadd -- "$@" ;;
        file) _files ;;
        folder) _files -/ ;;
        number | user | category)
            local -a candidates
            candidates=(${(f)"$($words[1] parts complete $kind "$PREFIX" 2>/dev/null)"})
            compadd -- $candidates
            ;;
    esac
}

_@program@() {
    local place=@program@ waiting='' word
    local -i given=0 i
    local -a reply
    for ((i = 2; i < CURRENT; i++)); do
        word=${words[i]}
        if [[ -n $waiting ]]; then
            waiting=''
        elif [[ $word == -*=* ]]; then
            continue
        elif [[ $word == -* ]]; then
            waiting=$(_@program@_kind "$place $word")
        else
            _@program@_commands "$place"
            if (( ${reply[(I)${word}:*]} )); then
                place+=" $word"
            else
                place+=$(_@program@_default "$place")
                given+=1
            fi
        fi
    done
    if [[ -z $waiting && $PREFIX == -*=* ]]; then
        waiting=$(_@program@_kind "$place ${PREFIX%%\=*}")
        compset -P '*='
    elif [[ -z $waiting && $PREFIX == -* ]]; then
        _@program@_options "$place"
        _describe option reply
        return
    fi
    if [[ -z $waiting ]]; then
        _@program@_commands "$place"
        if (( $#reply )); then
            _describe command reply
        fi
        waiting=$(_@program@_kind "$place $((given + 1))")
        waiting=${waiting:-$(_@program@_kind "$place *")}
    fi
    [[ -z $waiting ]] || _@program@_value ${=waiting}
}

if [[ $funcstack[1] == _@program@ ]]; then
    _@program@ "$@"
else
    compdef _@program@ @program@
fi
)sh";

std::string function(std::string_view name, const std::string& cases, std::string_view otherwise) {
    return fmt::format("\n{}() {{\n    case $1 in\n{}        *) {} ;;\n    esac\n}}\n", name, cases, otherwise);
}

// "name:description", in quotes; a colon in the name would end it.
std::string described(std::string_view name, std::string_view doc) {
    return " " + shell_quoted(fmt::format("{}:{}", name, doc));
}

}  // namespace

std::string zsh_completion(const command_spec& program) {
    std::string commands;
    std::string options;
    std::string kinds;
    std::string defaults;
    for (const auto& path : commands_below({&program})) {
        const auto place = shell_quoted(words_of(path));
        std::string names;
        for (const auto* each : completion_commands(path)) {
            names += described(each->name, each->summary);
        }
        commands += names.empty() ? "" : fmt::format("        {}) reply=({} ) ;;\n", place, names);
        if (const auto* meant = default_command(*path.back()); meant != nullptr) {
            defaults += fmt::format("        {}) echo ' {}' ;;\n", place, meant->name);
        }
        std::string words = described("--help", "Prints the help of the command.");
        for (const auto* each : completion_options(path)) {
            words += described(fmt::format("--{}", each->name), each->doc);
        }
        options += fmt::format("        {}) reply=({} ) ;;\n", place, words);
        for (const auto& each : completion_values(path)) {
            kinds += fmt::format("        {}) echo {} ;;\n", shell_quoted(each.place), shell_quoted(each.kind()));
        }
    }
    std::string walk(functions);
    for (std::size_t at = 0; (at = walk.find("@program@", at)) != std::string::npos;) {
        walk.replace(at, 9, program.name);
    }
    const auto prefix = "_" + std::string(program.name);
    return fmt::format("#compdef {}\n", program.name) + function(prefix + "_commands", commands, "reply=()") +
           function(prefix + "_options", options, "reply=()") + function(prefix + "_kind", kinds, ":") +
           function(prefix + "_default", defaults, ":") + walk;
}

}  // namespace sluice::cli
