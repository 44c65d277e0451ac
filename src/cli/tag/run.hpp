// run.hpp - `sluice tag run`: from options to an exit code.
//
// Output:  results in lines on stdout; progress and errors of single files on stderr.
// Exit:    0 all files found are tagged; 3 some failed (with reasons), or are left because the service did not answer;
//          4 the day's requests are used up; 130 interrupted.
// Errors:  causes that keep a run from starting or from going on: options, key, database, folder.
// Signals: SIGINT and SIGTERM: requests under way are finished; the second signal cancels them.
// Threads: the main thread.
#pragma once

#include "cli/tag/run_options.hpp"

namespace sluice::cli {

inline constexpr int exit_incomplete = 3;
inline constexpr int exit_exhausted = 4;
inline constexpr int exit_interrupted = 130;

tagger::result<int> run_tagging(const tag_run_options& options);
// --dry-run: reports the requests and writes of a run.
tagger::result<int> plan_tagging(const tag_run_options& options);

}  // namespace sluice::cli
