#include "server/http/http.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "server/net/listener.hpp"

namespace sluice::server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::uint32_t header_bytes_max = 8 * 1024;
constexpr std::chrono::seconds request_timeout{10};
constexpr std::chrono::seconds readiness_timeout{2};

using request = http::request<http::empty_body>;
using response = http::response<http::string_body>;

response make_response(const request& asked, http::status status, std::string body,
                       std::string_view type = "text/plain; charset=utf-8") {
    response answer{status, asked.version()};
    answer.set(http::field::content_type, {type.data(), type.size()});
    answer.set(http::field::cache_control, "no-store");
    answer.keep_alive(asked.keep_alive());
    answer.content_length(body.size());
    if (asked.method() != http::verb::head) {
        answer.body() = std::move(body);
    }
    return answer;
}

// The answer of an engine that is asked on another thread; `done` wakes the waiting coroutine.
struct readiness {
    explicit readiness(std::shared_ptr<io_loop> owner) : loop(std::move(owner)), done(loop->io()) {}
    std::shared_ptr<io_loop> loop;  // shared: the timer must die before its loop
    asio::steady_timer done;
    std::optional<result<>> answer;  // used by the io thread only
};

}  // namespace

class http_endpoint::impl : public std::enable_shared_from_this<http_endpoint::impl> {
  public:
    explicit impl(http_params params)
        : loop_(std::move(params.loop)), shared_(std::move(params.shared)), door_(loop_->io(), shared_->reserve) {}

    [[nodiscard]] listener& door() { return door_; }
    [[nodiscard]] std::size_t connections() const { return active_.load(std::memory_order_relaxed); }

    void run() {
        door_.run({.may_accept = [this] { return connections() < shared_->params.limits.http_connections_max; },
                   .accepted = [this](int socket, bool is_last) { accept(socket, is_last); }});
    }

    void close() {
        door_.close();
        for (beast::tcp_stream* each : idle_) {
            each->cancel();
        }
    }

  private:
    void accept(int socket, bool is_last) {
        error_code failure;
        tcp::socket accepted(loop_->io());
        sockaddr_storage address{};
        socklen_t address_bytes = sizeof address;
        (void)::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &address_bytes);
        accepted.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket, failure);
        if (failure) {
            ::close(socket);
            return;
        }
        active_.fetch_add(1, std::memory_order_relaxed);
        asio::co_spawn(loop_->io(), serve(shared_from_this(), std::move(accepted), is_last), asio::detached);
    }

    // Holds `self`: the coroutine may outlive the endpoint. `once`: serves one request.
    static asio::awaitable<void> serve(std::shared_ptr<impl> self, tcp::socket socket, bool once) {
        beast::tcp_stream stream(std::move(socket));
        beast::flat_buffer received(header_bytes_max);
        bool again = true;
        while (again) {
            again = co_await self->serve_one(stream, received, once);
        }
        error_code ignored;
        stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
        self->active_.fetch_sub(1, std::memory_order_relaxed);
    }

    // False: close the connection.
    asio::awaitable<bool> serve_one(beast::tcp_stream& stream, beast::flat_buffer& received, bool once) {
        error_code failure;
        http::request_parser<http::empty_body> parser;
        parser.header_limit(header_bytes_max);
        parser.body_limit(std::uint64_t{0});
        stream.expires_after(request_timeout);
        idle_.insert(&stream);
        co_await http::async_read(stream, received, parser, asio::redirect_error(asio::use_awaitable, failure));
        idle_.erase(&stream);
        if (failure && (failure.category() != http::make_error_code(http::error::end_of_stream).category() ||
                        failure == http::error::end_of_stream)) {
            co_return false;  // a broken socket, a timeout, or the client has closed
        }
        response answer;
        if (failure) {
            const auto status = failure == http::error::header_limit || failure == http::error::buffer_overflow
                                    ? http::status::request_header_fields_too_large
                                : failure == http::error::body_limit || failure == http::error::unexpected_body
                                    ? http::status::payload_too_large
                                    : http::status::bad_request;
            answer = make_response(parser.get(), status, "bad request\n");
            answer.keep_alive(false);
        } else {
            answer = co_await respond(parser.get());
        }
        if (once || shared_->stopping.load(std::memory_order_acquire)) {
            answer.keep_alive(false);
        }
        shared_->metrics.http_requests_total.add();
        stream.expires_after(request_timeout);
        co_await http::async_write(stream, answer, asio::redirect_error(asio::use_awaitable, failure));
        co_return !failure && answer.keep_alive();
    }

    asio::awaitable<response> respond(const request& asked) {
        const std::string_view target(asked.target().data(), asked.target().size());
        const std::string_view path = target.substr(0, target.find('?'));
        if (path != "/healthz" && path != "/readyz" && path != "/metrics") {
            co_return make_response(asked, http::status::not_found, "not found\n");
        }
        if (asked.method() != http::verb::get && asked.method() != http::verb::head) {
            response refused = make_response(asked, http::status::method_not_allowed, "method not allowed\n");
            refused.set(http::field::allow, "GET, HEAD");
            co_return refused;
        }
        if (path == "/metrics") {
            co_return make_response(asked, http::status::ok, shared_->params.metrics->text(),
                                    "text/plain; version=0.0.4; charset=utf-8");
        }
        if (path == "/healthz") {
            co_return make_response(asked, http::status::ok, "ok\n");
        }
        const result<> ready = co_await check_ready();
        if (ready) {
            co_return make_response(asked, http::status::ok, "ready\n");
        }
        co_return make_response(asked, http::status::service_unavailable, ready.error().message + "\n");
    }

    asio::awaitable<result<>> check_ready() {
        if (shared_->stopping.load(std::memory_order_acquire)) {
            co_return fail(sqlstates::cannot_connect_now, "the server is shutting down");
        }
        // Shared, because the engine may answer after the wait has ended.
        auto state = std::make_shared<readiness>(loop_);
        state->done.expires_after(readiness_timeout);
        auto queued = shared_->params.executor->submit([state, shared = shared_] {
            auto answer = shared->params.backend->check_ready();
            state->loop->post([state, answer = std::move(answer)] {
                state->answer = answer;
                state->done.cancel();
            });
        });
        if (!queued) {
            co_return queued;
        }
        error_code ignored;
        co_await state->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        if (!state->answer) {
            co_return fail(sqlstates::cannot_connect_now, "the engine does not answer");
        }
        co_return *state->answer;
    }

    const std::shared_ptr<io_loop> loop_;
    const std::shared_ptr<context> shared_;
    listener door_;
    std::atomic<std::size_t> active_{0};
    std::unordered_set<beast::tcp_stream*> idle_;  // waiting for a request
};

http_endpoint::http_endpoint(http_params params) : impl_(std::make_shared<impl>(std::move(params))) {}
http_endpoint::~http_endpoint() = default;

result<> http_endpoint::bind(const base::host_port& address) {
    return impl_->door().bind(address);
}

std::uint16_t http_endpoint::port() const {
    return impl_->door().port();
}

void http_endpoint::run() {
    impl_->run();
}

void http_endpoint::close() {
    impl_->close();
}

std::size_t http_endpoint::connections() const {
    return impl_->connections();
}

}  // namespace sluice::server
