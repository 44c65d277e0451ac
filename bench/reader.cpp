// reader - reads one result as fast as a client can, and prints the cost as JSON.
//
// reader raw|libpq|tls HOST PORT DATABASE text|binary SQL
//   raw:   a plain socket, the protocol's messages walked by their lengths, nothing decoded
//   tls:   the same over TLS
//   libpq: PQsetSingleRowMode, as most drivers in C do
// Output: {"rows":…, "bytes":…, "seconds":…, "first_row_ms":…, "client_cpu_seconds":…}
#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <libpq-fe.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;

struct measurement {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    double first_row_seconds = 0;
};

[[noreturn]] void die(const std::string& what) {
    std::fprintf(stderr, "reader: %s\n", what.c_str());
    std::exit(1);
}

double seconds_since(steady::time_point start) {
    return std::chrono::duration<double>(steady::now() - start).count();
}

class channel {
  public:
    channel(const char* host, const char* port, bool tls) {
        descriptor_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
        ::inet_pton(AF_INET, host, &address.sin_addr);
        const int on = 1;
        ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            die("cannot connect");
        }
        if (tls) {
            start_tls();
        }
    }
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;
    ~channel() { ::close(descriptor_); }

    void write(const std::string& bytes) {
        const auto done = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                          : static_cast<int>(::send(descriptor_, bytes.data(), bytes.size(), 0));
        if (done != static_cast<int>(bytes.size())) {
            die("cannot write");
        }
    }
    std::size_t read(char* into, std::size_t room) {
        const auto got = tls_ != nullptr ? static_cast<ssize_t>(SSL_read(tls_, into, static_cast<int>(room)))
                                         : ::recv(descriptor_, into, room, 0);
        if (got <= 0) {
            die("connection closed");
        }
        return static_cast<std::size_t>(got);
    }

  private:
    void start_tls() {
        const std::string request{"\x00\x00\x00\x08\x04\xd2\x16\x2f", 8};
        write(request);
        char answer = 'N';
        if (::recv(descriptor_, &answer, 1, 0) != 1 || answer != 'S') {
            die("no TLS");
        }
        tls_ = SSL_new(SSL_CTX_new(TLS_client_method()));
        SSL_set_fd(tls_, descriptor_);
        if (SSL_connect(tls_) != 1) {
            die("TLS handshake failed");
        }
    }

    int descriptor_ = -1;
    SSL* tls_ = nullptr;
};

std::string be32(std::uint32_t value) {
    value = htonl(value);
    return {reinterpret_cast<const char*>(&value), 4};
}

std::string message(char type, const std::string& body) {
    return std::string(1, type) + be32(static_cast<std::uint32_t>(body.size() + 4)) + body;
}

// Walks messages by their lengths until ReadyForQuery; `counted` sees each DataRow's arrival.
class walker {
  public:
    explicit walker(channel& source) : source_(source), buffer_(1 << 18) {}

    measurement until_ready(steady::time_point start) {
        measurement seen;
        while (true) {
            while (end_ - begin_ >= 5) {
                std::uint32_t length = 0;
                std::memcpy(&length, buffer_.data() + begin_ + 1, 4);
                const std::size_t whole = ntohl(length) + 1;
                if (end_ - begin_ < whole) {
                    if (whole > buffer_.size()) {
                        buffer_.resize(whole);
                    }
                    break;
                }
                const char type = buffer_[begin_];
                if (type == 'D' && seen.rows++ == 0) {
                    seen.first_row_seconds = seconds_since(start);
                }
                if (type == 'E') {
                    die("error from the server: " + std::string(buffer_.data() + begin_ + 5, whole - 5));
                }
                begin_ += whole;
                if (type == 'Z') {
                    return seen;
                }
            }
            std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
            const std::size_t got = source_.read(buffer_.data() + end_, buffer_.size() - end_);
            end_ += got;
            seen.bytes += got;
        }
    }

  private:
    channel& source_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

measurement read_raw(char** arguments, bool binary, bool tls) {
    channel connection(arguments[2], arguments[3], tls);
    walker messages(connection);
    const std::string body =
        be32(196608) + std::string("user\0postgres\0database\0", 23) + arguments[4] + std::string(2, '\0');
    connection.write(be32(static_cast<std::uint32_t>(body.size() + 4)) + body);
    messages.until_ready(steady::now());
    const std::string parse = std::string(1, '\0') + arguments[6] + std::string(3, '\0');
    const std::string bind = std::string(6, '\0') + std::string("\0\1\0", 3) + (binary ? '\1' : '\0');
    const auto start = steady::now();
    connection.write(message('P', parse) + message('B', bind) + message('E', std::string(5, '\0')) + message('S', ""));
    return messages.until_ready(start);
}

measurement read_libpq(char** arguments, bool binary) {
    const std::string target = std::string("host=") + arguments[2] + " port=" + arguments[3] +
                               " dbname=" + arguments[4] + " user=postgres sslmode=disable";
    PGconn* connection = PQconnectdb(target.c_str());
    if (PQstatus(connection) != CONNECTION_OK) {
        die(PQerrorMessage(connection));
    }
    measurement seen;
    const auto start = steady::now();
    PQsendQueryParams(connection, arguments[6], 0, nullptr, nullptr, nullptr, nullptr, binary ? 1 : 0);
    PQsetSingleRowMode(connection);
    while (PGresult* result = PQgetResult(connection)) {
        const auto status = PQresultStatus(result);
        if (status == PGRES_SINGLE_TUPLE) {
            if (seen.rows++ == 0) {
                seen.first_row_seconds = seconds_since(start);
            }
            seen.bytes += static_cast<std::uint64_t>(PQgetlength(result, 0, 0));
        } else if (status != PGRES_TUPLES_OK) {
            die(PQerrorMessage(connection));
        }
        PQclear(result);
    }
    PQfinish(connection);
    return seen;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        die("usage: reader raw|libpq|tls HOST PORT DATABASE text|binary SQL");
    }
    const std::string mode = argv[1];
    const bool binary = std::string(argv[5]) == "binary";
    const auto start = steady::now();
    const measurement seen = mode == "libpq" ? read_libpq(argv, binary) : read_raw(argv, binary, mode == "tls");
    const double seconds = seconds_since(start);
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const double cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                       static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    std::printf(R"({"rows": %llu, "bytes": %llu, "seconds": %.6f, "first_row_ms": %.3f, "client_cpu_seconds": %.3f})"
                "\n",
                static_cast<unsigned long long>(seen.rows), static_cast<unsigned long long>(seen.bytes), seconds,
                seen.first_row_seconds * 1e3, cpu);
    return 0;
}
