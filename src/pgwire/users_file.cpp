// The users file: its lines, and how it is read and replaced.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "pgwire/users.hpp"

namespace sluice::pgwire {

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

core::result<entry> parse_entry(std::string_view text) {
    const auto invalid = [](std::string message) {
        return core::fail(core::sqlstates::config_file_error, std::move(message));
    };
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
        // Never quote what may be a plain password.
        return invalid("the second word is not a SCRAM-SHA-256 verifier; `sluice user add` makes one");
    }
    return entry{.name = std::move(*name), .verifier = std::move(*verifier)};
}

std::unexpected<core::error> file_failure(core::sqlstate code, const std::string& path, std::string_view what,
                                          int error) {
    return core::fail(
        code, "users file " + in_quotes(path) + ": " + std::string(what) + std::generic_category().message(error));
}

// Closes the file; deletes it too unless it was kept.
class temporary_file {
  public:
    explicit temporary_file(std::string pattern) : path_(std::move(pattern)), descriptor_(mkstemp(path_.data())) {}
    ~temporary_file() {
        if (descriptor_ >= 0) {
            close(descriptor_);
            if (!kept_) {
                unlink(path_.c_str());
            }
        }
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;

    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    // mkstemp made it readable and writable for the owner only.
    [[nodiscard]] bool write_durably(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t written = write(descriptor_, text.data(), text.size());
            if (written < 0 && errno != EINTR) {
                return false;
            }
            text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
        }
        return fsync(descriptor_) == 0;
    }
    [[nodiscard]] bool take_the_place_of(const std::string& path) {
        kept_ = rename(path_.c_str(), path.c_str()) == 0;
        return kept_;
    }

  private:
    std::string path_;
    int descriptor_;
    bool kept_ = false;
};

// The new name is durable once the folder is.
bool sync_folder(const std::filesystem::path& folder) {
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const bool synced = fsync(descriptor) == 0;
    close(descriptor);
    return synced;
}

}  // namespace

core::result<> user_table::load(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return file_failure(core::sqlstates::config_file_error, path, "", errno);
    }
    std::string text(file_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) {
        return file_failure(core::sqlstates::config_file_error, path, "", EIO);
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > file_bytes_max) {
        return file_failure(core::sqlstates::config_file_error, path, "", EFBIG);
    }
    return parse(text, path);
}

core::result<> user_table::save(const std::string& path) const {
    const auto failure = [&] { return file_failure(core::sqlstates::io_error, path, "could not be written: ", errno); };
    std::error_code ignored;
    // A symbolic link stays; what it points to is replaced. Absolute, so that there is a folder to sync.
    const std::filesystem::path here = std::filesystem::absolute(path, ignored);
    const std::filesystem::path linked = std::filesystem::weakly_canonical(here, ignored);
    const std::filesystem::path target = ignored ? here : linked;
    temporary_file file(target.string() + ".XXXXXX");
    if (!file.is_open() || !file.write_durably(to_text()) || !file.take_the_place_of(target.string()) ||
        !sync_folder(target.parent_path())) {
        return failure();
    }
    return {};
}

core::result<> user_table::parse(std::string_view text, std::string_view source) {
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
            parsed = core::fail(core::sqlstates::config_file_error,
                                "the user " + in_quotes(parsed->name) + " is there twice");
        }
        if (!parsed) {
            return core::fail(
                core::sqlstates::config_file_error,
                "users file " + in_quotes(source) + ", line " + std::to_string(number) + ": " + parsed.error().message);
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
                    : in_quotes(each.user) + " " + in_quotes(pgwire::to_text(users_.find(each.user)->second));
        text += '\n';
    }
    return text;
}

}  // namespace sluice::pgwire
