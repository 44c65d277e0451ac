#include "server/clients/run_history.hpp"

#include <ctime>

namespace sluice::server {

std::int64_t thread_cpu_ns() {
    timespec used{};
    (void)::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);  // cannot fail for this clock
    return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

}  // namespace sluice::server
