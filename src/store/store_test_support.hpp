// store_test_support.hpp - for tests: a folder that goes away, and a manager in it.
#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>

#include "store/connection_manager.hpp"

namespace sluice::store {

class temporary_folder {
  public:
    temporary_folder() {
        std::string pattern = std::filesystem::temp_directory_path() / "sluice-store-XXXXXX";
        path_ = ::mkdtemp(pattern.data());
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

inline std::unique_ptr<connection_manager> must_open(const std::string& path, open_params params = {}) {
    auto made = connection_manager::open(path, params);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
    return made ? std::move(*made) : nullptr;
}

// No thread beside the test's own, unless it says so.
inline open_params quiet(store_options options = {}) {
    return {.options = options, .upkeep_every = std::chrono::milliseconds{0}};
}

}  // namespace sluice::store
