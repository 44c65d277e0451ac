// Tags a folder until it is done, or until it kills itself at a given point, as if the machine lost its power.
//
// tag_worker DB DIR URL POINT COUNT [write]
//   POINT: after_claim before_send before_commit after_commit amid_file_write never
//   ends with "finished", "exhausted", ... on stdout; or by SIGKILL, at the COUNTth time that POINT is reached
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apps/tagger/library/schema.hpp"
#include "apps/tagger/run/tagging_run.hpp"

namespace {

namespace tagger = sluice::tagger;
using sluice::jobs::run_control;
using sluice::jobs::run_locks;
using sluice::sqlite::database;

template <typename T, typename E>
T must(std::expected<T, E> made, const char* what) {
    if (!made) {
        std::fprintf(stderr, "%s: %s\n", what, made.error().message.c_str());
        std::_Exit(1);
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*made);
    }
}

int point_number(std::string_view name) {
    constexpr std::string_view names[] = {"after_claim", "before_send", "before_commit", "after_commit",
                                          "amid_file_write"};
    for (int i = 0; i < 5; ++i) {
        if (names[i] == name) {
            return i;
        }
    }
    return -1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 6) {
        std::fprintf(stderr, "usage: tag_worker DB DIR URL POINT COUNT [write]\n");
        return 2;
    }
    const std::string path = argv[1];
    const int deadly = point_number(argv[4]);
    std::atomic<int> left = std::atoi(argv[5]);
    const auto database = must(database::open(path), "open");
    must(sluice::sqlite::migrate(*database, tagger::tagger_schema()), "migrate");
    const auto locks = must(run_locks::open(path), "locks");
    run_control control;
    const auto model = tagger::make_gemini_client({.base_url = argv[3], .model = "gemini-test", .api_key = "test-key"});
    const auto report = must(tagger::tag_folder({.database = database.get(),
                                                 .locks = locks.get(),
                                                 .control = &control,
                                                 .folder = argv[2],
                                                 .model = model.get(),
                                                 .model_name = "gemini-test",
                                                 .words = &tagger::default_vocabulary(),
                                                 .batch_size = 5,
                                                 .writes_files = argc > 6 && std::string_view(argv[6]) == "write",
                                                 .reached =
                                                     [&](tagger::tagging_point point) {
                                                         if (static_cast<int>(point) == deadly && --left == 0) {
                                                             std::raise(SIGKILL);
                                                         }
                                                     }}),
                             "tag");
    std::printf("%s\n", std::string(to_text(report.run.outcome)).c_str());
    return 0;
}
