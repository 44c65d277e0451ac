// `sluice tag`: from the words to the action.
#include <algorithm>

#include "cli/program.hpp"
#include "cli/serve/database_metrics.hpp"
#include "cli/tag/tag_call.hpp"

namespace sluice::cli {

namespace {

const tag_action* find_action(std::string_view words) {
    for (const auto table : {tag_run_actions(), tag_status_actions(), tag_stats_actions(), tag_search_actions(),
                             tag_exchange_actions(), tag_change_actions()}) {
        if (const auto found = std::ranges::find(table, words, &tag_action::words); found != table.end()) {
            return &*found;
        }
    }
    return nullptr;
}

tagger::result<int> run_action(const parsed_command& given, const std::string& name) {
    const auto* action = find_action(std::string_view(name).substr(std::string_view("tag ").size()));
    if (action == nullptr) {
        return tagger::fail(tagger::error_kind::invalid, "this command does nothing");
    }
    tag_call call{.given = given, .opened = {}, .style = style_of_stdout()};
    if (action->needs_database) {
        TRY_ASSIGN(call.opened, open_tag_database(given));
        const database_metrics_file numbers(given.text("metrics"), "tag", *call.opened);
        return action->run(call);
    }
    return action->run(call);
}

}  // namespace

int run_tag(const arguments& given) {
    return run_program("tag", given, [](const parsed_command& parsed, const std::string& name) {
        const auto code = run_action(parsed, name);
        return code ? *code : fail_command(name, code.error().message, code.error().hint);
    });
}

}  // namespace sluice::cli
