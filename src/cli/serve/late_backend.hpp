// late_backend.hpp - stands for a backend that is opened after the sockets are bound.
//
// Problem: a port that is taken must be noticed before a database file is created, yet the server wants to know its
//          backend from the beginning.
// Use:     late_backend backend;  server front({.backend = &backend, ...});  TRY(front.bind());
//          backend.set(std::move(opened));  front.run();
// Threads: set() before others start; then as the backend that it stands for.
#pragma once

#include <memory>
#include <utility>

#include "backend/backend.hpp"
#include "base/core/assert.hpp"

namespace sluice::cli {

class late_backend final : public engine::backend {
  public:
    void set(std::unique_ptr<engine::backend> opened) { opened_ = std::move(opened); }

    [[nodiscard]] core::result<std::unique_ptr<engine::session>> open_session(
        const engine::session_params& params) override {
        SLUICE_ASSERT(opened_ != nullptr);
        return opened_->open_session(params);
    }
    [[nodiscard]] core::result<> check_ready() override {
        SLUICE_ASSERT(opened_ != nullptr);
        return opened_->check_ready();
    }

    [[nodiscard]] core::result<engine::engine_usage> usage() override { return opened_->usage(); }
    void housekeep() override { opened_->housekeep(); }

  private:
    std::unique_ptr<engine::backend> opened_;
};

}  // namespace sluice::cli
