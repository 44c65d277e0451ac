// The commands of `sluice tag` as a table, the source of parser, help, completion and man page.
#include "cli/program.hpp"
#include "cli/serve/database_metrics.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view description =
    "`sluice tag DIR --db FILE` scans a folder for audio files (mp3, flac, ogg, opus, m4a, wav, aiff),\n"
    "asks a language model about them in batches, and stores the answers in a SQLite database: genres,\n"
    "moods, occasions and keywords of a vocabulary. A run goes on where the last one was stopped or\n"
    "killed; an answer is never paid for twice, also for a file that was moved, renamed or copied. Files\n"
    "are only changed with --write.\n"
    "\n"
    "The key is read from GEMINI_API_KEY (with --api openai: OPENAI_API_KEY), or from --key-file, and is\n"
    "never printed. Other programs can use the database at the same time, also through `sluice serve`.\n"
    "\n"
    "Commands that print data take --json. Dates in JSON are milliseconds since 1970, in UTC. A command\n"
    "that fails says why in one line on standard error.";

constexpr std::string_view exit_status =
    "0: done; 1: failed, with the reason in one line on standard error. run and write also have 3: some\n"
    "files failed, with the reasons on standard error; run also has 4: the day's requests are used up,\n"
    "and 130: interrupted.";

std::vector<option_spec> model_options() {
    return {
        {.name = "api",
         .doc = "API of the service. default: gemini",
         .kind = value_kind::choice,
         .choices = {"gemini", "openai"}},
        {.name = "base-url", .value_name = "URL", .doc = "Base URL of the service. default: the service's own address"},
        {.name = "model",
         .value_name = "NAME",
         .doc = "Name of the model. default: gemini-2.5-flash; with openai: none"},
        {.name = "key-file",
         .value_name = "FILE",
         .doc = "File with the key. default: GEMINI_API_KEY, with openai OPENAI_API_KEY",
         .kind = value_kind::file},
        {.name = "concurrency", .value_name = "N", .doc = "Number of concurrent requests (1 to 64). default: 3"},
        {.name = "batch-size", .value_name = "N", .doc = "Number of recordings in a request (1 to 200). default: 50"},
        {.name = "rpm",
         .value_name = "N",
         .doc = "Largest number of requests a minute. default: 0: no limit by sluice"},
        {.name = "tpm",
         .value_name = "N",
         .doc = "Largest number of input tokens a minute. default: 0: no limit by sluice"},
        {.name = "rpd", .value_name = "N", .doc = "Largest number of requests a day. default: 0: no limit by sluice"},
        {.name = "timeout", .value_name = "DURATION", .doc = "Timeout of one request, e.g. 90s or 3min. default: 180s"},
        {.name = "price-in",
         .value_name = "N",
         .doc = "Price of a million input tokens, to show costs. default: known for Gemini's models"},
        {.name = "price-out", .value_name = "N", .doc = "Price of a million output tokens; give both prices or none."}};
}

command_spec run_command() {
    auto options = model_options();
    for (auto& each : std::vector<option_spec>{
             {.name = "vocabulary",
              .value_name = "FILE",
              .doc =
                  "File with the vocabulary. default: that of the database, at first that of `sluice tag vocabulary`",
              .kind = value_kind::file},
             {.name = "write", .doc = "Also writes the tags into the files."},
             {.name = "retry-failed", .doc = "Also retries recordings that earlier runs gave up."},
             {.name = "wait", .doc = "Waits for the next day when the day's requests are used up."},
             {.name = "dry-run", .doc = "Only reports the requests and writes, and makes none."},
             {.name = "progress",
              .doc = "Form of the progress on standard error. default: auto: a bar on a terminal, else none",
              .kind = value_kind::choice,
              .choices = {"auto", "bar", "json", "none"}}}) {
        options.push_back(std::move(each));
    }
    return {
        .name = "run",
        .summary = "Tags the audio files of a folder; `sluice tag DIR` is the same",
        .description = "The first interrupt (Ctrl-C) waits for the requests under way; the second one cancels them.",
        .positionals =
            {{.name = "DIR", .doc = "Folder with audio files.", .required = true, .kind = value_kind::folder}},
        .options = std::move(options),
        .examples = {{.command = "sluice tag ~/Music --db music.db --rpm 10", .doc = "Tags the files in ~/Music."},
                     {.command = "sluice tag ~/Music --db music.db --api openai --base-url http://localhost:11434/v1 "
                                 "--model qwen3",
                      .doc = "Tags them with a local model."}}};
}

option_spec query_argument(bool is_required) {
    return {.name = "QUERY",
            .doc = "Query for files, as in search. default: all",
            .repeatable = true,
            .required = is_required};
}

