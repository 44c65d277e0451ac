// file_failure.hpp - turns errno of a file operation into an error with PostgreSQL's SQLSTATE for it.
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

// `code` is errno. SQLSTATEs: 58P01 missing, 58P02 exists already, 42501 no permission, 53100 disk full, 53000 no
// descriptors, 53200 no memory, 58030 any other.
[[nodiscard]] std::unexpected<error> file_failure(std::string_view doing, const std::filesystem::path& path, int code);

}  // namespace sluice::base
