#include "cli/parts/output.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "parts/git_payload.hpp"

namespace sluice::cli {

namespace fs = std::filesystem;

namespace {

std::unexpected<parts::error> refuse(std::string_view file, int code) {
    return parts::fail(parts::error_kind::io,
                       fmt::format("cannot write {}: {}", file, std::generic_category().message(code)));
}

// 0, or errno.
int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    return 0;
}

// Closes and, if it was not given a name, forgets what was written.
class open_file {
  public:
    explicit open_file(int descriptor) : descriptor_(descriptor) {}
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    ~open_file() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
        if (!name_.empty()) {
            ::unlink(name_.c_str());
        }
    }
    [[nodiscard]] int get() const { return descriptor_; }
    void remove_at_end(std::string name) { name_ = std::move(name); }

  private:
    int descriptor_;
    std::string name_;
};

parts::result<> write_in_place(std::string_view text, const std::string& file) {
    const open_file opened(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (opened.get() < 0) {
        return refuse(file, errno);
    }
    const int failed = write_all(opened.get(), text);
    return failed == 0 || failed == EPIPE ? parts::result<>() : refuse(file, failed);
}

parts::result<> replace_file(std::string_view text, const std::string& file) {
    const auto folder = fs::path(file).has_parent_path() ? fs::path(file).parent_path() : fs::path(".");
    const auto made = (folder / fmt::format(".sluice-{}", ::getpid())).string();
    open_file opened(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666));
    if (opened.get() < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {  // a file system that has none without a name
        open_file named(::open(made.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666));
        named.remove_at_end(made);
        const int failed = named.get() < 0 ? errno : write_all(named.get(), text);
        if (failed != 0 || ::fsync(named.get()) != 0 || ::rename(made.c_str(), file.c_str()) != 0) {
            return refuse(file, failed != 0 ? failed : errno);
        }
        named.remove_at_end({});
        return {};
    }
    if (opened.get() < 0) {
        return refuse(file, errno);
    }
    if (const int failed = write_all(opened.get(), text); failed != 0) {
        return refuse(file, failed);
    }
    const auto self = fmt::format("/proc/self/fd/{}", opened.get());
    if (::fsync(opened.get()) != 0 ||
        ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, made.c_str(), AT_SYMLINK_FOLLOW) != 0) {
        return refuse(file, errno);
    }
    if (::rename(made.c_str(), file.c_str()) != 0) {
        const int failed = errno;
        opened.remove_at_end(made);
        return refuse(file, failed);
    }
    return {};
}

}  // namespace

parts::result<> write_output(std::string_view text, const std::string& file) {
    if (file.empty() || file == "-") {
        const int failed = write_all(STDOUT_FILENO, text);
        return failed == 0 || failed == EPIPE ? parts::result<>() : refuse("standard output", failed);
    }
    struct stat about{};
    const bool is_there = ::stat(file.c_str(), &about) == 0;
    return is_there && !S_ISREG(about.st_mode) ? write_in_place(text, file) : replace_file(text, file);
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
