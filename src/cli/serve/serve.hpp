// serve.hpp - runs the server until a signal stops it; the only place that wires all groups together.
//
// Use:     TRY_ASSIGN(const int code, serve(parsed));   // `parsed` is of serve_command()
// Errors:  those of settings, files, sockets and the database, in one line. Libraries throw if the system has no more
//          event loops or threads; run_program() catches it.
// Threads: main.
#pragma once

#include "base/core/result.hpp"
#include "cli/command/command_tree.hpp"

namespace sluice::cli {

// The exit code.
result<int> serve(const parsed_command& given);

}  // namespace sluice::cli
