#include "engines/duckdb/fence/thread_fence.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/core/assert.hpp"
#include "base/observe/log.hpp"

// Newer than some kernel headers.
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

namespace sluice::duckdb {
namespace {

constexpr base::logger log{"engine"};

constexpr std::uint64_t read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t append_rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |
                                        LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                        LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t write_rights = read_rights | append_rights | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                       LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER;
// A rule for a file may have only these rights.
constexpr std::uint64_t file_rights =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;

std::uint64_t rights_of(fence_access access) {
    switch (access) {
        case fence_access::read:
            return read_rights;
        case fence_access::append_log:
            return append_rights;
        case fence_access::write:
            break;
    }
    return write_rights;
}

// Every right that this version of Landlock can restrict; 0: a kernel without it.
std::uint64_t known_rights(long version) {
    std::uint64_t rights = version >= 1 ? (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1 : 0;
    rights |= version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
    rights |= version >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0;
    rights |= version >= 5 ? LANDLOCK_ACCESS_FS_IOCTL_DEV : 0;
    return rights;
}

long landlock_version() {
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

#if defined(__x86_64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_AARCH64;
#endif

// socket() fails with EACCES, and so does the look-up of a name, which needs one. All other calls are allowed.
bool refuse_sockets() {
    std::array<sock_filter, 6> program{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, own_architecture, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog filter{.len = program.size(), .filter = program.data()};
    // Without SPEC_ALLOW older kernels slow the whole thread down.
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) == 0 ||
           ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

thread_local bool without_network = false;

bool has_seccomp() {
    const std::uint32_t action = SECCOMP_RET_ERRNO;
    return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

}  // namespace

thread_fence::thread_fence(fence_params params)
    : made_directory_(std::move(params.made_directory)), network_(params.network), guard_(std::move(params.guard)) {}

thread_fence::~thread_fence() {
    kept_.push_back(ruleset_);
    for (const int descriptor : kept_) {
        if (descriptor >= 0) {
            ::close(descriptor);
        }
    }
    if (!made_directory_.empty()) {
        (void)::rmdir(made_directory_.c_str());
    }
}

result<std::shared_ptr<const thread_fence>> thread_fence::make(fence_params params) {
    const std::vector<fence_rule> rules = std::move(params.rules);
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): its constructor is private
    std::shared_ptr<thread_fence> fence(new thread_fence(std::move(params)));
    TRY(fence->build(rules));
    if (!fence->has_files()) {
        log.warn("this kernel has no Landlock; readers inside extensions (Delta) are not kept from other files");
    }
    if (!fence->network_ && !has_seccomp()) {
        log.warn("this kernel has no seccomp filters; readers inside extensions (Delta) are not kept from the network");
        fence->network_ = true;
    }
    return fence;
}

result<> thread_fence::build(const std::vector<fence_rule>& rules) {
    const std::uint64_t known = known_rights(landlock_version());
    if (known == 0) {
        return {};
    }
    const landlock_ruleset_attr all{.handled_access_fs = known};
    ruleset_ = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, sizeof(all.handled_access_fs), 0));
    if (ruleset_ < 0) {
        return fail(sqlstates::insufficient_resources,
                    "Landlock gives no ruleset: " + std::generic_category().message(errno));
    }
    for (const fence_rule& rule : rules) {
        const int place = ::open(rule.path.c_str(), O_PATH | O_CLOEXEC);
        struct stat facts{};
        if (place < 0 || ::fstat(place, &facts) != 0) {
            continue;  // this system does not have the path
        }
        std::uint64_t rights = rights_of(rule.access) & known;
        rights &= S_ISDIR(facts.st_mode) ? ~std::uint64_t{0} : file_rights;
        const landlock_path_beneath_attr beneath{.allowed_access = rights, .parent_fd = place};
        const long added = ::syscall(SYS_landlock_add_rule, ruleset_, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
        const int cause = errno;
        if (added == 0 && rule.keep_open) {
            kept_.push_back(place);
        } else {
            ::close(place);
        }
        if (added != 0) {
            return fail(sqlstates::insufficient_resources,
                        "Landlock takes no rule for \"" + rule.path + "\": " + std::generic_category().message(cause));
        }
    }
    return {};
}

void thread_fence::enter() const {
    file_guard::of_this_thread() = &guard_;
    if (ruleset_ < 0 && network_) {
        return;
    }
    SLUICE_ASSERT(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    SLUICE_ASSERT(ruleset_ < 0 || ::syscall(SYS_landlock_restrict_self, ruleset_, 0) == 0);
    SLUICE_ASSERT(network_ || refuse_sockets());
    without_network = !network_;
}

bool thread_fence::refuses_network() {
    return without_network;
}

}  // namespace sluice::duckdb
