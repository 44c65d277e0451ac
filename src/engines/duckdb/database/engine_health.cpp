#include "engines/duckdb/database/engine_health.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sys/eventfd.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

#include "engines/duckdb/capi/contains.hpp"

namespace sluice::duckdb {
namespace {

namespace codes = sqlstates;

constexpr std::uint64_t memory_percent_max = 95;
constexpr std::size_t descriptors_spare = 4;  // for a statement: its temporary file, the log, a file that it reads

std::string megabytes(std::uint64_t bytes) {
    return std::to_string(bytes >> 20U) + " MB";
}

// The folder, or the part of its path that exists.
std::filesystem::path existing_part(std::filesystem::path folder) {
    std::error_code ignored;
    while (!std::filesystem::exists(folder, ignored) && folder.has_relative_path()) {
        folder = folder.parent_path();
    }
    return folder.empty() ? std::filesystem::path(".") : folder;
}

// Resident memory: the second number in /proc/self/statm, in pages.
std::uint64_t process_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    file >> all >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool is_trouble(sqlstate code) {
    constexpr auto of_the_machine = std::to_array<sqlstate>(
        {codes::disk_full, codes::insufficient_resources, codes::io_error, codes::data_corrupted});
    return contains(of_the_machine, code);
}

// After these failures the engine may be unable to go on.
bool is_suspicious(sqlstate code) {
    return is_trouble(code) || code == codes::internal_error || code == codes::connection_failure;
}

}  // namespace

bool has_spare_descriptors(std::size_t wanted) {
    std::vector<int> taken;
    while (taken.size() < wanted) {
        const int fresh = ::eventfd(0, EFD_CLOEXEC);
        if (fresh < 0) {
            break;
        }
        taken.push_back(fresh);
    }
    for (const int each : taken) {
        ::close(each);
    }
    return taken.size() == wanted;
}

engine_health::engine_health(health_params params)
    : params_([&] {
          if (params.clock == nullptr) {
              params.clock = &base::system_clock();
          }
          return params;
      }()) {}

void engine_health::note(const error& failure) {
    if (!is_suspicious(failure.code)) {
        return;
    }
    const std::scoped_lock lock(mutex_);
    if (is_trouble(failure.code) && is_ours_locked(failure)) {
        trouble_ = trouble{.failure = failure, .at_ns = params_.clock->steady_ns()};
    }
    unchecked_.fetch_add(1, std::memory_order_release);
    suspected_.notify_all();
}

// False for a file that a statement named: COPY TO '/dev/full' is its user's fault.
bool engine_health::is_ours_locked(const error& failure) const {
    return !failure.message.contains(" file \"") ||
           std::ranges::any_of(folders_, [&](const std::string& folder) { return failure.message.contains(folder); });
}

void engine_health::watch_folders(std::vector<std::string> folders) {
    const std::scoped_lock lock(mutex_);
    folders_ = std::move(folders);
}

std::size_t engine_health::wait_for_suspicion(std::stop_token stop, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    (void)suspected_.wait_for(lock, std::move(stop), patience, [this] { return is_suspected(); });
    return unchecked_.load(std::memory_order_acquire);
}

void engine_health::checked(std::size_t failures) {
    unchecked_.fetch_sub(failures, std::memory_order_acq_rel);
}

std::vector<std::string> engine_health::complaints() const {
    std::vector<std::string> lines;
    complain_of_disks(lines);
    if (!has_spare_descriptors(descriptors_spare)) {
        lines.emplace_back("files: no file descriptors are left");
    }
    complain_of_memory(lines);
    complain_of_trouble(lines);
    return lines;
}

void engine_health::complain_of_disks(std::vector<std::string>& lines) const {
    std::vector<std::string> folders;
    {
        const std::scoped_lock lock(mutex_);
        folders = folders_;
    }
    for (const std::string& folder : folders) {
        struct statvfs facts{};
        if (::statvfs(existing_part(folder).c_str(), &facts) != 0 || facts.f_blocks == 0) {
            continue;  // a file system without such numbers
        }
        const std::uint64_t free_bytes = std::uint64_t{facts.f_bavail} * facts.f_frsize;
        if (free_bytes < params_.disk_free_bytes_min) {
            lines.push_back("disk: " + megabytes(free_bytes) + " are free in " + folder + ", less than " +
                            megabytes(params_.disk_free_bytes_min));
        }
    }
}

void engine_health::complain_of_memory(std::vector<std::string>& lines) const {
    const std::uint64_t used = process_bytes();
    if (params_.process_bytes_max != 0 && used / memory_percent_max >= params_.process_bytes_max / 100) {
        lines.push_back("memory: the process has " + megabytes(used) + " of " + megabytes(params_.process_bytes_max));
    }
}

void engine_health::complain_of_trouble(std::vector<std::string>& lines) const {
    const std::scoped_lock lock(mutex_);
    const auto window_ns = std::chrono::nanoseconds(params_.trouble_window).count();
    if (trouble_ && params_.clock->steady_ns() - trouble_->at_ns < window_ns) {
        lines.push_back("trouble: a statement failed with " + std::string(trouble_->failure.code.view()) + ": " +
                        trouble_->failure.message);
    }
}

}  // namespace sluice::duckdb
