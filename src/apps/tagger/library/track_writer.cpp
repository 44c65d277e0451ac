#include "apps/tagger/library/track_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "apps/tagger/audio/audio_payload.hpp"
#include "apps/tagger/audio/audio_source.hpp"
#include "apps/tagger/audio/audio_tags.hpp"
#include "base/os/durable.hpp"

namespace sluice::tagger {

namespace {

namespace fs = std::filesystem;

struct file_identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size_bytes = 0;
    std::int64_t modified_ns = 0;
    friend bool operator==(const file_identity&, const file_identity&) = default;
};

result<file_identity> identify(const fs::path& path) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) {
        return audio_failure("look at", errno);
    }
    return file_identity{.device = about.st_dev,
                         .inode = about.st_ino,
                         .size_bytes = static_cast<std::uint64_t>(about.st_size),
                         .modified_ns = about.st_mtim.tv_sec * std::int64_t{1'000'000'000} + about.st_mtim.tv_nsec};
}

// The real file behind any links.
result<fs::path> resolve(const fs::path& path) {
    std::error_code code;
    auto target = fs::canonical(path, code);
    return code ? audio_failure("find", code.value()) : result<fs::path>(std::move(target));
}

std::unexpected<error> changed() {
    return fail(error_kind::conflict, "another program changed it meanwhile");
}

// `copy` has the new tags; `target` shows which of the two is to blame if the sound differs.
result<> check_sound(const fs::path& copy, const fs::path& target, audio_format format, std::string_view sha256) {
    TRY_ASSIGN(const auto sound, read_payload(copy, format));
    if (sound.sha256 == sha256) {
        return {};
    }
    TRY_ASSIGN(const auto original, read_payload(target, format));
    if (original.sha256 == sha256) {
        return bad_audio("writing its tags would change its sound");
    }
    return fail(error_kind::conflict, "its sound is not the one that is known");
}

written_track describe(bool was_written, tag_set before, const file_identity& now) {
    return {.was_written = was_written,
            .before = std::move(before),
            .size_bytes = now.size_bytes,
            .modified_ns = now.modified_ns,
            .inode = now.inode};
}

}  // namespace

result<written_track> write_track(const track_write& wanted) {
    const auto format = audio_format_of(wanted.path);  // a link may have another extension than its target
    if (!format) {
        return bad_audio("no audio format of ours by its name");
    }
    TRY_ASSIGN(const auto target, resolve(wanted.path));
    TRY_ASSIGN(auto identity, identify(target));
    TRY_ASSIGN(auto before, read_file_tags(target, *format));
    if (has_same_tags(before, wanted.tags)) {
        return describe(false, std::move(before), identity);
    }
    // The folder's rights may allow a replacement, but a file without a write bit is meant to stay.
    if (::faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0) {
        return audio_failure("write", errno);
    }
    TRY_ASSIGN(auto copy, base::new_file::create(target, {.is_named = true, .keeps_access = true}));
    // From here on no other sluice writes it; before, another one may have.
    TRY_ASSIGN(const auto held, identify(target));
    if (held != identity) {
        identity = held;
        TRY_ASSIGN(before, read_file_tags(target, *format));
        if (has_same_tags(before, wanted.tags)) {
            return describe(false, std::move(before), identity);
        }
    }
    TRY(copy.write_from(target));
    TRY(write_file_tags(copy.path(), *format, wanted.tags));
    TRY(check_sound(copy.path(), target, *format, wanted.sha256));
    TRY_ASSIGN(const auto made, identify(copy.path()));
    if (wanted.before_rename) {
        TRY(wanted.before_rename(before));
    }
    TRY(copy.sync());
    TRY_ASSIGN(const auto identity_now, identify(target));
    if (identity_now != identity) {
        return changed();
    }
    TRY(copy.become(base::if_present::replace));
    return describe(true, std::move(before), made);
}

}  // namespace sluice::tagger
