// secret_text.hpp - statements without the secrets that they set, for logs and lists that other users read.
//
// Problem: sluice.query_log, sluice.running_queries and the log show the texts of all sessions; a statement such as
//          `SET s3_secret_access_key = '...'` would show the key to every user.
// Use:     if (may_hold_secret(text)) { shown = without_secret(text); }
// How:     the text ends behind the name of the secret: "SET s3_secret_access_key ...". A secret is a name with secret,
//          password, session_token or connection_string in it, in a statement that sets it: SET, PRAGMA, set_config(),
//          CREATE and DROP SECRET, CREATE and ALTER USER.
// Cost:    may_hold_secret() searches the text once; it is called when a text is parsed, not when it is run.
// Threads: plain functions.
#pragma once

#include <string>
#include <string_view>

namespace sluice::postgres {

[[nodiscard]] bool may_hold_secret(std::string_view text);
// `text` may be one statement or several.
[[nodiscard]] std::string without_secret(std::string_view text);

}  // namespace sluice::postgres
