// Parses the command line by the table. CLI11 does the parsing; the messages are our own.
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/text/nearest.hpp"
#include "cli/command/command_tree.hpp"

namespace sluice::cli {

namespace {

std::unexpected<error> refuse(std::string message, std::string hint = {}) {
    return fail(
        error{.code = sqlstates::invalid_parameter_value, .message = std::move(message), .hint = std::move(hint)});
}

std::string help_hint(const command_path& path) {
    return fmt::format("`{} --help` says more", words_of(path));
}

std::string meant(std::string_view before, std::string_view near, const command_path& path) {
    return near.empty() ? help_hint(path) : fmt::format("did you mean {}{}?", before, near);
}

// Appends the default command for a word that is no command's name; unchanged if there is none.
command_path with_default(command_path path, bool has_digit) {
    if (const auto* meant = default_command(*path.back(), has_digit); meant != nullptr) {
        path.push_back(meant);
    }
    return path;
}

// The path of the command that the words name; removes the names from `words`. CLI11 does not do this, because it
// takes a value with the name of a command for that command, at any position.
command_path take_path(const command_spec& program, arguments& words) {
    command_path path{&program};
    bool has_options_of_default = false;
    for (std::size_t at = 0; at < words.size() && !path.back()->subcommands.empty();) {
        if (is_option(words[at])) {
            const auto* option = find_option(path, words[at]);
            if (option == nullptr && !path.back()->word_command.empty()) {
                option = find_option(with_default(path, false), words[at]);
                has_options_of_default = has_options_of_default || option != nullptr;
            }
            at += option != nullptr && !option->is_flag() && !words[at].contains('=') ? 2 : 1;
            continue;
        }
        const auto& commands = path.back()->subcommands;
        const auto found = std::ranges::find(commands, words[at], &command_spec::name);
        if (found == commands.end()) {
            return with_default(path, words[at].find_first_of("0123456789") != std::string::npos);
        }
        path.push_back(&*found);
        has_options_of_default = false;
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return has_options_of_default ? with_default(path, false) : path;
}

// Writes `--help all` as one word.
void join_help(arguments& words) {
    for (std::size_t at = 0; at + 1 < words.size(); ++at) {
        if ((words[at] == "--help" || words[at] == "-h") && words[at + 1] == "all") {
            words[at] = "--help=all";
            words.erase(words.begin() + static_cast<std::ptrdiff_t>(at) + 1);
        }
    }
}

// Sets up CLI11 for one command; the values are read from it afterwards.
class parser {
  public:
    explicit parser(const command_path& path) {
        app_.set_help_flag();
        app_.allow_extras();
        help_ = app_.add_flag("-h,--help");
        for (const auto* each : options_of(path)) {
            const auto letter = each->letter.empty() ? "" : "-" + std::string(each->letter) + ",";
            const auto name = letter + "--" + std::string(each->name);
            auto* option = each->is_flag() ? app_.add_flag(name) : app_.add_option(name);
            option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
            if (!each->is_flag()) {
                option->type_size(1)->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(false);
            }
            options_[each] = option;
        }
        for (const auto& each : path.back()->positionals) {
            auto* option = app_.add_option(std::string(each.name));
            option->type_size(1)->expected(1, each.repeatable ? CLI::detail::expected_max_vector_size : 1);
            option->allow_extra_args(each.repeatable);
            options_[&each] = option;
        }
    }

    result<parsed_command> parse(const command_path& path, const arguments& words) {
        try {
            app_.parse(arguments(words.rbegin(), words.rend()));  // CLI11 expects them in reverse order
        } catch (const CLI::Error& wrong) {
            return refuse(wrong.what(), help_hint(path));
        }
        parsed_command parsed{.path = path};
        TRY(collect(parsed));
        return parsed;
    }

  private:
    result<> collect(parsed_command& parsed) const {
        parsed.wants_help = help_->count() != 0;
        parsed.wants_full_help = parsed.wants_help && std::ranges::count(help_->results(), "all") != 0;
        TRY(check_extras(parsed));
        if (parsed.wants_help) {
            return {};
        }
        if (!parsed.path.back()->subcommands.empty()) {
            return refuse(fmt::format("{} needs a command", words_of(parsed.path)), help_hint(parsed.path));
        }
        for (const auto& each : parsed.path.back()->positionals) {
            TRY(take(each, std::string(each.name), parsed));
        }
        for (const auto* each : options_of(parsed.path)) {
            TRY(take(*each, "--" + std::string(each->name), parsed));
        }
        return {};
    }

    result<> check_extras(const parsed_command& parsed) const {
        const auto& path = parsed.path;
        auto extras = app_.remaining();
        std::erase(extras, "--");
        if (extras.empty()) {
            return {};
        }
        if (const auto found = std::ranges::find_if(extras, is_option); found != extras.end()) {
            std::vector<std::string_view> names{"help"};
            for (const auto* each : options_of(path)) {
                names.push_back(each->name);
            }
            const std::string_view written(*found);
            const auto word = written.substr(0, written.find('='));
            const auto near = base::nearest(word.substr(std::min(word.find_first_not_of('-'), word.size())), names);
            return refuse(fmt::format("{} has no option {}", words_of(path), word), meant("--", near, path));
        }
        if (path.back()->subcommands.empty()) {
            return refuse(fmt::format("\"{}\" is too much", extras.front()), "usage: " + usage_of(path));
        }
        std::vector<std::string_view> names;
        for (const auto& each : path.back()->subcommands) {
            names.push_back(each.is_hidden ? "" : each.name);
        }
        return refuse(fmt::format("{} has no command \"{}\"", words_of(path), extras.front()),
                      meant("", base::nearest(extras.front(), names), path));
    }

    result<> take(const option_spec& spec, const std::string& name, parsed_command& parsed) const {
        const auto* option = options_.at(&spec);
        if (option->count() == 0) {
            return spec.required ? refuse(name + " is missing", "usage: " + usage_of(parsed.path)) : result<>();
        }
        const auto& values = option->results();
        if (name.starts_with("--") && spec.is_flag()) {
            parsed.values[std::string(spec.name)] = {spec.is_switch ? values.back() : ""};
            return spec.is_switch || values.front() == "true" ? result<>() : refuse(name + " takes no value");
        }
        if (values.size() > 1 && !spec.repeatable && !spec.last_counts) {
            return refuse(name + " is given twice");
        }
        for (const auto& value : values) {
            if (spec.kind == value_kind::choice && std::ranges::find(spec.choices, value) == spec.choices.end()) {
                const auto near = base::nearest(value, spec.choices);
                return refuse(fmt::format("{} cannot be \"{}\"", name, value),
                              near.empty() ? fmt::format("it is one of {}", fmt::join(spec.choices, ", "))
                                           : fmt::format("did you mean {}?", near));
            }
        }
        const auto first = spec.last_counts ? values.end() - 1 : values.begin();
        parsed.values[std::string(spec.name)].assign(first, values.end());
        return {};
    }

    CLI::App app_;
    const CLI::Option* help_ = nullptr;
    std::map<const option_spec*, const CLI::Option*> options_;
};

}  // namespace

std::string parsed_command::text(std::string_view name, std::string_view otherwise) const {
    const auto found = values.find(name);
    return found == values.end() ? std::string(otherwise) : found->second.front();
}

std::vector<std::string> parsed_command::all(std::string_view name) const {
    const auto found = values.find(name);
    return found == values.end() ? std::vector<std::string>() : found->second;
}

result<parsed_command> parse_command(const command_spec& program, const arguments& given) {
    auto words = given;
    const auto path = take_path(program, words);
    if (has_full_help(path)) {
        join_help(words);
    }
    return parser(path).parse(path, words);
}

}  // namespace sluice::cli
