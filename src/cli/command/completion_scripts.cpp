// The scripts for the shells: they know quotes and places of words, and nothing of the commands.
#include "cli/command/completion.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view bash_script = R"sh(# bash completion for @program@

_@program@() {
    local rest=${COMP_LINE:0:COMP_POINT} gap last='' word i
    local -a words=() files=()
    # bash also ends a word at =, : and @. Words without a blank between them are one word; the last ends at the cursor.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        gap=${rest%%[![:blank:]]*}
        rest=${rest#"$gap"}
        last=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || last=$rest
        rest=${rest#"$last"}
        if [[ $i == 0 || -n $gap ]]; then words+=("$last"); else words[-1]+=$last; fi
    done
    local is_quoted='' option=''
    [[ ${words[-1]} == *[\"\']* ]] && is_quoted=1
    words=("${words[@]//[\"\'\\]/}")
    last=${last//[\"\'\\]/}
    local current=${words[-1]}
    [[ $current == --*=* ]] && option=${current%%=*}=
    # bash replaces only what it takes for the last word.
    [[ -z ${last//[=:@]/} ]] && last=''
    local head=${current%"$last"} value=${current#"$option"}
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        case $word in
            :nothing) continue ;;
            :files) mapfile -t files < <(compgen -f -- "$value") ;;
            :directories) mapfile -t files < <(compgen -d -- "$value") ;;
            *)
                word=$option$word
                word=${word#"$head"}
                [[ $is_quoted ]] || printf -v word '%q' "$word"
                COMPREPLY+=("$word")
                continue
                ;;
        esac
        compopt -o filenames 2>/dev/null
        files=("${files[@]/#/"$option"}")
        COMPREPLY+=("${files[@]#"$head"}")
    done < <("${words[0]/#~\//$HOME/}" complete "${words[@]:1}" 2>/dev/null)
}

complete -F _@program@ @program@
)sh";

constexpr std::string_view zsh_script = R"sh(#compdef @program@

_@program@() {
    local line word
    local -a described
    local -a lines=("${(@f)$(${~words[1]} complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    [[ $PREFIX == --*=* ]] && compset -P 1 '*='
    for line in $lines; do
        word=${${line%%$'\t'*}//:/\\:}
        case $line in
            :files) _files ;;
            :directories) _path_files -/ ;;  # _files would also offer files when no directory fits
            :nothing) ;;
            *$'\t'*) described+=("$word:${line#*$'\t'}") ;;
            *) described+=("$word") ;;
        esac
    done
    (( ! $#described )) || _describe '@program@' described
}

if [[ $funcstack[1] == _@program@ ]]; then
    _@program@ "$@"
else
    compdef _@program@ @program@
fi
)sh";

constexpr std::string_view fish_script = R"sh(# fish completion for @program@

function __@program@_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct | string replace -ra '["\'\\\\]' '')
    set -l option (string match -r -- '^--[^=]*=' "$current")
    set -l value (string replace -r -- '^--[^=]*=' '' "$current")
    for line in ($words[1] complete $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':nothing'
            case ':files'
                string replace -r -- '^' "$option" (__fish_complete_path "$value")
            case ':directories'
                string replace -r -- '^' "$option" (__fish_complete_directories "$value")
            case '*'
                printf '%s\n' "$option$line"
        end
    end
end

complete -c @program@ -f -a '(__@program@_complete)'
)sh";

}  // namespace

std::string completion_script(std::string_view program, shell which) {
    std::string script(which == shell::bash ? bash_script : which == shell::zsh ? zsh_script : fish_script);
    constexpr std::string_view mark = "@program@";
    for (auto at = script.find(mark); at != std::string::npos; at = script.find(mark, at)) {
        script.replace(at, mark.size(), program);
    }
    return script;
}

}  // namespace sluice::cli
