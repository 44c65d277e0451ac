#include "cli/reference.hpp"

#include "cli/server_config.hpp"
#include "core/buffer_pool.hpp"
#include "core/byte_budget.hpp"
#include "core/config.hpp"
#include "core/executor.hpp"
#include "core/metrics.hpp"
#include "core/workload.hpp"
#include "engine/metrics.hpp"
#include "engine/usage_watch.hpp"
#include "gateway/metrics.hpp"
#include "session/cursor_manager.hpp"
#include "store/metrics.hpp"

namespace sluice::cli {

std::string config_page() {
    return core::config_reference(server_properties());
}

core::result<std::string> metrics_page() {
    core::metrics_registry registry;
    TRY_ASSIGN(const auto executor, core::executor::start({.threads_base = 1}));
    executor->expose(registry);
    const core::buffer_pool buffers;
    buffers.expose(registry);
    const core::byte_budget budget;
    budget.expose(registry);
    const gateway::gateway_metrics gateway(registry);
    const session::cursor_metrics cursors(registry);
    const engine::engine_metrics engine(registry);
    engine::expose_pool(registry, [] { return core::pool_stats(); });
    const engine::usage_metrics usage(registry);
    core::workload load({}, registry);
    (void)load.user("anna");
    store::expose(registry, "parts", [] { return store::store_statistics(); });
    return core::metrics_reference(registry);
}

}  // namespace sluice::cli
