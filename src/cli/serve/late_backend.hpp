// late_backend.hpp - a placeholder for a backend that is opened after the sockets are bound.
//
// Problem: an occupied port must be noticed before a database file is created, but the server needs its
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

class late_backend final : public backend::engine {
  public:
    void set(std::unique_ptr<backend::engine> opened) { opened_ = std::move(opened); }

    result<std::unique_ptr<backend::session>> open_session(const backend::session_params& params) override {
        SLUICE_ASSERT(opened_ != nullptr);
        return opened_->open_session(params);
    }
    result<> check_ready() override {
        SLUICE_ASSERT(opened_ != nullptr);
        return opened_->check_ready();
    }

    result<backend::engine_usage> usage() override { return opened_->usage(); }
    void housekeep() override { opened_->housekeep(); }

  private:
    std::unique_ptr<backend::engine> opened_;
};

}  // namespace sluice::cli
