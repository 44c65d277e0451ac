// durable.hpp - files that appear under their names complete and on disk, or not at all.
//
// Problem: who writes into a file's place leaves half a file when the disk is full or the process dies; a file that is
//          there is lost with the power unless it, and the folder that holds its name, was synced.
// Use:     TRY(replace_file(path, text));
//          TRY_ASSIGN(auto made, new_file::create(path));
//          TRY(made.write(bytes)) ...  TRY(made.become(if_present::refuse));   // else it goes away with `made`
//          TRY_ASSIGN(auto copy, new_file::create(song, {.is_named = true, .keeps_access = true}));
//          TRY(copy.write_from(song));  library.edit(copy.path());  TRY(copy.become(if_present::replace));
// Rule:    readers see the old file or the new one. Until then the content has no name, if the file system can do that:
//          a process that is killed leaves nothing behind. With `is_named` (or if not) it is ".sluice-HASH.new" beside the
//          target, always the same for a target, and locked (flock) as long as it is written: whoever is next to write
//          the target takes away what a killed process has left, and is refused while another one is at it.
// Links:   a symbolic link under the target's name is replaced itself, not what it points to.
// Threads: any; one at a time for each file.
// Errors:  of file_failure.hpp, naming the target; 58P02 "... exists already" if it is there and is not to be replaced;
//          55P03 "... is being written already".
//          After "cannot sync ..." of become() the file has its name, and may lose it with the power.
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
    bool is_named = false;      // for those who open it by its path()
    bool keeps_access = false;  // mode, and owner as far as the system lets us, of the file that is there; not ACLs
    bool is_private = false;    // nobody but the owner may read or write it, whatever was there
};

class new_file {
  public:
    static result<new_file> create(const std::filesystem::path& target, const new_file_options& options = {});
    // A file that somebody else has made, on the file system of the target. It is removed unless it becomes the target;
    // what is written goes to its end.
    static result<new_file> adopt(const std::filesystem::path& existing, const std::filesystem::path& target);
    new_file(new_file&& other) noexcept;
    new_file& operator=(new_file&& other) noexcept;
    new_file(const new_file&) = delete;
    new_file& operator=(const new_file&) = delete;
    ~new_file();

    // Of one that is named. Whoever opens it writes into this file, and does not put another one in its place.
    [[nodiscard]] const std::filesystem::path& path() const;

    result<> write(std::span<const std::byte> bytes) const;
    // The whole content of another file.
    result<> write_from(const std::filesystem::path& source) const;
    // On disk already; for those who want to look at something once more before become(), which has little to do then.
    result<> sync() const;
    // On disk, and under the target's name in one step. Once.
    result<> become(if_present present);

  private:
    new_file(std::filesystem::path target, file_descriptor held, std::filesystem::path path);

    [[nodiscard]] int move_into_place(if_present present);

    std::filesystem::path target_;
    file_descriptor held_;
    std::filesystem::path path_;  // empty: it has no name, or the target's
};

// The whole file at once or not at all, on disk when it returns.
result<> replace_file(const std::filesystem::path& path, std::string_view content,
                      const new_file_options& options = {});

// Of a file or a folder; one that does not exist is nothing to sync.
result<> sync_file(const std::filesystem::path& path);
// Everything that was written to the file system of `path`.
result<> sync_file_system(const std::filesystem::path& path);

}  // namespace sluice::base
