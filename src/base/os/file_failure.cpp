#include "base/os/file_failure.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <system_error>

namespace sluice::base {

namespace {

sqlstate sqlstate_of(int code) {
    namespace codes = sqlstates;
    switch (code) {
        case ENOENT:
        case ENOTDIR:
            return codes::undefined_file;
        case EEXIST:
            return codes::duplicate_file;
        case EACCES:
        case EPERM:
        case EROFS:
            return codes::insufficient_privilege;
        case ENOSPC:
        case EDQUOT:
            return codes::disk_full;
        case EMFILE:
        case ENFILE:
            return codes::insufficient_resources;
        case ENOMEM:
            return codes::out_of_memory;
        default:
            return codes::io_error;
    }
}

}  // namespace

std::unexpected<error> file_failure(std::string_view doing, const std::filesystem::path& path, int code) {
    return fail(sqlstate_of(code),
                fmt::format("cannot {} {}: {}", doing, path.string(), std::generic_category().message(code)));
}

}  // namespace sluice::base
