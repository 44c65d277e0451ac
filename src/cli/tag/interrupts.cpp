#include "cli/tag/interrupts.hpp"

#include <pthread.h>
#include <utility>

namespace sluice::cli {

signal_watch::signal_watch(jobs::run_control& control, std::function<void(bool)> told)
    : control_(control), told_(std::move(told)) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGUSR1);  // ends the watch
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

void signal_watch::watch(const std::stop_token& stop) {
    bool is_second = false;
    for (;;) {
        int which = 0;
        if (sigwait(&signals_, &which) != 0 || stop.stop_requested()) {
            return;
        }
        if (which == SIGUSR1) {
            continue;
        }
        if (is_second) {
            control_.stop();
        } else {
            control_.drain();
        }
        told_(std::exchange(is_second, true));
    }
}

signal_watch::~signal_watch() {
    thread_.request_stop();
    pthread_kill(thread_.native_handle(), SIGUSR1);
    thread_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace sluice::cli