option_spec format_option(std::string_view doc) {
    return {.name = "format", .doc = doc, .kind = value_kind::choice, .choices = {"json", "csv", "m3u"}};
}

command_spec search_command() {
    return {
        .name = "search",
        .summary = "Finds files by their tags",
        .description =
            "A query has tags (mood:calm, genre:rock with all its children, genre:rock:indie, or calm, of any\n"
            "kind), and artist: title: album: path: with a part of that text. A term with spaces stands in\n"
            "quotes. AND may be left out, OR binds weaker, NOT or a - before a term binds stronger; parentheses\n"
            "group. Put the query into the shell's own quotes; a query that begins with a - needs NOT instead, or\n"
            "-- before it.\n"
            "\n"
            "JSON: an array of {path, artist, title, album, seconds, genre, mood, occasion, keyword}.",
        .positionals = {query_argument(true)},
        .options = {{.name = "paths", .doc = "Prints only paths, one a line."}, limit_option(), json_option()},
        .examples = {{.command = "sluice tag search 'genre:rock (calm OR \"late night\") -artist:cover' --db music.db",
                      .doc = "Finds rock that is calm or for late nights, without covers."}}};
}

std::vector<command_spec> exchange_commands() {
    return {{.name = "export",
             .summary = "Writes tags for other programs",
             .description =
                 "JSON: an array of {path, genre, mood, occasion, keyword}; the last four are arrays. CSV: these\n"
                 "columns, with \"; \" between tags. M3U: an extended playlist in UTF-8, with tags in #EXTGENRE: and\n"
                 "#SLUICE-MOOD:, #SLUICE-OCCASION: and #SLUICE-KEYWORD: before each path.",
             .positionals = {query_argument(false)},
             .options = {format_option("Format of the output. default: by the extension of --output, else json"),
                         output_option()},
             .examples = {{.command = "sluice tag export mood:calm --format m3u -o calm.m3u8 --db music.db",
                           .doc = "Writes a playlist of calm music."}}},
            {.name = "import",
             .summary = "Imports tags from a file that export wrote: all of it, or nothing",
             .description =
                 "Kinds of tags that an entry does not mention stay unchanged. Relative paths start at the file's\n"
                 "folder. Problems are listed by line, in JSON by entry.",
             .positionals = {{.name = "FILE",
                              .doc = "File in UTF-8; - is standard input.",
                              .required = true,
                              .kind = value_kind::file}},
             .options = {format_option("Format of the file. default: by its extension"),
                         {.name = "dry-run", .doc = "Only reports the changes, and makes none."}}}};
}

}  // namespace

command_spec tag_command() {
    command_spec tag{.name = "tag",
                     .summary = "Tags a music library with a language model",
                     .description = description,
                     .options = {{.name = "db",
                                  .value_name = "FILE",
                                  .doc = "Database file; a run creates it. default: SLUICE_TAG_DB",
                                  .kind = value_kind::file},
                                 metrics_option()},
                     .subcommands = {run_command(),
                                     {.name = "status",
                                      .summary = "Shows progress and failures",
                                      .description = "JSON: {jobs, pauses, writes, scan_problems}.",
                                      .options = {json_option()}},
                                     search_command()},
                     .word_command = "run",
                     .exit_status = exit_status};
    for (auto& each : exchange_commands()) {
        tag.subcommands.push_back(std::move(each));
    }
    for (auto& each : std::vector<command_spec>{
             {.name = "undo",
              .summary = "Takes back the changes of the last run",
              .description =
                  "Restores the former tags, in the database and in files, unless they have changed since. One undo\n"
                  "after the other goes further back; the number of an undo takes that undo back. Answers stay: the\n"
                  "next run applies them for free.",
              .options = {{.name = "run", .value_name = "N", .doc = "Number of the run. default: the last one"},
                          {.name = "list", .doc = "Only lists the runs, newest first."},
                          limit_option(),
                          json_option()}},
             {.name = "stats",
              .summary = "Shows counts of the library",
              .options = {{.name = "top", .value_name = "N", .doc = "Number of tags of each kind. default: 10; 0: all"},
                          json_option()}},
             {.name = "write",
              .summary = "Writes the tags of the database into the files",
              .description = "A copy of each file gets the tags, is synced to disk, and replaces the file if its sound "
                             "is the same.",
              .options = {{.name = "dry-run", .doc = "Only shows the changes, and makes none."}}},
             {.name = "vocabulary",
              .summary = "Prints the vocabulary, as a file for --vocabulary",
              .description = "The vocabulary is that of the database of --db, else the built-in one.",
              .options = {json_option()}}}) {
        tag.subcommands.push_back(std::move(each));
    }
    return tag;
}

}  // namespace sluice::cli
