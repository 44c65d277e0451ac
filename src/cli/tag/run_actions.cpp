// run.
#include "cli/tag/run.hpp"
#include "cli/tag/tag_call.hpp"

namespace sluice::cli {

namespace {

tagger::result<int> run_folder(tag_call& call) {
    TRY_ASSIGN(const auto options, read_run_options(call.given));
    return options.is_dry ? plan_tagging(options) : run_tagging(options);
}

constexpr tag_action actions[] = {{.words = "run", .run = run_folder, .needs_database = false}};

}  // namespace

std::span<const tag_action> tag_run_actions() {
    return actions;
}

}  // namespace sluice::cli
