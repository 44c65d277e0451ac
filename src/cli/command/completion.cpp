#include "cli/command/completion.hpp"

namespace sluice::cli {

std::string completion_value::kind() const {
    std::string words(to_text(spec->kind));
    for (const auto choice : spec->choices) {
        words.append(" ").append(choice);
    }
    return words;
}

std::vector<completion_value> completion_values(const command_path& path) {
    std::vector<completion_value> values;
    const auto words = words_of(path);
    for (const auto* each : completion_options(path)) {
        if (!each->is_flag()) {
            values.push_back({.place = words + " --" + std::string(each->name), .spec = each});
            if (!each->letter.empty()) {
                values.push_back({.place = words + " -" + std::string(each->letter), .spec = each});
            }
        }
    }
    std::size_t position = 0;
    const auto* meant = default_command(*path.back(), false);
    for (const auto& each : meant == nullptr ? path.back()->positionals : meant->positionals) {
        ++position;
        values.push_back({.place = words + " " + (each.repeatable ? "*" : std::to_string(position)), .spec = &each});
    }
    return values;
}

std::vector<const option_spec*> completion_options(const command_path& path) {
    auto options = options_of(path);
    if (const auto* meant = default_command(*path.back(), false); meant != nullptr) {
        for (const auto& each : meant->options) {
            options.push_back(&each);
        }
    }
    return options;
}

std::vector<const command_spec*> completion_commands(const command_path& path) {
    std::vector<const command_spec*> commands;
    for (const auto& each : path.back()->subcommands) {
        if (!each.is_hidden) {
            commands.push_back(&each);
        }
    }
    return commands;
}

std::string shell_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out.append("'\\''");
        } else {
            out.push_back(c);
        }
    }
    return out.append("'");
}

std::string completion_script(const command_spec& program, shell which) {
    switch (which) {
        case shell::bash:
            return bash_completion(program);
        case shell::zsh:
            return zsh_completion(program);
        case shell::fish:
            return fish_completion(program);
    }
    return "";
}

}  // namespace sluice::cli
