// parts_call.hpp - one running command of `sluice parts`: the parsed words, the opened project, output.
//
// Use:     parts::result<int> show_part(parts_call& call) { TRY(call.print(...)); return 0; }   // the exit code
//          {.words = "show", .run = show_part, .need = parts_need::reading}                     // in one of the tables
// Order:   run_parts.cpp parses, finds the project, checks that the user belongs to it, runs the action, and brings its
//          commits to git; an action prints only committed results.
// Errors:  parts::error; its message and hint become the line on stderr.
// Threads: one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "apps/parts/model/domain.hpp"
#include "apps/parts/project/project.hpp"
#include "cli/command/command_tree.hpp"
#include "cli/terminal/output_style.hpp"

namespace sluice::cli {

struct parts_call {
    const parsed_command& given;
    parts::project& project;
    output_style style;

    [[nodiscard]] sqlite::database& database() const { return project.database(); }
    [[nodiscard]] bool wants_json() const { return given.has("json"); }
    // Value of --limit; 0 becomes "all".
    parts::result<std::int64_t> limit() const;
    // A whole number of at least `min`; none if the option is not given.
    parts::result<std::optional<std::int64_t>> integer(std::string_view option, std::int64_t min) const;

    // The part named by the argument.
    parts::result<parts::part> part(std::string_view argument = "NUMBER") const;
    // The revision of --revision; else the open one; else the effective one.
    parts::result<parts::revision> revision(const parts::part& of) const;
};

enum class parts_need : std::uint8_t { reading, changing, any_user };

struct parts_action {
    std::string_view words;  // "bom add"
    parts::result<int> (*run)(parts_call& call);
    parts_need need = parts_need::reading;  // any_user: the caller need not be a user of the project
};

[[nodiscard]] std::span<const parts_action> part_actions();
[[nodiscard]] std::span<const parts_action> part_view_actions();
[[nodiscard]] std::span<const parts_action> review_actions();
[[nodiscard]] std::span<const parts_action> bom_actions();
[[nodiscard]] std::span<const parts_action> bom_view_actions();
[[nodiscard]] std::span<const parts_action> file_actions();
[[nodiscard]] std::span<const parts_action> manufacturer_actions();
[[nodiscard]] std::span<const parts_action> exchange_actions();
[[nodiscard]] std::span<const parts_action> people_actions();
[[nodiscard]] std::span<const parts_action> workflow_actions();
[[nodiscard]] std::span<const parts_action> upkeep_actions();

// ---- without a project

parts::result<int> init_project(const parsed_command& given);

struct login {
    std::string username;
    std::string full_name;
};
// --user, SLUICE_PARTS_USER, or the login name; the full name is the system's, if there is one.
parts::result<login> who_is_asking(const parsed_command& given);

}  // namespace sluice::cli
