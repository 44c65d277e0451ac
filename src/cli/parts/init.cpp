// `sluice parts init`.
#include <filesystem>
#include <fmt/format.h>

#include "cli/parts/parts_call.hpp"
#include "cli/serve/database_metrics.hpp"
#include "cli/terminal/output.hpp"

namespace sluice::cli {

parts::result<int> init_project(const parsed_command& given) {
    const std::filesystem::path folder(given.text("DIR"));
    TRY_ASSIGN(const auto who, who_is_asking(given));
    const auto whole = std::filesystem::absolute(folder).lexically_normal();
    const auto last = whole.has_filename() ? whole.filename() : whole.parent_path().filename();
    const parts::project_founding founding{
        .username = who.username,
        .full_name = given.text("full-name", who.full_name.empty() ? who.username : who.full_name),
        .email = given.text("email", who.username.contains('@') ? who.username : who.username + "@localhost"),
        .name = given.text("name", last.string())};
    TRY_ASSIGN(const auto made, parts::project::init(folder, founding));
    const database_metrics_file numbers(given.text("metrics"), "parts", made->database());
    TRY(write_output(
        fmt::format("{}: the parts project {} with {} as its Admin\n", folder.string(), founding.name, who.username)));
    return 0;
}

}  // namespace sluice::cli
