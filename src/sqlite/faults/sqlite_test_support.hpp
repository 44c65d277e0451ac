// sqlite_test_support.hpp - for tests: a manager in a temporary folder.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>

#include "base/os/temporary_folder_test_support.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::sqlite {

using base::temporary_folder;

inline std::unique_ptr<database> must_open(const std::string& path, const open_params& params = {}) {
    auto made = database::open(path, params);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
    return made ? std::move(*made) : nullptr;
}

// The manager has no thread of its own.
inline open_params quiet(connection_options options = {}) {
    return {.options = options, .upkeep_every = std::chrono::milliseconds{0}};
}

}  // namespace sluice::sqlite
