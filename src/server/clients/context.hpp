// context.hpp - the state that all connections of one server share, and the count of sessions.
//
// Use:     session_slot slot = session_slot::take(context);  if (!slot) { 53300 }
// Threads: any; params are constant, the rest is atomic or locks itself.
// Ends:    connections hold it by shared_ptr, because the last of them may die on an executor thread after the server.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "base/flow/buffer_pool.hpp"
#include "base/flow/byte_budget.hpp"
#include "server/clients/cancel_registry.hpp"
#include "server/clients/metrics.hpp"
#include "server/clients/params.hpp"
#include "server/net/descriptor_reserve.hpp"
#include "server/net/tls.hpp"
#include "session/state/cursor_registry.hpp"

namespace sluice::server {

struct context {
    explicit context(server_params settings)
        : params(std::move(settings)),
          metrics{*params.metrics},
          own_load(params.load == nullptr
                       ? std::make_unique<workload::governor>(workload::workload_params{}, *params.metrics)
                       : nullptr),
          load(params.load == nullptr ? *own_load : *params.load),
          cursors(params.cursors, *params.metrics, *params.clock),
          buffers({.buffer_size_bytes = params.limits.write_buffer_bytes,
                   .kept_max = params.limits.write_buffers_kept_max}),
          // The budget counts buffers, which may be half empty; a channel counts the bytes in them.
          budget({.bytes_max = params.limits.buffered_bytes_max,
                  .step_bytes = params.limits.write_buffer_bytes,
                  .queue_bytes_max = 2 * params.limits.output_bytes_max}) {
        buffers.expose(*params.metrics);
        budget.expose(*params.metrics);
    }

    const server_params params;
    server_metrics metrics;
    const std::unique_ptr<workload::governor> own_load;  // used if params.load is null
    workload::governor& load;
    session::cursor_registry cursors;
    base::buffer_pool buffers;
    base::byte_budget budget;
    descriptor_reserve reserve;  // of the listeners, which share a thread
    cancel_registry cancels;
    std::optional<tls_context> tls;
    std::atomic<std::size_t> connections{0};  // all that exist, in any state
    std::atomic<std::size_t> sessions{0};     // of connections_max
    std::atomic<bool> stopping{false};
};

// Counts a connection as long as it exists.
class connection_count {
  public:
    explicit connection_count(context& owner) : owner_(owner) {
        owner_.connections.fetch_add(1, std::memory_order_acq_rel);
        owner_.metrics.connections_total.add();
        owner_.metrics.connections_active.add();
    }
    connection_count(const connection_count&) = delete;
    connection_count& operator=(const connection_count&) = delete;
    ~connection_count() {
        owner_.metrics.connections_active.subtract();
        owner_.connections.fetch_sub(1, std::memory_order_acq_rel);
    }

  private:
    context& owner_;
};

// One of connections_max; given back by its destructor.
class session_slot {
  public:
    session_slot() = default;
    session_slot(session_slot&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    session_slot& operator=(session_slot&& other) noexcept {
        std::swap(owner_, other.owner_);
        return *this;
    }
    session_slot(const session_slot&) = delete;
    session_slot& operator=(const session_slot&) = delete;
    ~session_slot() { release(); }

    // Empty when all slots are taken.
    [[nodiscard]] static session_slot take(context& owner) {
        session_slot slot;
        std::size_t taken = owner.sessions.load(std::memory_order_relaxed);
        while (taken < owner.params.limits.connections_max) {
            if (owner.sessions.compare_exchange_weak(taken, taken + 1, std::memory_order_acq_rel)) {
                owner.metrics.sessions_active.add();
                slot.owner_ = &owner;
                break;
            }
        }
        return slot;
    }
    void release() {
        if (owner_ != nullptr) {
            owner_->sessions.fetch_sub(1, std::memory_order_acq_rel);
            owner_->metrics.sessions_active.subtract();
            owner_ = nullptr;
        }
    }
    [[nodiscard]] explicit operator bool() const { return owner_ != nullptr; }

  private:
    context* owner_ = nullptr;
};

}  // namespace sluice::server
