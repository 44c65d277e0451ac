// Reads and writes audio files with the tagger's code, for tests that compare it with other programs.
//
// tag_probe payload FILE | track FILE | tags FILE | write FILE TAGS [SHA256] | slow FILE TAGS | scan FOLDER
//   TAGS: {"genre":["rock:indie"],"mood":[],...}. Without SHA256 the sound is that of the present file. slow waits for
//   a line on stdin when the copy is complete. Prints a line of JSON; a failure is {"error": "...", "is_invalid": true}
//   and exit code 1. is_invalid: the file can never be read, or written.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/tagger/audio/audio_payload.hpp"
#include "apps/tagger/audio/audio_tags.hpp"
#include "apps/tagger/library/scan.hpp"
#include "apps/tagger/library/track_writer.hpp"

namespace {

namespace tagger = sluice::tagger;
using tagger::error_kind, tagger::fail, tagger::result;
using json = nlohmann::ordered_json;

result<json> payload(const std::string& path) {
    TRY_ASSIGN(const auto sound, tagger::read_payload(path));
    return json{{"format", tagger::to_text(sound.format)}, {"sha256", sound.sha256}, {"size_bytes", sound.size_bytes}};
}

result<json> track(const std::string& path) {
    TRY_ASSIGN(const auto told, tagger::read_track(path));
    return json{{"title", told.title},
                {"artist", told.artist},
                {"album", told.album},
                {"comment", told.comment},
                {"genre", told.genre},
                {"year", told.year},
                {"duration_ms", told.duration_ms},
                {"bitrate_kbps", told.bitrate_kbps},
                {"sample_rate_hz", told.sample_rate_hz},
                {"channels", told.channels}};
}

result<json> tags(const std::string& path) {
    TRY_ASSIGN(const auto read, tagger::read_file_tags(path));
    return json::parse(tagger::to_json(read));
}

result<json> write(const std::string& path, const std::string& text, std::string sha256, bool is_slow) {
    const auto wanted = tagger::tags_from_json(text);
    if (!wanted) {
        return fail(error_kind::invalid, "TAGS are none");
    }
    if (sha256.empty()) {
        TRY_ASSIGN(const auto sound, tagger::read_payload(path));
        sha256 = sound.sha256;
    }
    const auto wait = [&](const tagger::tag_set&) -> result<> {
        if (is_slow) {
            std::cout << "ready" << std::endl;  // NOLINT(performance-avoid-endl): the test waits for it
            std::string line;
            std::getline(std::cin, line);
        }
        return {};
    };
    TRY_ASSIGN(const auto done,
               tagger::write_track({.path = path, .sha256 = sha256, .tags = *wanted, .before_rename = wait}));
    return json{{"was_written", done.was_written},
                {"before", json::parse(tagger::to_json(done.before))},
                {"size_bytes", done.size_bytes},
                {"modified_ns", done.modified_ns},
                {"inode", done.inode}};
}

result<json> scan(const std::string& folder) {
    auto files = json::array();
    auto problems = json::array();
    TRY(tagger::find_audio(
        {.folder = folder},
        [&](const tagger::found_file& file) {
            files.push_back({{"path", file.path.string()}, {"format", tagger::to_text(file.format)}});
            return true;
        },
        [&](const tagger::scan_problem& problem) {
            problems.push_back({{"path", problem.path}, {"reason", problem.reason}});
        }));
    return json{{"files", files}, {"problems", problems}};
}

result<json> run(const std::vector<std::string>& words) {
    const std::string what = words.size() < 2 ? "" : words[0];
    if (what == "payload") {
        return payload(words[1]);
    }
    if (what == "track") {
        return track(words[1]);
    }
    if (what == "tags") {
        return tags(words[1]);
    }
    if (what == "scan") {
        return scan(words[1]);
    }
    if ((what == "write" || what == "slow") && words.size() >= 3) {
        return write(words[1], words[2], words.size() > 3 ? words[3] : "", what == "slow");
    }
    return fail(error_kind::invalid, "usage: tag_probe payload|track|tags|write|slow|scan PATH ...");
}

}  // namespace

int main(int argc, char** argv) {
    const auto done = run({argv + 1, argv + argc});
    const auto told =
        done ? *done : json{{"error", done.error().message}, {"is_invalid", done.error().kind == error_kind::invalid}};
    std::puts(told.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
    return done ? 0 : 1;
}
