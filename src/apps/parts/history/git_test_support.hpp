// git_test_support.hpp - for tests: a project's folder, the real git to inspect it, and random legal changes.
//
// Use:     project_folder project;  project.git("rev-parse main");
//          const auto changes = random_changes(seed, 30);
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

#include "apps/parts/git/git_repository.hpp"

namespace sluice::parts::testing {

class project_folder {
  public:
    // In memory, where a sync costs nothing: on a disk it waits for other writes of the machine.
    project_folder() : project_folder("/dev/shm") {}
    explicit project_folder(std::filesystem::path parent) {
        std::error_code problem;
        const auto room = std::filesystem::space(parent, problem);
        if (problem || room.available < room_bytes_min) {
            parent = std::filesystem::temp_directory_path();
        }
        std::string pattern = parent / "sluice_git_XXXXXX";
        path_ = ::mkdtemp(pattern.data());
    }
    ~project_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    project_folder(const project_folder&) = delete;
    project_folder& operator=(const project_folder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path git_dir() const { return path_ / ".git"; }

    // The output without the last line end; "exit <code>: " goes before it if git fails.
    [[nodiscard]] std::string git(const std::string& arguments) const {
        const std::string command = "GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null LC_ALL=C git -C '" +
                                    path_.string() + "' " + arguments + " 2>&1";
        FILE* pipe = ::popen(command.c_str(), "r");
        std::string printed;
        std::array<char, 4096> buffer{};
        while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
            printed.append(buffer.data(), got);
        }
        const int status = ::pclose(pipe);
        while (printed.ends_with('\n')) {
            printed.pop_back();
        }
        return status == 0 ? printed : "exit " + std::to_string(WEXITSTATUS(status)) + ": " + printed;
    }
    [[nodiscard]] std::string show_refs() const { return git("show-ref"); }
    // Empty: no fault; unreferenced objects (of a killed process) are no fault.
    [[nodiscard]] std::string fsck() const { return git("fsck --strict --no-dangling --no-progress"); }

  private:
    static constexpr std::uintmax_t room_bytes_min = std::uintmax_t{1} << 30;

    std::filesystem::path path_;
};

inline git_change make_change(std::int64_t id, git_action action, const std::string& number, int version,
                              const std::string& content = "{}") {
    git_change change{
        .id = id,
        .action = action,
        .number = number,
        .version = version,
        .files = {},
        .message = "Change " + std::to_string(id) + "\n\nWhy: it is number " + std::to_string(id),
        .author = {.name = "Ada Example", .email = "ada@example.org", .unix_seconds = 1'700'000'000 + id}};
    if (action == git_action::save_draft || action == git_action::release || action == git_action::obsolete) {
        change.files = {{.path = "part.json", .content = content, .blob = {}}};
    }
    return change;
}

// A legal sequence of `count` changes to four parts, as part_service would record them.
inline std::vector<git_change> random_changes(unsigned seed, int count) {
    struct part {
        int version = 1;
        bool has_draft = false;
        bool is_in_review = false;
        bool is_released = false;  // the previous version
    };
    std::mt19937 random(seed);
    std::vector<part> parts(4);
    std::vector<git_change> changes;
    while (changes.size() < static_cast<std::size_t>(count)) {
        const auto which = random() % parts.size();
        part& one = parts[which];
        git_action action = git_action::save_draft;
        switch (random() % 5) {
            case 0:
            case 1:
                break;
            case 2:
                action = one.is_in_review ? git_action::reject_review : git_action::open_review;
                break;
            case 3:
                action = git_action::release;
                break;
            default:
                action = git_action::obsolete;
                break;
        }
        if ((action == git_action::open_review && !one.has_draft) ||
            (action == git_action::release && !one.is_in_review) ||
            (action == git_action::obsolete && !one.is_released)) {
            continue;
        }
        const auto id = static_cast<std::int64_t>(changes.size()) * 3 + 5;  // with gaps, as real ids have
        const int version = action == git_action::obsolete ? one.version - 1 : one.version;
        const std::string number = (which % 2 == 0 ? "EL-RES-" : "EL-CAP-") + std::to_string(10'000 + which);
        // Some changes repeat the same content.
        changes.push_back(make_change(id, action, number, version, "{\"v\": " + std::to_string(random() % 3) + "}\n"));
        if (!changes.back().files.empty() && random() % 2 == 0) {
            changes.back().files.push_back(
                {.path = "files/note.txt", .content = std::to_string(random() % 4), .blob = {}});
        }
        switch (action) {
            case git_action::save_draft:
                one.has_draft = true;
                break;
            case git_action::open_review:
                one.is_in_review = true;
                break;
            case git_action::reject_review:
                one.is_in_review = false;
                break;
            case git_action::release:
                one = {.version = one.version + 1, .has_draft = false, .is_in_review = false, .is_released = true};
                break;
            case git_action::obsolete:
                one.is_released = false;
                break;
        }
    }
    return changes;
}

}  // namespace sluice::parts::testing
