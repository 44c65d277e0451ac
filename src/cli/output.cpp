#include "cli/output.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <span>
#include <sys/stat.h>
#include <unistd.h>

#include "files/durable.hpp"
#include "files/file_failure.hpp"
#include "parts/git_payload.hpp"

namespace sluice::cli {

namespace {

// A reader that has gone takes nothing more.
core::result<> write_to(int descriptor, std::string_view text, std::string_view name) {
    const int failed = files::write_all(descriptor, std::as_bytes(std::span(text)));
    return failed == 0 || failed == EPIPE ? core::result<>() : files::file_failure("write", name, failed);
}

core::result<> write_in_place(std::string_view text, const std::string& file) {
    const files::file_descriptor opened(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    return opened.is_open() ? write_to(opened.get(), text, file) : files::file_failure("write", file, errno);
}

}  // namespace

core::result<> write_output(std::string_view text, const std::string& file) {
    if (file.empty() || file == "-") {
        return write_to(STDOUT_FILENO, text, "standard output");
    }
    struct stat about{};
    const bool is_there = ::stat(file.c_str(), &about) == 0;
    if (is_there && !S_ISREG(about.st_mode)) {
        return write_in_place(text, file);
    }
    return files::replace_file(file, text);
}

std::string one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

std::string shown_time(std::int64_t unix_ms) {
    auto text = parts::to_iso_8601(unix_ms);
    text[10] = ' ';
    return text.substr(0, 19);
}

}  // namespace sluice::cli
