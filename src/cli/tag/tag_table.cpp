// The commands of `sluice tag` as a table: from it come parser, help, completion and man page.
#include "cli/program.hpp"
#include "cli/serve/database_metrics.hpp"

namespace sluice::cli {

namespace {

constexpr std::string_view description =
    "`sluice tag DIR --db FILE` scans a folder for audio files (mp3, flac, ogg, opus, m4a, wav, aiff), asks a "
    "language\n"
    "model about them in batches, and keeps what it says in a SQLite database: genres, moods, occasions and keywords "
    "out\n"
    "of a vocabulary. It goes on where it was stopped, however that was; what was answered is never paid for again, "
    "for a\n"
    "file that was moved, renamed or copied neither. Files are only changed with --write.\n"
    "\n"
    "The key is taken from GEMINI_API_KEY (of --api openai: OPENAI_API_KEY), or from --key-file, and is never printed. "
    "The\n"
    "database can be used by others meanwhile, also through `sluice serve`.\n"
    "\n"
    "Commands that print data take --json. Dates in JSON are milliseconds since 1970, in UTC. A command that fails "
    "says why\n"
    "in one line on standard error.";

constexpr std::string_view exit_status =
    "0 when it was done; 1 when it was not, with the reason in one line on standard error. Of a run and of write also "
    "3:\n"
    "some files could not be done, and it was said why; of a run 4: the day's requests are used up; 130: interrupted.";

std::vector<option_spec> model_options() {
    return {
        {.name = "api",
         .doc = "How the service is asked. default: gemini",
         .kind = value_kind::choice,
         .choices = {"gemini", "openai"}},
        {.name = "base-url", .value_name = "URL", .doc = "Where it is. default: the service's own address"},
        {.name = "model", .value_name = "NAME", .doc = "Which model. default: gemini-2.5-flash; of openai: none"},
        {.name = "key-file",
         .value_name = "FILE",
         .doc = "Has the key. default: GEMINI_API_KEY, of openai OPENAI_API_KEY",
         .kind = value_kind::file},
        {.name = "concurrency", .value_name = "N", .doc = "So many requests at once, 1 to 64. default: 3"},
        {.name = "batch-size", .value_name = "N", .doc = "So many recordings in a request, 1 to 200. default: 50"},
        {.name = "rpm", .value_name = "N", .doc = "At most so many requests a minute. default: 0: no limit of ours"},
        {.name = "tpm",
         .value_name = "N",
         .doc = "At most so many input tokens a minute. default: 0: no limit of ours"},
        {.name = "rpd", .value_name = "N", .doc = "At most so many requests a day. default: 0: no limit of ours"},
        {.name = "timeout", .value_name = "DURATION", .doc = "Of a request, as 90s or 3min. default: 180s"},
        {.name = "price-in",
         .value_name = "N",
         .doc = "Of a million tokens asked, to show costs. default: known for Gemini's models"},
        {.name = "price-out", .value_name = "N", .doc = "Of a million tokens answered; both or none."}};
}

command_spec run_command() {
    auto options = model_options();
    for (auto& each : std::vector<option_spec>{
             {.name = "vocabulary",
              .value_name = "FILE",
              .doc = "The tags there are. default: those of the database, at first those of `sluice tag vocabulary`",
              .kind = value_kind::file},
             {.name = "write", .doc = "Also writes the tags into the files."},
             {.name = "retry-failed", .doc = "Also tries again what was given up."},
             {.name = "wait", .doc = "When the day's requests are used up, waits for the next day."},
             {.name = "dry-run", .doc = "Only says what would be asked and written."},
             {.name = "progress",
              .doc = "How it is shown, on standard error. default: auto: a bar on a terminal, else none",
              .kind = value_kind::choice,
              .choices = {"auto", "bar", "json", "none"}}}) {
        options.push_back(std::move(each));
    }
    return {
        .name = "run",
        .summary = "Tags the audio files of a folder; `sluice tag DIR` is the same",
        .description = "The first interrupt (Ctrl-C) lets come to its end what is in flight; the second one does not.",
        .positionals = {{.name = "DIR", .doc = "The folder.", .required = true, .kind = value_kind::folder}},
        .options = std::move(options),
        .examples = {{.command = "sluice tag ~/Music --db music.db --rpm 10", .doc = "Tags what is in ~/Music."},
                     {.command = "sluice tag ~/Music --db music.db --api openai --base-url http://localhost:11434/v1 "
                                 "--model qwen3",
                      .doc = "The same, by a model that runs here."}}};
}

option_spec query_argument(bool is_required) {
    return {.name = "QUERY", .doc = "Which files. default: all", .repeatable = true, .required = is_required};
}

option_spec format_option(std::string_view doc) {
    return {.name = "format", .doc = doc, .kind = value_kind::choice, .choices = {"json", "csv", "m3u"}};
}

command_spec search_command() {
    return {
        .name = "search",
        .summary = "Finds files by their tags",
        .description =
            "A query has tags (mood:calm, genre:rock with all of its children, genre:rock:indie, or calm, of any "
            "kind),\n"
            "and artist: title: album: path: with a part of that text; what has spaces stands in quotes. AND may be "
            "left\n"
            "out, OR is weaker, NOT or a - before a term is stronger; parentheses do what they do elsewhere. Put a "
            "query\n"
            "into the shell's own quotes; one that begins with a - needs NOT instead, or -- before it.\n"
            "\n"
            "JSON: an array of {path, artist, title, album, seconds, genre, mood, occasion, keyword}.",
        .positionals = {query_argument(true)},
        .options = {{.name = "paths", .doc = "Prints only paths, one a line."}, limit_option(), json_option()},
        .examples = {{.command = "sluice tag search 'genre:rock (calm OR \"late night\") -artist:cover' --db music.db",
                      .doc = "Calm rock, and such for late nights, but no covers."}}};
}

std::vector<command_spec> exchange_commands() {
    return {
        {.name = "export",
         .summary = "Writes tags for other programs",
         .description = "JSON: an array of {path, genre, mood, occasion, keyword}, the four being arrays. CSV: these "
                        "columns, with \"; \"\n"
                        "between tags. M3U: an extended playlist in UTF-8, with tags in #EXTGENRE: and #SLUICE-MOOD:,\n"
                        "#SLUICE-OCCASION: and #SLUICE-KEYWORD: before each path.",
         .positionals = {query_argument(false)},
         .options = {format_option("How. default: by the extension of --output, else json"), output_option()},
         .examples = {{.command = "sluice tag export mood:calm --format m3u -o calm.m3u8 --db music.db",
                       .doc = "A playlist of what is calm."}}},
        {.name = "import",
         .summary = "Brings tags in from a file of export: all of it, or nothing",
         .description = "What an entry does not mention stays as it is. Relative paths belong to the file's folder. "
                        "What is wrong is\n"
                        "listed by line, of JSON by entry.",
         .positionals =
             {{.name = "FILE", .doc = "UTF-8; - is standard input.", .required = true, .kind = value_kind::file}},
         .options = {format_option("How it is written. default: by its extension"),
                     {.name = "dry-run", .doc = "Only tells what would be done."}}}};
}

}  // namespace

command_spec tag_command() {
    command_spec tag{.name = "tag",
                     .summary = "Tags a music library with a language model",
                     .description = description,
                     .options = {{.name = "db",
                                  .value_name = "FILE",
                                  .doc = "The database; a run makes it. default: SLUICE_TAG_DB",
                                  .kind = value_kind::file},
                                 metrics_option()},
                     .subcommands = {run_command(),
                                     {.name = "status",
                                      .summary = "How far it is, and what went wrong",
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
              .summary = "Takes back what the last run has changed",
              .description = "Tags, and tags in files, that nobody has changed since get what they were. One undo "
                             "after the other goes\n"
                             "further back; an undo's own number takes that one back. Answers stay: the next run "
                             "applies them for free.",
              .options = {{.name = "run", .value_name = "N", .doc = "That one, and not the last."},
                          {.name = "list", .doc = "Only lists the runs, the last one first."},
                          limit_option(),
                          json_option()}},
             {.name = "stats",
              .summary = "The library in numbers",
              .options = {{.name = "top", .value_name = "N", .doc = "So many tags of each kind. default: 10; 0: all"},
                          json_option()}},
             {.name = "write",
              .summary = "Writes the tags of the database into the files",
              .description =
                  "A copy is made, changed, brought to the disk, and takes the file's place; the sound is compared.",
              .options = {{.name = "dry-run", .doc = "Only shows what would change."}}},
             {.name = "vocabulary",
              .summary = "Prints the tags there are, as a file for --vocabulary",
              .description = "Of the database that --db names, else those that come with the program.",
              .options = {json_option()}}}) {
        tag.subcommands.push_back(std::move(each));
    }
    return tag;
}

}  // namespace sluice::cli
