// run.hpp - `sluice tag run`: from options to an exit code.
//
// Output:  what was done, in lines on stdout; progress and what went wrong with single files on stderr.
// Exit:    0 all that was found is tagged; 3 some could not be (said why), or are left because nobody answered; 4 the
//          day's requests are used up; 130 interrupted.
// Errors:  what keeps a run from beginning, or from going on: options, key, database, folder.
// Signals: SIGINT and SIGTERM: what is in flight comes to its end; the second one stops that, too.
// Threads: the main one.
#pragma once

#include "cli/tag/run_options.hpp"

namespace sluice::cli {

inline constexpr int exit_incomplete = 3;
inline constexpr int exit_exhausted = 4;
inline constexpr int exit_interrupted = 130;

result<int> run_tagging(const tag_run_options& options);
// --dry-run: what would be asked, and written.
result<int> plan_tagging(const tag_run_options& options);

}  // namespace sluice::cli
