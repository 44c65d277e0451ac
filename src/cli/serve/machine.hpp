// machine.hpp - how much memory and how many processors this process may use: the machine's, or its control group's.
//
// Problem: in a container the machine's numbers are far too large, and a server that believes them is killed.
// Use:     const auto limits = read_machine_limits();
// Source:  Linux, Documentation/admin-guide/cgroup-v2.rst (memory.max, cpu.max; a parent's limit holds for its
//          children) and cgroup-v1/memory.rst (memory.limit_in_bytes).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace sluice::cli {

struct machine_limits {
    std::uint64_t memory_bytes = 0;
    std::size_t processors = 1;
};

// `root` is another folder than / in tests. What cannot be read does not limit.
[[nodiscard]] machine_limits read_machine_limits(const std::filesystem::path& root = "/");

}  // namespace sluice::cli
