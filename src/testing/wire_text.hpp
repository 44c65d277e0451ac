// wire_text.hpp - the protocol as readable lines, for scripts of whole conversations.
//
// Client's messages, parts separated by "|", with \n, \t, \\ and \xHH escapes:
//          Q select 1                          P name | select $1 | 23 25       B portal | statement | 5 | NULL
//          D S name    E portal | 2    C P name    S    H    X                  d data\n    c    f reason    F
//          B portal | statement | a value; formats 0 1; results 1
//          ? HH...     raw bytes
// Server's: one line per message: `T name:oid:size:modifier:format ...`, `D value ...` (NULL without quotes),
//          `C tag`, `E severity code message [P:position] ...`, `Z I`, `S name=value`, and the bare type for the rest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::testing {

// The bytes of one message.
[[nodiscard]] std::string frontend_message(std::string_view line);
// A message of any type and body.
[[nodiscard]] std::string frame_bytes(char type, std::string_view body);
// Every message in `bytes`, which must be complete.
[[nodiscard]] std::vector<std::string> backend_lines(std::string_view bytes);

}  // namespace sluice::testing
