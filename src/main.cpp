#include "cli/command/command.hpp"

int main(int argc, char** argv) {
    using namespace sluice::cli;
    constexpr command commands[] = {
        {.name = "serve", .summary = "Serves a database to PostgreSQL clients", .run = run_serve},
        {.name = "parts", .summary = "Manages parts, revisions and bills of materials", .run = run_parts},
        {.name = "tag", .summary = "Tags a music library with a language model", .run = run_tag},
        {.name = "user", .summary = "Adds, removes and lists users that log in with a password", .run = run_user},
        {.name = "completion", .summary = "Prints a script that completes commands in a shell", .run = run_completion},
        {.name = "version", .summary = "Prints the version", .run = run_version},
        {.name = "docs", .summary = {}, .run = run_docs},
    };
    return dispatch(commands, argc, argv);
}
