// project_init.hpp - the making of a project, in steps that may be cut off anywhere and taken again.
//
// Use:     TRY(init_project(folder, founding, options));
//          TRY_ASSIGN(const database_owner owner, owner_of_database(folder));
// Order:   folder; parts.db with its tables; and in one transaction .git, the first Admin and the project's name. A .git
//          without a parts.db of ours is therefore somebody else's.
// Threads: any, and any process: who comes second finds that it exists.
// Errors:  those of project.hpp.
#pragma once

#include <cstdint>
#include <filesystem>

#include "apps/parts/project/project.hpp"

namespace sluice::parts {

inline constexpr const char* database_name = "parts.db";
inline constexpr const char* git_name = ".git";

enum class database_owner : std::uint8_t { none, project, other };  // none: no file, or nothing in it yet

// Looks without writing.
result<database_owner> owner_of_database(const std::filesystem::path& folder);
result<> init_project(const std::filesystem::path& folder, const project_founding& founding,
                      const project_options& options);

}  // namespace sluice::parts
