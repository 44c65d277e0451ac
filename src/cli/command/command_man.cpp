// The man page, in the macros of man(7).
#include <algorithm>
#include <fmt/format.h>

#include "base/text/ascii.hpp"
#include "cli/command/command_tree.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view usual_exit_status = "0: done; 1: failed, with the reason in one line on standard error.";

// Escapes text for roff: no escapes, no requests, and dashes that can be copied.
std::string roff(std::string_view text) {
    std::string out;
    bool is_line_start = true;
    for (const char c : text) {
        if (is_line_start && (c == '.' || c == '\'')) {
            out.append("\\&");
        }
        is_line_start = c == '\n';
        switch (c) {
            case '\\':
                out.append("\\e");
                break;
            case '-':
                out.append("\\-");
                break;
            case '\'':
                out.append("\\(aq");
                break;
            case '`':
                out.append("\\(ga");
                break;
            case '^':
                out.append("\\(ha");
                break;
            case '~':
                out.append("\\(ti");
                break;
            default:
                out.push_back(c);
        }
    }
    return out;
}

void append_paragraphs(std::string& page, std::string_view text) {
    while (!text.empty()) {
        const auto end = std::min(text.find("\n\n"), text.size());
        page.append(".PP\n").append(roff(text.substr(0, end))).append("\n");
        text.remove_prefix(std::min(end + 2, text.size()));
    }
}

void append_item(std::string& page, std::string_view term, std::string_view doc) {
    page.append(fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(term), roff(doc)));
}

std::string doc_of(const option_spec& option) {
    return fmt::format("{}{}{}{}{}", option.doc, option.required ? " Required." : "",
                       option.repeatable ? " May be given again." : "", option.limits.empty() ? "" : " ",
                       option.limits);
}

void append_command(std::string& page, const command_path& path) {
    const auto& command = *path.back();
    page.append(".SS ").append(roff(usage_of({path.begin() + 1, path.end()}))).append("\n");
    page.append(roff(command.summary)).append(".\n");
    append_paragraphs(page, command.description);
    for (const auto& each : command.positionals) {
        append_item(page, each.name, doc_of(each));
    }
    for (const auto* each : options_of({path.begin() + 2, path.end()})) {  // the program's are listed once, below
        append_item(page, shown(*each), doc_of(*each));
    }
}

void append_examples(std::string& page, const std::vector<command_path>& commands) {
    bool is_first = true;
    for (const auto& path : commands) {
        for (const auto& each : path.back()->examples) {
            page.append(is_first ? ".SH EXAMPLES\n" : "");
            is_first = false;
            page.append(fmt::format(".PP\n{}\n.PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n", roff(each.doc), roff(each.command)));
        }
    }
}

}  // namespace

std::string man_page(const command_spec& program, const man_page_params& params) {
    const auto found = std::ranges::find(program.subcommands, params.command, &command_spec::name);
    const command_path root{&program, &*found};
    const auto name = fmt::format("{}-{}", program.name, params.command);
    auto page = fmt::format(".TH \"{}\" 1 \"{}\" \"{} {}\" \"User Commands\"\n", roff(base::upper_case(name)),
                            roff(params.date), program.name, roff(params.version));
    // No hyphenation and no justification, so that words can be copied.
    page.append(".nh\n.ad l\n.SH NAME\n");
    page.append(fmt::format("{} \\- {}\n.SH SYNOPSIS\n", roff(name), roff(found->summary)));
    page.append(fmt::format("\\fB{}\\fR\n.SH DESCRIPTION\n", roff(usage_of(root))));
    page.append(roff(found->summary)).append(".\n");
    append_paragraphs(page, found->description);
    const auto commands = commands_below(root);
    if (commands.size() > 1) {
        page.append(".SH COMMANDS\n");
        for (const auto& each : commands) {
            if (each.back()->subcommands.empty()) {
                append_command(page, each);
            }
        }
    }
    page.append(".SH OPTIONS\n");
    for (const auto& each : found->positionals) {
        append_item(page, each.name, doc_of(each));
    }
    for (const auto* each : options_of(root)) {
        page.append(each->group.empty() ? "" : fmt::format(".SS {}\n", roff(each->group)));
        append_item(page, shown(*each), doc_of(*each));
    }
    append_item(page, "--help", "Prints the help of a command.");
    page.append(".SH EXIT STATUS\n").append(roff(found->exit_status.empty() ? usual_exit_status : found->exit_status));
    page.append("\n");
    append_examples(page, commands);
    return page;
}

}  // namespace sluice::cli
