// git_files.hpp - a descriptor that closes itself, and what makes files durable.
//
// Threads: any.
// Errors:  io.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "parts/error.hpp"

namespace sluice::parts {

class file_descriptor {
  public:
    explicit file_descriptor(int held) : held_(held) {}
    file_descriptor(file_descriptor&& other) noexcept : held_(std::exchange(other.held_, -1)) {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    file_descriptor(const file_descriptor&) = delete;
    file_descriptor& operator=(const file_descriptor&) = delete;
    ~file_descriptor();

    [[nodiscard]] int get() const { return held_; }

  private:
    int held_;
};

// Of a file or a folder; one that does not exist is nothing to sync.
[[nodiscard]] result<> sync_file(const std::filesystem::path& path);
// Everything that was written to the file system of `path`.
[[nodiscard]] result<> sync_file_system(const std::filesystem::path& path);
// The whole file at once or not at all, on disk when it returns.
[[nodiscard]] result<> replace_file(const std::filesystem::path& path, const std::string& content);

}  // namespace sluice::parts
