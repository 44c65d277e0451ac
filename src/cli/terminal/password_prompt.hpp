// password_prompt.hpp - asks for a new password without showing it.
//
// Use:     TRY_ASSIGN(const std::string password, ask_new_password("alice"));
// Input:   on a terminal it is typed twice, unseen, and echo is restored also after Ctrl-C; otherwise it is the first
//          line of standard input.
// Errors:  22023 if the two do not match or there is no input.
#pragma once

#include <string>
#include <string_view>

#include "base/core/result.hpp"

namespace sluice::cli {

result<std::string> ask_new_password(std::string_view user);

}  // namespace sluice::cli
