#include "apps/parts/git/git_journal.hpp"

#include <fmt/format.h>
#include <fstream>

#include "base/os/durable.hpp"

namespace sluice::parts {

namespace fs = std::filesystem;

namespace {

constexpr const char* moves_file = "sluice.moves";
constexpr const char* applied_file = "sluice.applied";

}  // namespace

result<> git_journal::begin(const std::map<std::string, std::optional<std::string>>& before) {
    std::string lines;
    for (const auto& [name, id] : before) {
        lines += fmt::format("{} {}\n", name, id.value_or("-"));
    }
    return base::replace_file(git_dir_ / moves_file, lines);
}

result<> git_journal::end(std::int64_t newest_change) {
    if (newest_change > newest()) {
        TRY(base::replace_file(git_dir_ / applied_file, fmt::format("{}\n", newest_change)));
    }
    std::error_code ignored;
    fs::remove(git_dir_ / moves_file, ignored);
    return {};
}

result<> git_journal::restore() {
    std::ifstream lines(git_dir_ / moves_file);
    std::string name;
    std::string id;
    while (lines >> name >> id) {
        std::error_code problem;
        if (const fs::path file = git_dir_ / name; fs::file_size(file, problem) == 0 && !problem) {
            if (id == "-") {
                fs::remove(file, problem);
            } else {
                TRY(base::replace_file(file, id + "\n"));
            }
        }
    }
    return {};
}

std::int64_t git_journal::newest() const {
    std::ifstream file(git_dir_ / applied_file);
    std::int64_t newest_change = 0;
    return file >> newest_change ? newest_change : 0;
}

}  // namespace sluice::parts
