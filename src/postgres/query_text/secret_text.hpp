// secret_text.hpp - statements without the secrets that they set, for logs that others read.
//
// Problem: sluice.query_log, sluice.running_queries and the log show the texts of all sessions; `SET s3_secret_access_key
//          = '...'` would tell the key to everyone.
// Use:     if (may_hold_secret(text)) { shown = without_secret(text); }
// How:     the text ends behind the name of the secret: "SET s3_secret_access_key ...". A name with secret, password,
//          session_token or connection_string in it is one, where a statement sets it: SET, PRAGMA, set_config(), CREATE
//          and DROP SECRET, CREATE and ALTER USER.
// Cost:    may_hold_secret() searches the text once; it is asked when a text is parsed, not when it is run.
// Threads: plain functions.
#pragma once

#include <string>
#include <string_view>

namespace sluice::postgres {

[[nodiscard]] bool may_hold_secret(std::string_view text);
// Of one statement or several.
[[nodiscard]] std::string without_secret(std::string_view text);

}  // namespace sluice::postgres
