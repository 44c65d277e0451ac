// durable.hpp - files that appear under their names complete and on disk, or not at all.
//
// Problem: a write in place leaves half a file when the disk is full or the process dies; a complete file is lost in a
//          power cut unless it, and the folder that holds its name, was synced.
// Use:     TRY(replace_file(path, text));
//          TRY_ASSIGN(auto made, new_file::create(path));
//          TRY(made.write(bytes)) ...  TRY(made.become(if_present::refuse));   // else ~new_file() removes it
//          TRY_ASSIGN(auto copy, new_file::create(song, {.is_named = true, .keeps_access = true}));
//          TRY(copy.write_from(song));  library.edit(copy.path());  TRY(copy.become(if_present::replace));
// Rule:    readers see the old file or the new one. Until then the content has no name, if the file system can do that:
//          a killed process leaves nothing behind. With `is_named` (or if it cannot) the name is ".sluice-HASH.new"
//          beside the target, always the same for a target, and locked (flock) while it is written: the next writer of
//          the target removes the file of a killed process, and is refused while another process writes.
// Links:   a symbolic link at the target is replaced, not the file it points to.
// Threads: any; one at a time for each file.
// Errors:  those of file_failure.hpp, naming the target; 58P02 "... exists already" if it must not be replaced;
//          55P03 "... is being written already".
//          After "cannot sync ..." of become() the file has its name, but may lose it in a power cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/core/result.hpp"
#include "base/os/file_descriptor.hpp"

namespace sluice::base {

enum class if_present : std::uint8_t { refuse, replace };

struct new_file_options {
    bool is_named = false;      // it has a path(), which others can open
    bool keeps_access = false;  // keeps mode, and owner as far as the system allows, of the replaced file; not ACLs
    bool is_private = false;    // only the owner may read or write it, whatever the old mode was
};

class new_file {
  public:
    static result<new_file> create(const std::filesystem::path& target, const new_file_options& options = {});
    // Takes a file made by other code, on the file system of the target. It is removed unless it becomes the target;
    // writes append to it.
    static result<new_file> adopt(const std::filesystem::path& existing, const std::filesystem::path& target);
    new_file(new_file&& other) noexcept;
    new_file& operator=(new_file&& other) noexcept;
    new_file(const new_file&) = delete;
    new_file& operator=(const new_file&) = delete;
    ~new_file();

    // Path of a named file. Code that opens it must write into this file and not replace it.
    [[nodiscard]] const std::filesystem::path& path() const;

    result<> write(std::span<const std::byte> bytes) const;
    // Appends the whole content of another file.
    result<> write_from(const std::filesystem::path& source) const;
    // Syncs the content early, so that it can be checked on disk before become().
    result<> sync() const;
    // Syncs the file and gives it the target's name in one step. Call it once.
    result<> become(if_present present);

  private:
    new_file(std::filesystem::path target, file_descriptor held, std::filesystem::path path);

    [[nodiscard]] int move_into_place(if_present present);

    std::filesystem::path target_;
    file_descriptor held_;
    std::filesystem::path path_;  // empty: it has no name yet, or the target's
};

// Replaces the whole file or nothing; it is on disk when this returns.
result<> replace_file(const std::filesystem::path& path, std::string_view content,
                      const new_file_options& options = {});

// Syncs a file or a folder; a missing one is no error.
result<> sync_file(const std::filesystem::path& path);
// Syncs the whole file system of `path`.
result<> sync_file_system(const std::filesystem::path& path);

}  // namespace sluice::base
