#include "cli/command/completion.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace sluice::cli {

namespace {

constexpr std::string_view help_doc = "Prints the help of the command.";

bool is_help(std::string_view word) {
    return word == "--help" || word == "-h";
}

// Reads the words before the cursor: the command that they lead to, and what is still open in it.
class reader {
  public:
    explicit reader(const command_spec& program) : path_{&program} {}

    void read(const std::string& word) {
        if (const auto* option = std::exchange(waiting_, nullptr); option != nullptr) {
            options_[std::string(option->name)] = word;
        } else if (!is_ended_ && word == "--") {
            is_ended_ = true;
        } else if (!is_ended_ && is_option(word)) {
            read_option(word);
        } else {
            read_name(word);
        }
        follows_help_ = is_help(word) && !is_ended_;
    }

    candidates at_cursor(const std::string& word) && {
        const bool is_name = !is_ended_ && word.starts_with('-');
        const auto equals = word.find('=');
        if (is_lost_) {
            return {};
        }
        if (waiting_ != nullptr) {
            add_values(*waiting_, word);
        } else if (is_name && equals != std::string::npos) {
            if (const auto* option = find_option(path_with_default(word), word); option != nullptr) {
                add_values(*option, word.substr(equals + 1));
            }
        } else if (is_name) {
            add_options(word);
        } else {
            add_commands(word);
            add_positionals(word);
        }
        out_.options = std::move(options_);
        return std::move(out_);
    }

  private:
    // The options of a default command may come before the word that stands for it.
    [[nodiscard]] command_path path_with_default(std::string_view word) const {
        auto path = path_;
        const bool has_digit = word.find_first_of("0123456789") != std::string_view::npos;
        if (const auto* meant = default_command(*path.back(), has_digit && !is_option(word)); meant != nullptr) {
            path.push_back(meant);
        }
        return path;
    }

    void read_option(const std::string& word) {
        const auto* option = find_option(path_with_default(word), word);
        if (option == nullptr) {
            return;
        }
        given_.insert(option);
        if (const auto equals = word.find('='); equals != std::string::npos) {
            options_[std::string(option->name)] = word.substr(equals + 1);
        } else if (!option->is_flag()) {
            waiting_ = option;
        }
    }

    void read_name(const std::string& word) {
        const auto& commands = path_.back()->subcommands;
        const auto found = std::ranges::find(commands, word, &command_spec::name);
        if (found != commands.end() && !is_ended_) {
            path_.push_back(&*found);
            return;
        }
        path_ = path_with_default(word);
        is_lost_ = is_lost_ || !path_.back()->subcommands.empty();
        ++positionals_read_;
    }

    void add(std::string_view word, std::string_view doc, std::string_view prefix) {
        if (word.starts_with(prefix)) {
            out_.words.push_back({.word = std::string(word), .doc = doc});
        }
    }

    void add_options(std::string_view prefix) {
        for (const auto* each : options_of(path_with_default(prefix))) {
            if (each->repeatable || !given_.contains(each)) {
                add("--" + std::string(each->name), each->doc, prefix);
            }
        }
        add("--help", help_doc, prefix);
    }

    void add_commands(std::string_view prefix) {
        for (const auto& each : path_.back()->subcommands) {
            if (!each.is_hidden && !is_ended_) {
                add(each.name, each.summary, prefix);
            }
        }
        if (follows_help_ && has_full_help(path_)) {
            add("all", "Prints every option.", prefix);
        }
    }

    void add_positionals(const std::string& prefix) {
        const auto path = path_with_default(prefix);
        const auto& specs = path.back()->positionals;
        if (positionals_read_ < specs.size()) {
            add_values(specs[positionals_read_], prefix);
        } else if (!specs.empty() && specs.back().repeatable) {
            add_values(specs.back(), prefix);
        }
    }

    void add_values(const option_spec& spec, const std::string& prefix) {
        const auto equals = prefix.find('=');
        const bool is_pair = spec.kind == value_kind::pair;
        for (const auto each : is_pair&& equals == std::string::npos ? std::vector<std::string_view>() : spec.choices) {
            add(is_pair ? prefix.substr(0, equals + 1) + std::string(each) : std::string(each), {}, prefix);
        }
        if (spec.is_switch) {
            add("on", {}, prefix);
            add("off", {}, prefix);
        }
        if (spec.kind != value_kind::choice && !is_pair) {
            out_.others = spec.kind;
            out_.prefix = prefix;
        }
    }

    command_path path_;
    const option_spec* waiting_ = nullptr;  // the word that comes is its value
    std::set<const option_spec*> given_;
    std::map<std::string, std::string, std::less<>> options_;
    std::size_t positionals_read_ = 0;
    bool is_ended_ = false;      // a -- was read: no options and commands follow
    bool is_lost_ = false;       // a word is no command's name
    bool follows_help_ = false;  // the last word was --help
    candidates out_;
};

}  // namespace

candidates candidates_for(const command_spec& program, const arguments& words) {
    reader read(program);
    for (std::size_t at = 0; at + 1 < words.size(); ++at) {
        read.read(words[at]);
    }
    return std::move(read).at_cursor(words.empty() ? "" : words.back());
}

}  // namespace sluice::cli
