// call_gate.hpp - all requests to a metered service pass through it: waits for limits, retries, sums up usage.
//
// Use:     auto reply = gate.call<reply>({.tokens = 4000}, [&](const base::cancel_token& stop) -> work_result<called<reply>> {
//              return ask(stop);                       // one request; called{reply, usage}
//          });
// Rule:    only transient and busy failures are retried: after a random part of step * 2^(n-1), at most delay_max (full
//          jitter), and never before the service's own delay. A busy service makes all callers wait, in every process.
//          When the run ends, a waiting call gives up (interrupted); a sent request waits for its answer.
// Bounds:  attempts_max attempts a call.
// Threads: any.
// Source:  "Exponential Backoff And Jitter", M. Brooker, AWS Architecture Blog, 2015.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <utility>

#include "apps/jobs/work.hpp"
#include "base/core/cancel.hpp"

namespace sluice::jobs {

template <typename T>
struct called {
    T value;
    usage used;
};

struct call_need {
    std::int64_t tokens = 0;  // an estimate; the answer corrects it
};

class call_gate {
  public:
    call_gate() = default;
    call_gate(const call_gate&) = delete;
    call_gate& operator=(const call_gate&) = delete;
    virtual ~call_gate() = default;

    template <typename T, std::invocable<const base::cancel_token&> F>
    [[nodiscard]] work_result<T> call(const call_need& need, F&& send) {
        std::optional<T> value;
        TRY(run(need, [&](const base::cancel_token& stop) -> work_result<usage> {
            work_result<called<T>> answer = std::invoke(send, stop);
            if (!answer) {
                return std::unexpected(std::move(answer).error());
            }
            value = std::move(answer->value);
            return answer->used;
        }));
        return std::move(*value);
    }

  protected:
    using one_request = std::function<work_result<usage>(const base::cancel_token& stop)>;
    [[nodiscard]] virtual work_result<> run(const call_need& need, const one_request& send) = 0;
};

}  // namespace sluice::jobs
