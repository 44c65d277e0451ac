#include "cli/serve/machine.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace sluice::cli {
namespace {

class machine_test : public testing::Test {
  protected:
    machine_test() : root_(std::filesystem::temp_directory_path() / ("machine_test." + std::to_string(::getpid()))) {}
    ~machine_test() override { std::filesystem::remove_all(root_); }

    void write(const std::string& name, const std::string& text) {
        std::filesystem::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name) << text;
    }

    std::filesystem::path root_;
};

TEST_F(machine_test, without_groups_it_is_the_machine) {
    const auto limits = read_machine_limits(root_);
    EXPECT_EQ(limits.memory_bytes, static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                                       static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
    EXPECT_GE(limits.processors, 1U);
}

TEST_F(machine_test, a_group_limits_and_so_do_its_parents) {
    write("proc/self/cgroup", "0::/system.slice/sluice.service\n");
    write("sys/fs/cgroup/system.slice/sluice.service/memory.max", "max\n");
    write("sys/fs/cgroup/system.slice/sluice.service/cpu.max", "max 100000\n");
    write("sys/fs/cgroup/system.slice/memory.max", "1073741824\n");
    write("sys/fs/cgroup/system.slice/cpu.max", "50000 100000\n");
    const auto limits = read_machine_limits(root_);
    EXPECT_EQ(limits.memory_bytes, 1'073'741'824U);
    EXPECT_EQ(limits.processors, 1U) << "half a processor is one thread";
}

TEST_F(machine_test, a_container_sees_its_group_at_the_top) {
    write("proc/self/cgroup", "0::/docker/0123456789\n");
    write("sys/fs/cgroup/memory.max", "536870912\n");
    EXPECT_EQ(read_machine_limits(root_).memory_bytes, 536'870'912U);
}

TEST_F(machine_test, knows_version_one) {
    write("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a/b\n1:name=systemd:/a\n");
    write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "268435456\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    EXPECT_EQ(read_machine_limits(root_).memory_bytes, 268'435'456U);
}

}  // namespace
}  // namespace sluice::cli
