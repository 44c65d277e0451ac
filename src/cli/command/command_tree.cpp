#include "cli/command/command_tree.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>

#include "base/core/assert.hpp"

namespace sluice::cli {

std::string_view to_text(value_kind kind) {
    switch (kind) {
        case value_kind::number:
            return "number";
        case value_kind::user:
            return "user";
        case value_kind::category:
            return "category";
        default:
            return "";
    }
}

std::string words_of(const command_path& path) {
    std::string words;
    for (const auto* each : path) {
        words.append(words.empty() ? "" : " ").append(each->name);
    }
    return words;
}

std::vector<const option_spec*> options_of(const command_path& path) {
    std::vector<const option_spec*> options;
    for (const auto* command : std::views::reverse(path)) {
        for (const auto& each : command->options) {
            options.push_back(&each);
        }
    }
    return options;
}

bool is_option(std::string_view word) {
    return word.size() > 1 && word.starts_with('-') && word != "--";
}

const option_spec* find_option(const command_path& path, std::string_view word) {
    const auto written = word.substr(0, word.find('='));
    const auto is_named = [&](const option_spec* option) {
        const bool is_letter = !option->letter.empty() && written.size() == 2 && written.substr(1) == option->letter;
        return is_letter || (written.starts_with("--") && written.substr(2) == option->name);
    };
    const auto options = options_of(path);
    const auto found = std::ranges::find_if(options, is_named);
    return found == options.end() ? nullptr : *found;
}

bool has_full_help(const command_path& path) {
    return std::ranges::any_of(options_of(path), &option_spec::is_basic);
}

const command_spec* default_command(const command_spec& command, bool has_digit) {
    const auto name = has_digit && !command.number_command.empty() ? command.number_command : command.word_command;
    const auto found = std::ranges::find(command.subcommands, name, &command_spec::name);
    return found == command.subcommands.end() ? nullptr : &*found;
}

std::vector<command_path> commands_below(const command_path& path) {
    std::vector<command_path> all{path};
    SLUICE_ASSERT(path.back()->subcommands.empty() || path.back()->positionals.empty());
    for (const auto& each : path.back()->subcommands) {
        if (!each.is_hidden) {
            auto below = path;
            below.push_back(&each);
            std::ranges::move(commands_below(below), std::back_inserter(all));
        }
    }
    return all;
}

std::string shown(const option_spec& option) {
    std::string text = option.letter.empty() ? "" : "-" + std::string(option.letter) + ", ";
    text.append("--").append(option.name);
    if (option.is_switch) {
        return text.append("[=on|off]");
    }
    if (!option.value_name.empty()) {
        return text.append(" ").append(option.value_name);
    }
    for (const auto choice : option.choices) {
        text.append(choice == option.choices.front() ? " " : "|").append(choice);
    }
    return text;
}

std::string usage_of(const command_path& path) {
    auto text = words_of(path);
    const auto& command = *path.back();
    text.append(command.subcommands.empty() ? "" : " COMMAND");
    if (const auto* meant = default_command(command, false); meant != nullptr && !meant->positionals.empty()) {
        text.append("|").append(meant->positionals.front().name);
    }
    for (const auto& each : command.positionals) {
        text.append(each.required ? " " : " [").append(each.name);
        text.append(each.repeatable ? "..." : "").append(each.required ? "" : "]");
    }
    for (const auto* each : options_of(path)) {
        if (each->required) {
            text.append(" ").append(shown(*each));
        }
    }
    return text.append(" [OPTION...]");
}

namespace {

std::string remarks_on(const option_spec& option) {
    std::string text;
    text.append(option.required ? " Required." : "").append(option.repeatable ? " May be given again." : "");
    return text;
}

void append_option(std::string& out, const option_spec& option) {
    out.append("  ").append(shown(option)).append("\n        ").append(option.doc).append(remarks_on(option));
    out.append(option.limits.empty() ? "" : "\n        ").append(option.limits).append("\n");
}

void append_options(std::string& out, const command_path& path, help_length length) {
    const std::string own = has_full_help(path) ? "  --help [all]\n        Prints this help; all: every option.\n"
                                                : "  --help\n        Prints this help.\n";
    const bool is_brief = has_full_help(path) && length == help_length::brief;
    bool is_grouped = false;
    for (const auto* each : options_of(path)) {
        if (!is_brief && !each->group.empty()) {
            out.append(is_grouped ? "" : own).append("\n").append(each->group).append(":\n");
            is_grouped = true;
        }
        if (!is_brief || each->is_basic) {
            append_option(out, *each);
        }
    }
    out.append(is_grouped ? "" : own);
}

// "Access (7), Each session (12)": the groups of options, with their sizes.
std::string groups_of(const command_path& path) {
    const auto options = options_of(path);
    std::string text;
    const auto opens = [](const option_spec* each) { return !each->group.empty(); };
    for (auto each = std::ranges::find_if(options, opens); each != options.end();) {
        const auto next = std::find_if(each + 1, options.end(), opens);
        text.append(text.empty() ? "" : ", ").append((*each)->group);
        text.append(" (").append(std::to_string(next - each)).append(")");
        each = next;
    }
    return text;
}

void append_values(std::string& out, const command_path& path, help_length length) {
    for (const auto& each : path.back()->positionals) {
        out.append("  ").append(each.name).append("\n        ").append(each.doc);
        for (const auto choice : each.choices) {
            out.append(choice == each.choices.front() ? " One of " : ", ").append(choice);
        }
        out.append(each.choices.empty() ? "\n" : ".\n");
    }
    append_options(out, path, length);
    if (has_full_help(path) && length == help_length::brief) {
        auto page = words_of(path);
        std::ranges::replace(page, ' ', '-');
        out.append("\nMore, with `").append(words_of(path)).append(" --help all` and `man ").append(page).append("`: ");
        out.append(groups_of(path)).append(".\n");
    }
}

void append_commands(std::string& out, const command_spec& command) {
    std::size_t width = 9;
    for (const auto& each : command.subcommands) {
        width = std::max(width, each.is_hidden ? 0 : each.name.size());
    }
    for (const auto& each : command.subcommands) {
        if (!each.is_hidden) {
            out.append("  ").append(each.name).append(width + 1 - each.name.size(), ' ');
            out.append(each.summary).append("\n");
        }
    }
    out.append(command.subcommands.empty() ? "" : "\n");
}

}  // namespace

std::string help_text(const command_path& path, help_length length) {
    const auto& command = *path.back();
    std::string out(command.summary);
    out.append(".\n\nUsage: ").append(usage_of(path)).append("\n\n");
    if (!command.description.empty()) {
        out.append(command.description).append("\n\n");
    }
    append_commands(out, command);
    append_values(out, path, length);
    for (const auto& each : command.examples) {
        out.append(&each == command.examples.data() ? "\nExamples:\n" : "");
        out.append("  ").append(each.command).append("\n        ").append(each.doc).append("\n");
    }
    if (!command.subcommands.empty()) {
        out.append("\n`").append(words_of(path)).append(" COMMAND --help` says more.\n");
    }
    return out;
}

}  // namespace sluice::cli
