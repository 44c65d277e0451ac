#include "cli/terminal/password_prompt.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iterator>
#include <termios.h>
#include <unistd.h>

namespace sluice::cli {

namespace {

constexpr std::size_t password_size_bytes_max = 1024;
volatile std::sig_atomic_t interrupted = 0;

std::unexpected<error> refuse(std::string message) {
    return fail(sqlstates::invalid_parameter_value, std::move(message));
}

// Reads a byte at a time, so that the text after the line is left for the next reader of the input.
result<std::string> read_line() {
    std::string line;
    for (;;) {
        char c = 0;
        const auto got = ::read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR) {
            if (interrupted != 0) {
                return refuse("interrupted");
            }
            continue;
        }
        if (got < 0 || (got == 0 && line.empty())) {
            return refuse("no password on standard input");
        }
        if (got == 0 || c == '\n') {
            break;
        }
        if (line.size() == password_size_bytes_max) {
            return refuse("the password is longer than 1024 bytes");
        }
        line.push_back(c);
    }
    if (line.ends_with('\r')) {
        line.pop_back();
    }
    return line;
}

// Echo is off while it lives. A signal that would end the program ends the question instead, so that echo is restored.
class hidden_input {
  public:
    hidden_input() {
        interrupted = 0;
        struct sigaction note{};
        note.sa_handler = [](int) { interrupted = 1; };  // without SA_RESTART, so that read() returns
        for (std::size_t i = 0; i < std::size(ending_signals); ++i) {
            ::sigaction(ending_signals[i], &note, &actions_before_[i]);
        }
        if (::tcgetattr(STDIN_FILENO, &terminal_before_) == 0) {
            termios silent = terminal_before_;
            silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            silent.c_lflag |= ECHONL;
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        }
    }
    hidden_input(const hidden_input&) = delete;
    hidden_input& operator=(const hidden_input&) = delete;
    ~hidden_input() {
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_before_);
        for (std::size_t i = 0; i < std::size(ending_signals); ++i) {
            ::sigaction(ending_signals[i], &actions_before_[i], nullptr);
        }
    }

  private:
    static constexpr int ending_signals[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};
    termios terminal_before_{};
    std::array<struct sigaction, std::size(ending_signals)> actions_before_{};
};

result<std::string> read_hidden(std::string_view prompt) {
    const hidden_input guard;
    std::fwrite(prompt.data(), 1, prompt.size(), stderr);
    std::fflush(stderr);
    return read_line();
}

}  // namespace

result<std::string> ask_new_password(std::string_view user) {
    if (::isatty(STDIN_FILENO) == 0) {
        return read_line();
    }
    TRY_ASSIGN(std::string first, read_hidden("New password for " + std::string(user) + ": "));
    TRY_ASSIGN(const std::string second, read_hidden("Again: "));
    if (first != second) {
        return refuse("the passwords do not match");
    }
    return first;
}

}  // namespace sluice::cli
