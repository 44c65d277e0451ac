#include "server/server.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/core/assert.hpp"
#include "base/observe/log.hpp"
#include "server/clients/connection.hpp"
#include "server/clients/context.hpp"
#include "server/http/http.hpp"
#include "server/net/io_loop.hpp"
#include "server/net/leader_watch.hpp"
#include "server/net/listener.hpp"
#include "server/net/loop_threads.hpp"

namespace sluice::server {

namespace asio = boost::asio;
using boost::system::error_code;
using steady = std::chrono::steady_clock;

namespace {

constexpr base::logger log{"server"};
constexpr std::chrono::milliseconds stop_poll_interval{5};
// Time between the order to leave and the drop, on top of a client's time to read the reason.
constexpr std::chrono::milliseconds expel_grace{1'000};
// Time for an engine to notice a cancel, before the server ends without it.
constexpr std::chrono::milliseconds abandon_timeout{5'000};
// The same after a second signal: its sender has waited already.
constexpr std::chrono::milliseconds abandon_at_once_timeout{500};
constexpr std::chrono::milliseconds http_grace{1'000};

}  // namespace

class server::impl {
  public:
    explicit impl(server_params params) : shared_(std::make_shared<context>(std::move(params))) {
        const auto& given = shared_->params;
        SLUICE_ASSERT(given.executor != nullptr && given.backend != nullptr && given.clock != nullptr);
        for (std::size_t i = 0; i < std::max<std::size_t>(1, given.io_threads); ++i) {
            loops_.push_back(
                std::make_shared<io_loop>(io_loop_params{.clock = given.clock,
                                                         .executor = given.executor,
                                                         .watch = &watch_,
                                                         .housekeeping_interval = given.limits.housekeeping_interval}));
        }
        poll_.emplace(main_loop().io());
        signals_.emplace(main_loop().io());
    }

    result<> bind() {
        const auto& given = shared_->params;
        if (given.tls) {
            TRY_ASSIGN(shared_->tls, tls_context::load(*given.tls));
        }
        for (const auto& address : given.listen) {
            doors_.push_back(std::make_unique<listener>(main_loop().io(), shared_->reserve));
            TRY(doors_.back()->bind(address));
        }
        if (given.http) {
            http_.emplace(http_params{.loop = loops_.front(), .shared = shared_});
            TRY(http_->bind(*given.http));
        }
        return {};
    }

    [[nodiscard]] std::vector<std::uint16_t> ports() const {
        std::vector<std::uint16_t> all;
        for (const auto& door : doors_) {
            all.push_back(door->port());
        }
        return all;
    }
    [[nodiscard]] std::uint16_t http_port() const { return http_ ? http_->port() : std::uint16_t{0}; }

    stop_outcome run() {
        if (shared_->params.handle_signals) {
            error_code ignored;
            signals_->add(SIGTERM, ignored);
            signals_->add(SIGINT, ignored);
            await_signal();
        }
        for (auto& door : doors_) {
            door->run({.may_accept = [this] { return may_accept(); },
                       .accepted = [this](int fd, bool is_last) { accepted(fd, is_last); }});
        }
        if (http_) {
            http_->run();
        }
        std::vector<loop_threads*> watched;
        for (const auto& loop : loops_) {
            watched.push_back(&loop->threads());
            watched.back()->start();
        }
        watch_.start(watched);
        for (const auto& loop : loops_) {
            loop->threads().wait();
        }
        watch_.stop();
        return outcome_;
    }

    void request_stop() {
        main_loop().post([this] { stop(); });
    }

  private:
    enum class stage : std::uint8_t { serving, draining, expelling, abandoning, closing };

    [[nodiscard]] io_loop& main_loop() { return *loops_.front(); }

    void await_signal() {
        signals_->async_wait([this](const error_code& failure, int signal) {
            if (!failure) {
                log.info("signal received", {{"signal", signal}});
                await_signal();
                stop();
            }
        });
    }

    // Bounds the connections without a session, so that sessions and cancel requests find room.
    [[nodiscard]] bool may_accept() const {
        const std::size_t all = shared_->connections.load(std::memory_order_acquire);
        const std::size_t sessions = shared_->sessions.load(std::memory_order_acquire);
        return all < sessions + shared_->params.limits.handshakes_max;
    }

    void accepted(int socket, bool is_last) {
        auto& loop = loops_[next_loop_++ % loops_.size()];
        auto fresh = make_connection({.loop = loop, .shared = shared_, .socket = socket, .refused = is_last});
        if (&loop == &loops_.front()) {
            loop->adopt(std::move(fresh));
        } else {
            loop->post([loop, fresh = std::move(fresh)] { loop->adopt(fresh); });
        }
    }

    void tell_all(void (connection::*order)()) {
        for (auto& shared : loops_) {
            // A stopped loop may never run this; a shared_ptr here would then keep the loop for ever.
            io_loop& loop = *shared;
            loop.post([&loop, order] { loop.for_each([order](connection& each) { (each.*order)(); }); });
        }
    }

    void stop() {
        if (stage_ == stage::serving) {
            const auto connections = shared_->connections.load(std::memory_order_relaxed);
            const auto seconds = std::chrono::duration<double>(shared_->params.drain_timeout).count();
            if (connections == 0) {
                log.info("draining", {{"connections", connections}});
            } else {
                log.info("draining: running statements may end; a second signal stops the server at once",
                         {{"connections", connections}, {"seconds_max", seconds}});
            }
            shared_->stopping.store(true, std::memory_order_release);
            for (auto& door : doors_) {
                door->close();
            }
            enter(stage::draining, shared_->params.drain_timeout);
            tell_all(&connection::drain);
            poll_stop();
        } else if (stage_ == stage::draining || stage_ == stage::expelling) {
            log.info("stopping at once", {{"connections", shared_->connections.load(std::memory_order_relaxed)}});
            abandon(abandon_at_once_timeout);
        }
    }

    void enter(stage next, std::chrono::milliseconds patience) {
        stage_ = next;
        deadline_ = steady::now() + patience;
    }

    void abandon(std::chrono::milliseconds patience) {
        outcome_ = stop_outcome::cut_off;
        enter(stage::abandoning, patience);
        tell_all(&connection::abandon);
    }

    void poll_stop() {
        if (stage_ != stage::closing && shared_->connections.load(std::memory_order_acquire) == 0) {
            enter(stage::closing, http_grace);
            if (http_) {
                http_->close();
            }
        }
        const bool late = steady::now() >= deadline_;
        if (stage_ == stage::closing && (late || !http_ || http_->connections() == 0)) {
            finish();
            return;
        }
        if (stage_ == stage::draining && late) {
            outcome_ = stop_outcome::cut_off;
            enter(stage::expelling, shared_->params.limits.linger + expel_grace);
            tell_all(&connection::expel);
        } else if (stage_ == stage::expelling && late) {
            abandon(abandon_timeout);
        } else if (stage_ == stage::abandoning && late) {
            outcome_ = stop_outcome::abandoned;
            finish();
            return;
        }
        poll_->expires_after(stop_poll_interval);
        poll_->async_wait([this](const error_code& failure) {
            if (!failure) {
                poll_stop();
            }
        });
    }

    void finish() {
        for (auto& loop : loops_) {
            loop->stop();
        }
    }

    leader_watch watch_;
    const std::shared_ptr<context> shared_;        // shared: see context.hpp
    std::vector<std::shared_ptr<io_loop>> loops_;  // shared: see io_loop.hpp
    std::vector<std::unique_ptr<listener>> doors_;
    std::optional<http_endpoint> http_;
    std::optional<asio::steady_timer> poll_;
    std::optional<asio::signal_set> signals_;
    std::size_t next_loop_ = 0;
    stage stage_ = stage::serving;
    steady::time_point deadline_;
    stop_outcome outcome_ = stop_outcome::drained;
};

server::server(server_params params) : impl_(std::make_unique<impl>(std::move(params))) {}
server::~server() = default;

result<> server::bind() {
    return impl_->bind();
}

std::vector<std::uint16_t> server::ports() const {
    return impl_->ports();
}

std::uint16_t server::http_port() const {
    return impl_->http_port();
}

stop_outcome server::run() {
    return impl_->run();
}

void server::request_stop() {
    impl_->request_stop();
}

}  // namespace sluice::server
