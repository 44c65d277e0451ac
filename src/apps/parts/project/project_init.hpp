// project_init.hpp - makes a project, in steps that may be interrupted anywhere and repeated.
//
// Use:     TRY(init_project(folder, founding, options));
//          TRY_ASSIGN(const database_owner owner, owner_of_database(folder));
// Order:   folder; parts.db with its tables; and in one transaction .git, the first Admin and the project's name. So a
//          .git without a parts.db of ours belongs to another program.
// Threads: any, and any process: the second one finds that it exists.
// Errors:  those of project.hpp.
#pragma once

#include <cstdint>
#include <filesystem>

#include "apps/parts/project/project.hpp"

namespace sluice::parts {

inline constexpr const char* database_name = "parts.db";
inline constexpr const char* git_name = ".git";

enum class database_owner : std::uint8_t { none, project, other };  // none: no file, or an empty one

// Reads only.
result<database_owner> owner_of_database(const std::filesystem::path& folder);
result<> init_project(const std::filesystem::path& folder, const project_founding& founding,
                      const project_options& options);

}  // namespace sluice::parts
