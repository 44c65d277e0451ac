// status.
#include <fmt/format.h>

#include "apps/jobs/run_locks.hpp"
#include "apps/tagger/library/statistics.hpp"
#include "base/text/display_width.hpp"
#include "cli/tag/tag_call.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/table.hpp"

namespace sluice::cli {

namespace {

constexpr std::int64_t problems_listed_max = 20;

std::string state_of(const tagger::run_status& run) {
    return run.ended_date ? run.outcome.value_or("ended") : run.is_alive ? "running" : "killed";
}

json_object json_of(const tagger::job_status& job) {
    json_array reasons;
    for (const auto& each : job.reasons) {
        reasons.emplace_back(json_object{{"class", each.what}, {"reason", each.reason}, {"items", each.items}});
    }
    json_value last;
    if (job.last_run) {
        const auto& run = *job.last_run;
        auto entry = json_of_usage(run.used);
        entry.insert(entry.begin(), {{"run", run.run_id},
                                     {"state", state_of(run)},
                                     {"started", run.started_date},
                                     {"ended", run.ended_date},
                                     {"done", run.done},
                                     {"reused", run.reused},
                                     {"failed", run.failed}});
        last = json_value(std::move(entry));
    }
    return {{"folder", job.name},
            {"definition", job.definition},
            {"pending", job.pending},
            {"claimed", job.claimed},
            {"done", job.done},
            {"dead", job.dead},
            {"reasons", std::move(reasons)},
            {"last_run", std::move(last)}};
}

json_array json_of(const std::vector<tagger::file_problem>& problems) {
    json_array list;
    for (const auto& each : problems) {
        list.emplace_back(json_object{{"path", each.path}, {"reason", each.reason}});
    }
    return list;
}

json_object json_of(const tagger::jobs_status& seen) {
    json_array jobs;
    for (const auto& each : seen.jobs) {
        jobs.emplace_back(json_of(each));
    }
    json_array pauses;
    for (const auto& each : seen.pauses) {
        pauses.emplace_back(json_object{
            {"service", each.service}, {"until", each.until}, {"is_day", each.is_day}, {"reason", each.reason}});
    }
    return {
        {"jobs", std::move(jobs)},
        {"pauses", std::move(pauses)},
        {"writes",
         json_object{{"open", seen.open_writes}, {"failed", seen.failed_writes}, {"failures", json_of(seen.failures)}}},
        {"scan_problems", json_object{{"count", seen.scan_problems}, {"problems", json_of(seen.problems)}}}};
}

std::string text_of(const tagger::job_status& job, const output_style& style) {
    auto text = fmt::format("{}  {}\n", painted(base::visible(job.name), meaning::strong, style),
                            painted(base::visible(job.definition), meaning::dim, style));
    text += fmt::format("  {} pending, {} in work, {} done, {} given up\n", grouped(job.pending), grouped(job.claimed),
                        grouped(job.done), grouped(job.dead));
    if (job.last_run) {
        const auto& run = *job.last_run;
        const auto end = run.ended_date ? " to " + shown_time(*run.ended_date) : "";
        text += fmt::format("  last run: {}, {}{}: {} done, {} failed, {}, {} + {} tokens\n", state_of(run),
                            shown_time(run.started_date), end, grouped(run.done), grouped(run.failed),
                            count_of(run.used.requests, "request"), grouped(run.used.tokens_in),
                            grouped(run.used.tokens_out));
    }
    if (job.reasons.empty()) {
        return text;
    }
    table rows({{.header = "  ITEMS", .alignment = align::right}, {.header = "CLASS"}, {.header = "REASON"}});
    for (const auto& each : job.reasons) {
        rows.add({grouped(each.items), {each.what, meaning::warning}, each.reason});
    }
    return text + rows.text(style);
}

std::string text_of(const std::vector<tagger::file_problem>& problems, std::int64_t count, std::string_view header,
                    const output_style& style) {
    table rows({{.header = std::string(header)}, {.header = "REASON"}});
    for (const auto& each : problems) {
        rows.add({each.path, {each.reason, meaning::warning}});
    }
    const auto more = count - static_cast<std::int64_t>(problems.size());
    return rows.text(style) + (more > 0 ? fmt::format("and {} more\n", grouped(more)) : "");
}

std::string text_of(const tagger::jobs_status& seen, const output_style& style) {
    std::string text;
    for (const auto& each : seen.jobs) {
        text += text_of(each, style);
    }
    text += text.empty() ? "no folder was tagged yet\n" : "";
    for (const auto& each : seen.pauses) {
        text += fmt::format("requests to {} are paused until {}: {}\n", base::visible(each.service),
                            shown_time(each.until), base::visible(one_line(each.reason)));
    }
    if (seen.open_writes > 0) {
        text += fmt::format("{} to be written, {} of them failed; `sluice tag write` goes on\n",
                            count_of(seen.open_writes, "file"), grouped(seen.failed_writes));
    }
    text += seen.failures.empty() ? "" : text_of(seen.failures, seen.failed_writes, "NOT WRITTEN", style);
    text += seen.problems.empty() ? "" : text_of(seen.problems, seen.scan_problems, "NOT READ", style);
    return text;
}

tagger::result<int> show_status(tag_call& call) {
    TRY_ASSIGN(const auto locks, jobs::run_locks::open(call.database().path()));
    TRY_ASSIGN(const auto seen,
               tagger::look_at_jobs(call.database(), {.locks = locks.get(), .list_max = problems_listed_max}));
    TRY(write_output(call.wants_json() ? json_text(json_of(seen)) : text_of(seen, call.style)));
    return 0;
}

constexpr tag_action actions[] = {{.words = "status", .run = show_status}};

}  // namespace

std::span<const tag_action> tag_status_actions() {
    return actions;
}

}  // namespace sluice::cli
