// file_failure.hpp - what the system says about a file, as an error with the SQLSTATE that PostgreSQL has for it.
//
// Use:     if (::rename(from, to) != 0) { return file_failure("write", to, errno); }   // cannot write copy.pdf: ...
// Source:  PostgreSQL 15, errcode_for_file_access() in src/backend/utils/error/elog.c.
// Threads: none; plain values.
#pragma once

#include <expected>
#include <filesystem>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::base {

// `code` is errno's: 58P01 nothing there, 58P02 there already, 42501 not allowed, 53100 full, 53000 no descriptors,
// 53200 no memory, 58030 anything else.
[[nodiscard]] std::unexpected<error> file_failure(std::string_view doing, const std::filesystem::path& path, int code);

}  // namespace sluice::base
