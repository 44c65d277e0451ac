#include "base/run/retry.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <thread>
#include <utility>

namespace sluice::base {

std::chrono::microseconds retry_policy::delay(std::size_t attempts, double random,
                                              std::chrono::milliseconds at_least) const {
    using microseconds = std::chrono::duration<double, std::micro>;
    microseconds wait{0};
    if (growth == retry_growth::linear) {
        const double share = 1 + (std::clamp(jitter, 0.0, 1.0) * (2 * random - 1));
        wait = microseconds(step) * static_cast<double>(attempts) * share;
    } else {
        const double doublings = static_cast<double>(std::max<std::size_t>(attempts, 1) - 1);
        wait = std::min(microseconds(step) * std::exp2(doublings), microseconds(delay_max)) * random;
    }
    if (at_least.count() > 0) {
        wait = std::max(wait, microseconds(at_least) + microseconds(step) * random);
    }
    return std::chrono::duration_cast<std::chrono::microseconds>(wait);
}

double random_share() {
    thread_local std::minstd_rand numbers{std::random_device{}()};
    constexpr double count = static_cast<double>(std::minstd_rand::max()) - std::minstd_rand::min() + 1;
    return static_cast<double>(numbers() - std::minstd_rand::min()) / count;
}

error with_attempts(error cause, std::size_t attempts) {
    if (attempts > 1) {
        cause.detail +=
            (cause.detail.empty() ? "" : "\n") + std::string("Tried ") + std::to_string(attempts) + " times.";
    }
    return cause;
}

bool wait_unless_cancelled(std::chrono::microseconds duration, const cancel_token* cancel) {
    if (cancel == nullptr) {
        std::this_thread::sleep_for(duration);
        return true;
    }
    const auto end = std::chrono::steady_clock::now() + duration;
    while (!cancel->requested()) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= end) {
            return true;
        }
        std::this_thread::sleep_until(std::min(end, now + cancel_look_every));
    }
    return false;
}

}  // namespace sluice::base
