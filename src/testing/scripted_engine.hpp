// scripted_engine.hpp - an engine that expects certain calls in a certain order, and refuses all others.
//
// Problem: the fake engine accepts any call and records it; a test sees only afterwards that one came too early. This
//          engine fails the very call that is not next in the script.
// Use:     scripted_engine engine(answers, {"begin", "prepare select 1", "execute select 1", "commit"});
//          session client({.engine = engine.open(), ...});  ...
//          EXPECT_EQ(engine.complaint(), "");
// Rows:    one at a time, and "finished" in a call of its own: the slowest engine that the seam allows.
// Errors:  XX000 for an unexpected call.
// Threads: one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.hpp"
#include "testing/fake_engine.hpp"

namespace sluice::testing {

class scripted_engine {
  public:
    // `answers` has the results of statements; it outlives the engine. `calls` in the form of
    // fake_engine::take_calls().
    scripted_engine(const fake_engine& answers, std::vector<std::string> calls)
        : answers_(answers), calls_(std::move(calls)) {}

    [[nodiscard]] std::unique_ptr<backend::session> open();
    // The first unexpected call, or the first missing one; empty if all calls followed the script.
    [[nodiscard]] std::string complaint() const;

    // For the engine's own parts.
    result<> expect(std::string_view call, std::string_view argument = {});
    [[nodiscard]] const fake_answer* find(std::string_view text) const { return answers_.find(text); }

  private:
    const fake_engine& answers_;
    std::vector<std::string> calls_;
    std::size_t next_ = 0;
    std::string complaint_;
};

}  // namespace sluice::testing
