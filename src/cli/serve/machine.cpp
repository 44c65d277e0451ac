#include "cli/serve/machine.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>

namespace sluice::cli {

namespace {

struct group_paths {
    std::filesystem::path unified;  // group of cgroup v2, relative to the mount point
    std::filesystem::path memory;   // group of cgroup v1's memory controller
};

// A line of /proc/self/cgroup is `0::/path` for v2, and `4:memory:/path` for a controller of v1.
group_paths read_group_paths(const std::filesystem::path& root) {
    group_paths paths;
    std::ifstream file(root / "proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos || second + 1 >= line.size()) {
            continue;
        }
        const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",";
        const std::filesystem::path relative = std::filesystem::path(line.substr(second + 1)).relative_path();
        if (controllers == ",,") {
            paths.unified = relative;
        } else if (controllers.contains(",memory,")) {
            paths.memory = relative;
        }
    }
    return paths;
}

// Calls `visit` with the folder of the group and of each of its parents up to the mount point. A container often sees
// only its own group, mounted as the top, whatever path /proc shows.
template <typename Visit>
void for_each_group(const std::filesystem::path& mount, std::filesystem::path relative, Visit visit) {
    for (;;) {
        visit(mount / relative);
        if (relative.empty() || relative == relative.parent_path()) {
            return;
        }
        relative = relative.parent_path();
    }
}

// Accepts "max", and v1's number for "no limit", which is beyond every machine.
void limit_memory(std::uint64_t& bytes, const std::filesystem::path& file) {
    std::uint64_t found = 0;
    if (std::ifstream(file) >> found && found != 0) {
        bytes = std::min(bytes, found);
    }
}

// `QUOTA PERIOD`: microseconds of processor time in each period.
void limit_processors(std::size_t& processors, const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::size_t quota = 0;
    std::size_t period = 0;
    if (stream >> quota >> period && period != 0) {
        processors = std::clamp<std::size_t>((quota + period - 1) / period, 1, processors);
    }
}

}  // namespace

machine_limits read_machine_limits(const std::filesystem::path& root) {
    const auto pages = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
    const auto page_bytes = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PAGESIZE)));
    machine_limits limits{.memory_bytes = pages * page_bytes,
                          .processors = std::max(1U, std::thread::hardware_concurrency())};
    const auto paths = read_group_paths(root);
    const auto mount = root / "sys/fs/cgroup";
    for_each_group(mount, paths.unified, [&](const std::filesystem::path& group) {
        limit_memory(limits.memory_bytes, group / "memory.max");
        limit_processors(limits.processors, group / "cpu.max");
    });
    for_each_group(mount / "memory", paths.memory, [&](const std::filesystem::path& group) {
        limit_memory(limits.memory_bytes, group / "memory.limit_in_bytes");
    });
    return limits;
}

}  // namespace sluice::cli
