#include "apps/tagger/library/scan.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>
#include <vector>

#include "base/os/file_failure.hpp"
#include "base/text/display_width.hpp"
#include "base/text/utf8.hpp"

namespace sluice::tagger {

namespace {

namespace fs = std::filesystem;

using folder_identity = std::pair<std::uint64_t, std::uint64_t>;  // device, inode

folder_identity identity_of(const struct stat& about) {
    return {about.st_dev, about.st_ino};
}

std::string reason_of(std::string_view doing, int code) {
    return fmt::format("cannot {} it: {}", doing, std::generic_category().message(code));
}

bool is_link(const fs::path& path) {
    struct stat about{};
    return ::lstat(path.c_str(), &about) == 0 && S_ISLNK(about.st_mode);
}

// Sorted, without names that begin with a dot. After an error it holds the names read so far.
std::error_code list_folder(const fs::path& folder, std::vector<std::string>& names) {
    std::error_code code;
    for (auto entry = fs::directory_iterator(folder, code); !code && entry != fs::directory_iterator();
         entry.increment(code)) {
        if (auto name = entry->path().filename().native(); !name.starts_with('.')) {
            names.push_back(std::move(name));
        }
    }
    std::ranges::sort(names);
    return code;
}

class walk {
  public:
    walk(const scan_params& params, const std::function<bool(const found_file&)>& on_file,
         const std::function<void(const scan_problem&)>& on_problem)
        : params_(params), on_file_(on_file), on_problem_(on_problem) {}

    result<> run() {
        std::error_code failure;
        // A folder's path is resolved; a file keeps its name, which shows its format.
        const auto absolute = fs::absolute(params_.folder, failure);
        struct stat about{};
        if (failure || ::stat(absolute.c_str(), &about) != 0) {
            return base::file_failure("read", params_.folder, failure ? failure.value() : errno);
        }
        if (!S_ISDIR(about.st_mode)) {
            const auto parent = fs::canonical(absolute.parent_path(), failure);
            if (failure || !S_ISREG(about.st_mode) || !audio_format_of(absolute)) {
                return fail(error_kind::invalid,
                            fmt::format("{} is neither a folder nor an audio file", params_.folder.string()));
            }
            visit(parent / absolute.filename());
            return {};
        }
        const auto folder = fs::canonical(absolute, failure);
        std::vector<std::string> names;
        if (!failure) {
            failure = list_folder(folder, names);
        }
        if (failure) {
            return base::file_failure("read", params_.folder, failure.value());
        }
        entered_.insert(identity_of(about));
        above_.push_back({.identity = identity_of(about), .path = folder});
        visit_all(folder, names);
        return {};
    }

  private:
    struct open_folder {
        folder_identity identity;
        fs::path path;
    };

    void tell(const fs::path& path, std::string reason) {
        on_problem_({.path = base::visible(path.string()), .reason = std::move(reason)});
    }

    // False: the scan ends.
    bool visit_all(const fs::path& folder, const std::vector<std::string>& names) {
        return std::ranges::all_of(names, [&](const auto& name) { return visit(folder / name); });
    }

    bool visit(const fs::path& path) {
        const bool is_audio = audio_format_of(path).has_value();
        struct stat about{};
        if (::stat(path.c_str(), &about) != 0) {
            tell_unseen(path, errno, is_audio);
            return true;
        }
        const bool is_folder = S_ISDIR(about.st_mode);
        if (!is_folder && !is_audio) {
            return true;
        }
        if (!base::is_utf8(path.filename().native())) {
            tell(path, "its name is no UTF-8");
            return true;
        }
        if (is_folder) {
            return enter(path, about);
        }
        if (!S_ISREG(about.st_mode)) {
            tell(path, "not a regular file");
            return true;
        }
        return on_file_(describe(path, about));
    }

    static found_file describe(const fs::path& path, const struct stat& about) {
        return {.path = path,
                .format = *audio_format_of(path),
                .size_bytes = static_cast<std::uint64_t>(about.st_size),
                .modified_ns = about.st_mtim.tv_sec * std::int64_t{1'000'000'000} + about.st_mtim.tv_nsec,
                .device = about.st_dev,
                .inode = about.st_ino};
    }

    void tell_unseen(const fs::path& path, int code, bool is_audio) {
        if (code == ELOOP) {
            tell(path, "symbolic links that lead in a circle");
        } else if (code != ENOENT && code != ENOTDIR) {
            tell(path, reason_of("look at", code));
        } else if (is_audio && is_link(path)) {
            tell(path, "symbolic link that leads nowhere");
        }
        // Else it was deleted since the folder was listed, or is of no interest.
    }

    bool enter(const fs::path& path, const struct stat& about) {
        const auto identity = identity_of(about);
        if (const auto back = std::ranges::find(above_, identity, &open_folder::identity); back != above_.end()) {
            tell(path, fmt::format("symbolic link leads back to {}", base::visible(back->path.string())));
            return true;
        }
        if (entered_.contains(identity)) {
            return true;
        }
        if (above_.size() > params_.depth_max) {
            tell(path, fmt::format("more than {} folders deep", params_.depth_max));
            return true;
        }
        entered_.insert(identity);
        std::vector<std::string> names;
        if (const auto failure = list_folder(path, names); failure) {
            tell(path, reason_of("read", failure.value()));
        }
        above_.push_back({.identity = identity, .path = path});
        const bool goes_on = visit_all(path, names);
        above_.pop_back();
        return goes_on;
    }

    const scan_params& params_;
    const std::function<bool(const found_file&)>& on_file_;
    const std::function<void(const scan_problem&)>& on_problem_;
    std::set<folder_identity> entered_;
    std::vector<open_folder> above_;
};

}  // namespace

result<> find_audio(const scan_params& params, const std::function<bool(const found_file&)>& on_file,
                    const std::function<void(const scan_problem&)>& on_problem) {
    return walk(params, on_file, on_problem).run();
}

}  // namespace sluice::tagger
