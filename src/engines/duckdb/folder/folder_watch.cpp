#include "engines/duckdb/folder/folder_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>

#include "base/observe/log.hpp"
#include "engines/duckdb/capi/contains.hpp"

namespace sluice::duckdb {
namespace {

constexpr base::logger log{"engine"};
constexpr std::uint32_t changes = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE |
                                  IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

// Files of these systems may change on another machine, without an event here. The numbers are in statfs(2).
bool is_remote(const std::string& folder) {
    constexpr auto kinds = std::to_array<std::uint32_t>({
        0x6969,      // NFS
        0x517b,      // SMB
        0xff534d42,  // CIFS
        0xfe534d42,  // SMB 2
        0x65735546,  // FUSE
        0x01021997,  // 9P
        0x00c36400,  // Ceph
        0x0bd00bd0,  // Lustre
        0x47504653,  // GPFS
        0x5346414f,  // AFS
        0x01161970,  // GFS2
        0x7461636f,  // OCFS2
    });
    struct statfs facts{};
    return ::statfs(folder.c_str(), &facts) == 0 && contains(kinds, static_cast<std::uint32_t>(facts.f_type));
}

bool is_behind_link(const std::string& folder) {
    std::error_code failure;
    const auto real = std::filesystem::canonical(folder, failure);
    return failure || real != std::filesystem::path(folder);
}

}  // namespace

folder_watch::folder_watch(std::string root)
    : root_(std::move(root)), queue_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

folder_watch::~folder_watch() {
    if (queue_ >= 0) {
        ::close(queue_);
    }
}

bool folder_watch::has_news() const {
    if (queue_ < 0 || blind_.load(std::memory_order_relaxed)) {
        return true;
    }
    int waiting_bytes = 0;
    if (::ioctl(queue_, FIONREAD, &waiting_bytes) != 0 || waiting_bytes != 0) {
        return true;
    }
    return (behind_link_ || root_lost_.load(std::memory_order_relaxed)) && root_was_replaced();
}

bool folder_watch::root_was_replaced() const {
    struct stat facts{};
    const bool there = ::stat(root_.c_str(), &facts) == 0;
    return (there ? facts.st_dev : 0) != root_device_.load(std::memory_order_relaxed) ||
           (there ? facts.st_ino : 0) != root_inode_.load(std::memory_order_relaxed);
}

void folder_watch::remember_root() {
    struct stat facts{};
    const bool there = ::stat(root_.c_str(), &facts) == 0;
    root_device_ = there ? facts.st_dev : 0;
    root_inode_ = there ? facts.st_ino : 0;
    root_lost_ = !there;
    behind_link_ = is_behind_link(root_);
    remote_ = is_remote(root_);
}

void folder_watch::begin() {
    alignas(inotify_event) std::array<char, std::size_t{64} * 1024> events{};
    while (queue_ >= 0) {
        const ssize_t bytes = ::read(queue_, events.data(), events.size());
        if (bytes <= 0) {
            break;
        }
        take(events.data(), static_cast<std::size_t>(bytes));
    }
    for (auto& [number, each] : watches_) {
        each.seen = false;
    }
    unwatched_ = false;
    remember_root();
}

void folder_watch::take(const char* events, std::size_t bytes) {
    for (std::size_t at = 0; at + sizeof(inotify_event) <= bytes;) {
        inotify_event event{};
        std::memcpy(&event, events + at, sizeof(event));
        const char* name = events + at + sizeof(event);
        at += sizeof(event) + event.len;
        if ((event.mask & IN_IGNORED) != 0) {
            watches_.erase(event.wd);
        } else if ((event.mask & IN_Q_OVERFLOW) != 0) {
            written_.clear();  // some of them may have been closed
        } else if (const auto known = watches_.find(event.wd);
                   known != watches_.end() && event.len != 0 && (event.mask & IN_ISDIR) == 0) {
            note(event.mask, known->second.folder + "/" + name);
        }
    }
}

void folder_watch::note(std::uint32_t what, const std::string& file) {
    if ((what & (IN_CREATE | IN_MODIFY)) != 0 && written_.size() < files_written_max) {
        written_.insert(file);
    } else if ((what & (IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) != 0) {
        written_.erase(file);
    }
}

void folder_watch::add(const std::string& folder) {
    if (queue_ < 0) {
        return;
    }
    const int number = ::inotify_add_watch(queue_, folder.c_str(), changes | IN_ONLYDIR);
    if (number >= 0) {
        watches_[number] = {.folder = folder, .seen = true};
    } else if (errno == ENOSPC || errno == ENOMEM || errno == EMFILE) {
        unwatched_ = true;
    }
}

void folder_watch::finish(bool complete, bool has_links) {
    std::erase_if(watches_, [&](const auto& each) {
        if (!each.second.seen) {
            ::inotify_rm_watch(queue_, each.first);
        }
        return !each.second.seen;
    });
    const std::string_view reason = has_links    ? "it holds symbolic links"
                                    : queue_ < 0 ? "inotify cannot be used"
                                    : remote_    ? "its file system does not tell of changes from elsewhere"
                                    : unwatched_ ? "fs.inotify.max_user_watches is reached"
                                                 : "";
    if (complete && !reason.empty() && !blind_) {
        log.warn("the served folder is looked through at each statement", {{"folder", root_}, {"reason", reason}});
    }
    blind_ = !complete || !reason.empty();
}

}  // namespace sluice::duckdb
