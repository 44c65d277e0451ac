// Reads the users file line by line, and replaces it.
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "base/os/durable.hpp"
#include "postgres/auth/users.hpp"

namespace sluice::postgres {

namespace {

constexpr std::size_t file_bytes_max = std::size_t{16} * 1024 * 1024;
constexpr std::string_view blanks = " \t\r";

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

// One "quoted" word with doubled quotes inside; taken off `text`.
std::optional<std::string> take_quoted(std::string_view& text) {
    skip_blanks(text);
    if (!text.starts_with('"')) {
        return std::nullopt;
    }
    std::string word;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == '"') {
            if (at + 1 == text.size() || text[at + 1] != '"') {
                text.remove_prefix(at + 1);
                return word;
            }
            ++at;
        }
        word += text[at];
    }
    return std::nullopt;
}

std::string in_quotes(std::string_view word) {
    std::string text = "\"";
    for (const char c : word) {
        text += c == '"' ? "\"\"" : std::string(1, c);
    }
    return text + '"';
}

struct entry {
    std::string name;
    scram_verifier verifier;
};

result<entry> parse_entry(std::string_view text) {
    const auto invalid = [](std::string message) { return fail(sqlstates::config_file_error, std::move(message)); };
    auto name = take_quoted(text);
    if (!name) {
        return invalid("expected a user name in double quotes");
    }
    TRY(user_table::check_name(*name));
    const auto secret = take_quoted(text);
    if (!secret) {
        return invalid("expected a verifier in double quotes behind the user name");
    }
    skip_blanks(text);
    if (!text.empty()) {
        return invalid("unexpected text behind the verifier");
    }
    auto verifier = parse_scram_verifier(*secret);
    if (!verifier) {
        // The message must not quote a text that may be a plain password.
        return invalid("the second word is not a SCRAM-SHA-256 verifier; `sluice user add` makes one");
    }
    return entry{.name = std::move(*name), .verifier = std::move(*verifier)};
}

std::unexpected<error> unreadable(const std::string& path, int error) {
    return fail(sqlstates::config_file_error,
                "users file " + in_quotes(path) + ": " + std::generic_category().message(error));
}

}  // namespace

result<> user_table::load(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return unreadable(path, errno);
    }
    std::string text(file_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) {
        return unreadable(path, EIO);
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > file_bytes_max) {
        return unreadable(path, EFBIG);
    }
    return parse(text, path);
}

result<> user_table::save(const std::string& path) const {
    std::error_code ignored;
    // A symbolic link stays; its target is replaced.
    const std::filesystem::path linked = std::filesystem::weakly_canonical(path, ignored);
    return base::replace_file(ignored ? std::filesystem::path(path) : linked, to_text(),
                              {.keeps_access = true, .is_private = true});
}

result<> user_table::parse(std::string_view text, std::string_view source) {
    std::vector<line> lines;
    std::map<std::string, scram_verifier, std::less<>> users;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view content = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        std::string_view start = content;
        skip_blanks(start);
        if (start.empty() || start.front() == ';' || start.front() == '#') {
            lines.push_back({.text = std::string(content)});
            continue;
        }
        auto parsed = parse_entry(content);
        if (parsed && users.contains(parsed->name)) {
            parsed = fail(sqlstates::config_file_error, "the user " + in_quotes(parsed->name) + " is there twice");
        }
        if (!parsed) {
            return fail(sqlstates::config_file_error, "users file " + in_quotes(source) + ", line " +
                                                          std::to_string(number) + ": " + parsed.error().message);
        }
        lines.push_back({.user = parsed->name});
        users.emplace(std::move(parsed->name), std::move(parsed->verifier));
    }
    lines_ = std::move(lines);
    users_ = std::move(users);
    collect_shapes();
    return {};
}

std::string user_table::to_text() const {
    std::string text;
    for (const line& each : lines_) {
        text += each.user.empty()
                    ? each.text
                    : in_quotes(each.user) + " " + in_quotes(postgres::to_text(users_.find(each.user)->second));
        text += '\n';
    }
    return text;
}

}  // namespace sluice::postgres
