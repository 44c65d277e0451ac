// machine.hpp - the memory and the processors that this process may use: the machine's, or its control group's.
//
// Problem: in a container the machine's numbers are far too large, and a server that uses them is killed.
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

// Tests set another `root` than /. An unreadable file sets no limit.
[[nodiscard]] machine_limits read_machine_limits(const std::filesystem::path& root = "/");

}  // namespace sluice::cli
