#include "apps/parts/contents/file_extract.hpp"

#include <fmt/format.h>

#include "base/os/durable.hpp"
#include "base/os/sha256.hpp"

namespace sluice::parts {

result<> check_content(const git_repository& repository, const attached_file& wanted, const byte_sink& also) {
    base::sha256 hash;
    std::int64_t size_bytes = 0;
    TRY(repository.read_blob(wanted.blob, [&](std::span<const std::byte> bytes) -> result<> {
        hash.add(bytes);
        size_bytes += static_cast<std::int64_t>(bytes.size());
        return also ? also(bytes) : result<>();
    }));
    const auto found = hash.finish();
    if (found != wanted.sha256 || size_bytes != wanted.size_bytes) {
        return fail(error_kind::conflict,
                    fmt::format("the content of \"{}\" is not what was attached: its SHA-256 is {}, not {}",
                                wanted.name, found, wanted.sha256),
                    "restore it from a copy of the repository");
    }
    return {};
}

result<> extract_file(const git_repository& repository, const attached_file& wanted,
                      const std::filesystem::path& target, bool replaces) {
    std::error_code ignored;
    if (!replaces && std::filesystem::exists(std::filesystem::symlink_status(target, ignored))) {
        return fail(error_kind::exists, fmt::format("{} exists already", target.string()));
    }
    TRY_ASSIGN(auto made, base::new_file::create(target));
    TRY(check_content(repository, wanted,
                      [&](std::span<const std::byte> bytes) -> result<> { return made.write(bytes); }));
    TRY(made.become(replaces ? base::if_present::replace : base::if_present::refuse));
    return {};
}

}  // namespace sluice::parts
