// crowd - many clients read the same result at once while others have stopped reading in the middle of it.
//
// crowd HOST PORT DATABASE READERS STALLED ROWS_BEFORE_STALL SQL
// First STALLED clients ask and stop reading after some rows; then READERS ask and read everything; then the stalled
// clients read on. Prints one line of JSON when each of the three is done: {"phase":…, "seconds":…, "clients":…,
// "failed":…, "bytes":…, "first_row_ms_max":…, "results":[{"rows":…, "checksum":…, "clients":…}]}. The checksum of a
// result is the sum of its DataRows' hashes, in any order; bench/crowd_part.py computes the same from DuckDB's own
// rows.
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <memory>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;

constexpr int silence_ms_max = 60'000;  // no client gets a byte: the server hangs
constexpr std::size_t read_bytes = std::size_t{1} << 18;

[[noreturn]] void die(const std::string& what) {
    std::fprintf(stderr, "crowd: %s\n", what.c_str());
    std::exit(1);
}

double seconds_since(steady::time_point start) {
    return std::chrono::duration<double>(steady::now() - start).count();
}

std::uint32_t be32_at(const char* bytes) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return ntohl(value);
}

std::string be32(std::uint32_t value) {
    value = htonl(value);
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::uint64_t hash_row(const char* body, std::size_t size) {
    std::uint64_t hash = size;
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, body + at, std::min(sizeof word, size - at));
        hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
        hash ^= hash >> 32U;
    }
    return hash;
}

class client {
  public:
    client(const char* host, const char* port, const char* database) : asked_(steady::now()) {
        descriptor_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
        ::inet_pton(AF_INET, host, &address.sin_addr);
        if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            die("cannot connect");
        }
        const int on = 1;
        ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
        const std::string body =
            be32(196608) + std::string("user\0postgres\0database\0", 23) + database + std::string(2, '\0');
        write(be32(static_cast<std::uint32_t>(body.size() + 4)) + body);
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    ~client() { ::close(descriptor_); }

    void ask(const std::string& sql) {
        idle_ = false;
        asked_ = steady::now();
        write("Q" + be32(static_cast<std::uint32_t>(sql.size() + 5)) + sql + '\0');
    }

