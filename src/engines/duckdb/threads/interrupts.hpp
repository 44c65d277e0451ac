// interrupts.hpp - the connection of a session that a cancel has to interrupt.
//
// Problem: a session may have several connections (open cursors keep theirs), of which one works at a time. An
//          interrupt that hits an idle connection would kill its open stream at the next fetch.
// Use:     base::cancel_token& token = interrupts.token();
//          { const interrupts::scope here(interrupts, connection); duckdb_execute_prepared(...); }
// Order:   a caller of DuckDB checks token().requested() within the scope, before the call: DuckDB forgets interrupts
//          that come before a statement has begun.
// Threads: scopes on the session's thread; the token any. A connection is no longer interrupted once its scope has
//          ended.
#pragma once

#include <duckdb.h>
#include <mutex>
#include <optional>
#include <utility>

#include "base/core/cancel.hpp"
#include "engines/duckdb/threads/priority_gate.hpp"

namespace sluice::duckdb {

class interrupts {
  public:
    // The gate outlives it.
    explicit interrupts(priority_gate& gate) : gate_(gate) {
        token_.arm([this] {
            const std::scoped_lock lock(mutex_);
            if (target_ != nullptr) {
                duckdb_interrupt(target_);
            }
        });
    }
    ~interrupts() { token_.disarm(); }
    interrupts(const interrupts&) = delete;
    interrupts& operator=(const interrupts&) = delete;

    [[nodiscard]] base::cancel_token& token() { return token_; }

    // Urgent: the session's scopes go before others from now on; otherwise they let urgent ones pass.
    void set_urgent(bool urgent) { urgent_ = urgent; }
    // Call it between two pieces of work.
    void let_urgent_pass() const {
        if (!urgent_) {
            gate_.let_pass();
        }
    }

    // Within a scope: sets the connection to interrupt, until the scope ends.
    duckdb_connection aim(duckdb_connection target) {
        const std::scoped_lock lock(mutex_);
        return std::exchange(target_, target);
    }

    class scope {
      public:
        // Null: the inner code sets the target.
        explicit scope(interrupts& owner, duckdb_connection target = nullptr)
            : owner_(owner), before_(owner.aim(target)) {
            if (owner.urgent_) {
                urgent_.emplace(owner.gate_);
            }
        }
        ~scope() { owner_.aim(before_); }
        scope(const scope&) = delete;
        scope& operator=(const scope&) = delete;

      private:
        interrupts& owner_;
        duckdb_connection before_;
        std::optional<priority_gate::urgent> urgent_;
    };

  private:
    priority_gate& gate_;
    bool urgent_ = false;  // used by the session's thread only
    base::cancel_token token_;
    std::mutex mutex_;
    duckdb_connection target_ = nullptr;
};

}  // namespace sluice::duckdb
