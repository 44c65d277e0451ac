// fault_disk_test_support.hpp - models the files that a disk may hold after a power cut, by seed.
//
// Problem: a cut loses writes that were not synced: all, none, or some in any order. A test that only ends a process
//          sees none of this, because the kernel keeps the written data.
// Use:     disk.changed(path, {...}) after each write or truncation; disk.synced(path, sync_kind::honest); at the end
//          disk.settle(seed) rewrites the real files. By fault_vfs_test_support.hpp only.
// Rule:    A write that no sync covered is kept, lost, or torn: each of its 512-byte sectors is old or new, whatever
//          happened to writes before and after it. A truncation is kept, or lost with all that came after it: it and
//          the writes that grow the file again are steps of a journal. Bytes unwritten since the file grew are zeros.
//          Names are created and deleted in order: of the creations and deletions not yet synced the first few are
//          kept, the rest is undone, and a deleted file then has its content again.
// Simpler: than a real disk: the first honest sync of a new file, and a deletion with its folder's sync, make all names
//          durable, whatever the folder. A failed sync changes nothing: the next one may make up for it.
// Bounds:  keeps old and new bytes of changes that are not durable in memory, and a whole file while it settles it.
// Threads: one at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sqlite {

enum class sync_kind : std::uint8_t {
    honest,
    lost,     // reported as done; the writes that it covers are never safe, as when Linux drops a dirty page
    delayed,  // reported as done; the next honest sync does it
};

class fault_disk {
  public:
    using bytes = std::vector<char>;

    // Describes one write (the part that was written) or one truncation (nothing after).
    struct change {
        std::size_t offset = 0;
        bytes before;  // shorter than `after` if the file ended there
        bytes after;
        std::size_t size_before = 0;
        std::size_t size_after = 0;
        [[nodiscard]] bool is_truncation() const { return after.empty(); }

        bool durable = false;
        bool forsaken = false;  // by a lost sync
    };

    void created(const std::string& path) { names_.push_back({.path = path, .is_deletion = false}); }
    void changed(const std::string& path, change made) { pending_[path].push_back(std::move(made)); }
    void synced(const std::string& path, sync_kind kind) {
        if (kind == sync_kind::delayed) {
            return;
        }
        auto& changes = pending_[path];
        for (change& each : changes) {
            if (kind == sync_kind::lost) {
                each.forsaken = each.forsaken || (!each.durable && !each.is_truncation());
            } else {
                each.durable = each.durable || !each.forsaken;
            }
        }
        changes.erase(changes.begin(), std::ranges::find_if_not(changes, &change::durable));
        if (kind == sync_kind::honest &&
            std::ranges::any_of(names_, [&](const name_change& each) { return each.path == path; })) {
            names_.clear();
        }
    }
    // Call it before the file is deleted.
    void deleted(const std::string& path, bool folder_is_synced) {
        name_change gone{.path = path, .is_deletion = true};
        gone.pending = std::exchange(pending_[path], {});
        if (folder_is_synced) {
            names_.clear();
        } else {
            gone.content = read(path);
            names_.push_back(std::move(gone));
        }
    }

    // Call it when none of the files is open. Afterwards all their content is durable.
    void settle(std::uint64_t seed) {
        random_.seed(seed);
        const std::size_t kept = any(names_.size() + 1);
        for (; names_.size() > kept; names_.pop_back()) {
            undo(names_.back());
        }
        for (auto& [path, changes] : pending_) {
            if (!changes.empty()) {
                write(path, settled(read(path), changes));
            }
        }
        pending_.clear();
        names_.clear();
    }

  private:
    struct name_change {
        std::string path;
        bool is_deletion;
        bytes content;  // of the deleted file, at its deletion
        std::vector<change> pending;
    };
    static constexpr std::size_t sector_size = 512;

    static bytes read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    // Writes in place: the file keeps its identity and its owner's rights.
    static void write(const std::string& path, const bytes& content) {
        const auto mode = std::filesystem::exists(path) ? std::ios::in | std::ios::out : std::ios::out;
        std::fstream(path, mode | std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
        std::filesystem::resize_file(path, content.size());
    }
    std::size_t any(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

    void undo(name_change& name) {
        if (name.is_deletion) {
            write(name.path, name.content);
            pending_[name.path] = std::move(name.pending);
        } else {
            std::filesystem::remove(name.path);
            pending_.erase(name.path);
        }
    }

    // Undoes all changes that are not durable, then redoes those that luck keeps.
    bytes settled(bytes content, const std::vector<change>& changes) {
        for (const change& each : changes | std::views::reverse) {
            content.resize(std::max(content.size(), each.offset + each.before.size()));
            std::ranges::copy(each.before, content.begin() + static_cast<std::ptrdiff_t>(each.offset));
            content.resize(each.size_before);
        }
        const std::size_t luck = any(5);  // from losing all to keeping all
        for (const change& each : changes) {
            if (each.durable || any(4) < luck) {
                redo(content, each, [](std::size_t) { return true; });
            } else if (each.is_truncation()) {
                break;  // nothing after it is durable
            } else if (any(2) == 0) {
                redo(content, each, [&](std::size_t) { return any(2) == 0; });
            }
        }
        return content;
    }

    template <typename Sectors>
    static void redo(bytes& content, const change& made, Sectors&& is_kept) {
        if (made.is_truncation()) {
            content.resize(made.size_after);
            return;
        }
        const std::size_t end = made.offset + made.after.size();
        for (std::size_t from = made.offset; from < end;) {
            const std::size_t to = std::min(end, (from / sector_size + 1) * sector_size);
            if (is_kept(from)) {
                content.resize(std::max(content.size(), to));
                std::copy_n(made.after.begin() + static_cast<std::ptrdiff_t>(from - made.offset), to - from,
                            content.begin() + static_cast<std::ptrdiff_t>(from));
            }
            from = to;
        }
    }

    std::map<std::string, std::vector<change>> pending_;  // in order, the first one not durable
    std::vector<name_change> names_;                      // in order, not durable
    std::mt19937_64 random_;
};

}  // namespace sluice::sqlite