    // Reads the bytes that have arrived; an incomplete message is kept for its end.
    void read(std::vector<char>& scratch) {
        if (rest_.size() + read_bytes > scratch.size()) {
            scratch.resize(rest_.size() + read_bytes);
        }
        std::memcpy(scratch.data(), rest_.data(), rest_.size());
        const ssize_t got = ::recv(descriptor_, scratch.data() + rest_.size(), read_bytes, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (got <= 0) {
            failed_ = idle_ = true;
            return;
        }
        bytes_ += static_cast<std::uint64_t>(got);
        take(scratch.data(), rest_.size() + static_cast<std::size_t>(got));
    }

    int descriptor() const { return descriptor_; }
    bool idle() const { return idle_; }
    bool failed() const { return failed_; }
    std::uint64_t rows() const { return rows_; }
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t checksum() const { return checksum_; }
    double first_row_seconds() const { return first_row_seconds_; }

  private:
    void take(const char* data, std::size_t size) {
        std::size_t begin = 0;
        while (size - begin >= 5) {
            const std::size_t whole = be32_at(data + begin + 1) + 1;
            if (size - begin < whole) {
                break;
            }
            const char type = data[begin];
            if (type == 'D') {
                if (rows_++ == 0) {
                    first_row_seconds_ = seconds_since(asked_);
                }
                checksum_ += hash_row(data + begin + 5, whole - 5);
            } else if (type == 'E') {
                std::fprintf(stderr, "crowd: error from the server: %.*s\n", static_cast<int>(whole - 5),
                             data + begin + 5);
                failed_ = true;
            } else if (type == 'Z') {
                idle_ = true;
            }
            begin += whole;
        }
        rest_.assign(data + begin, size - begin);
    }

    void write(const std::string& bytes) const {
        if (::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
            die("cannot write");
        }
    }

    int descriptor_ = -1;
    bool idle_ = false;
    bool failed_ = false;
    std::uint64_t rows_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t checksum_ = 0;
    double first_row_seconds_ = 0;
    steady::time_point asked_;
    std::string rest_;
};

using clients = std::vector<std::unique_ptr<client>>;

// Reads for all of `group` until each is idle or has `rows_max` rows; a client with that many is not read any more.
void read_until(const clients& group, std::uint64_t rows_max) {
    const int events = ::epoll_create1(0);
    std::size_t open = 0;
    for (const auto& each : group) {
        if (each->idle()) {
            continue;
        }
        epoll_event wanted{.events = EPOLLIN, .data = {.ptr = each.get()}};
        ::epoll_ctl(events, EPOLL_CTL_ADD, each->descriptor(), &wanted);
        ++open;
    }
    std::vector<char> scratch(2 * read_bytes);
    std::vector<epoll_event> ready(64);
    while (open > 0) {
        const int count = ::epoll_wait(events, ready.data(), static_cast<int>(ready.size()), silence_ms_max);
        if (count == 0) {
            die("no client has received anything for " + std::to_string(silence_ms_max) + " ms; " +
                std::to_string(open) + " wait");
        }
        for (int i = 0; i < count; ++i) {
            auto& each = *static_cast<client*>(ready[static_cast<std::size_t>(i)].data.ptr);
            each.read(scratch);
            if (each.idle() || each.rows() >= rows_max) {
                ::epoll_ctl(events, EPOLL_CTL_DEL, each.descriptor(), nullptr);
                --open;
            }
        }
    }
    ::close(events);
}

void report(const char* phase, const clients& group, steady::time_point start) {
    std::map<std::pair<std::uint64_t, std::uint64_t>, int> results;
    std::uint64_t bytes = 0;
    double first_row_seconds = 0;
    int failed = 0;
    for (const auto& each : group) {
        ++results[{each->rows(), each->checksum()}];
        bytes += each->bytes();
        first_row_seconds = std::max(first_row_seconds, each->first_row_seconds());
        failed += each->failed() ? 1 : 0;
    }
    std::printf(R"({"phase": "%s", "seconds": %.3f, "clients": %zu, "failed": %d, "bytes": %llu, )"
                R"("first_row_ms_max": %.1f, "results": [)",
                phase, seconds_since(start), group.size(), failed, static_cast<unsigned long long>(bytes),
                first_row_seconds * 1e3);
    const char* separator = "";
    for (const auto& [result, count] : results) {
        std::printf(R"(%s{"rows": %llu, "checksum": %llu, "clients": %d})", separator,
                    static_cast<unsigned long long>(result.first), static_cast<unsigned long long>(result.second),
                    count);
        separator = ", ";
    }
    std::printf("]}\n");
    std::fflush(stdout);
}

clients connect(char** arguments, int count) {
    clients group;
    for (int i = 0; i < count; ++i) {
        group.push_back(std::make_unique<client>(arguments[1], arguments[2], arguments[3]));
    }
    read_until(group, UINT64_MAX);
    return group;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 8) {
        die("usage: crowd HOST PORT DATABASE READERS STALLED ROWS_BEFORE_STALL SQL");
    }
    const clients readers = connect(argv, std::atoi(argv[4]));
    const clients stalled = connect(argv, std::atoi(argv[5]));

    auto start = steady::now();
    for (const auto& each : stalled) {
        each->ask(argv[7]);
    }
    read_until(stalled, std::strtoull(argv[6], nullptr, 10));
    report("stalled", stalled, start);

    start = steady::now();
    for (const auto& each : readers) {
        each->ask(argv[7]);
    }
    read_until(readers, UINT64_MAX);
    report("read", readers, start);

    start = steady::now();
    read_until(stalled, UINT64_MAX);
    report("resumed", stalled, start);
    return 0;
}
