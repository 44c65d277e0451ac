#include "cli/terminal/output.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <span>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/os/file_failure.hpp"
#include "base/text/iso_8601.hpp"

namespace sluice::cli {

namespace {

// Drops the text if the reader has closed its end.
result<> write_to(int descriptor, std::string_view text, std::string_view name) {
    const int failed = base::write_all(descriptor, std::as_bytes(std::span(text)));
    return failed == 0 || failed == EPIPE ? result<>() : base::file_failure("write", name, failed);
}

constexpr std::size_t gathered_max = std::size_t{64} * 1024;

}  // namespace

result<output_writer> output_writer::open(const std::string& file) {
    if (file.empty() || file == "-") {
        return output_writer("standard output");
    }
    output_writer writer(file);
    struct stat about{};
    const bool is_there = ::stat(file.c_str(), &about) == 0;
    if (is_there && !S_ISREG(about.st_mode)) {
        writer.opened_ = base::file_descriptor(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
        if (!writer.opened_.is_open()) {
            return base::file_failure("write", file, errno);
        }
    } else {
        TRY_ASSIGN(writer.made_, base::new_file::create(file));
    }
    return writer;
}

result<> output_writer::write(std::string_view piece) {
    gathered_.append(piece);
    return gathered_.size() >= gathered_max ? flush() : result<>();
}

result<> output_writer::flush() {
    const auto text = std::exchange(gathered_, {});
    return made_ ? made_->write(std::as_bytes(std::span(text)))
                 : write_to(opened_.is_open() ? opened_.get() : STDOUT_FILENO, text, name_);
}

result<> output_writer::finish() {
    TRY(flush());
    return made_ ? made_->become(base::if_present::replace) : result<>();
}

result<> write_output(std::string_view text, const std::string& file) {
    TRY_ASSIGN(auto writer, output_writer::open(file));
    TRY(writer.write(text));
    return writer.finish();
}

std::string one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

std::string shown_time(std::int64_t unix_ms) {
    auto text = base::to_iso_8601(unix_ms);
    text[10] = ' ';
    return text.substr(0, 19);
}

}  // namespace sluice::cli
