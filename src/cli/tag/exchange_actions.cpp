// export and import.
#include <cstdio>
#include <fmt/format.h>

#include "apps/tagger/exchange/exchange.hpp"
#include "base/text/display_width.hpp"
#include "cli/program.hpp"
#include "cli/tag/tag_call.hpp"
#include "cli/terminal/input.hpp"
#include "cli/terminal/output.hpp"

namespace sluice::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t import_bytes_max = std::size_t{256} * 1024 * 1024;
constexpr std::size_t value_width_max = 60;

void say(const std::string& line) {
    std::fwrite(line.data(), 1, line.size(), stderr);
}

std::optional<tagger::exchange_format> format_of(const tag_call& call, const std::string& file) {
    return call.given.has("format") ? tagger::parse_exchange_format(call.given.text("format"))
                                    : tagger::exchange_format_of(file);
}

tagger::result<int> export_file(tag_call& call) {
    const auto file = call.given.text("output");
    TRY_ASSIGN(const auto condition, call.condition());
    TRY_ASSIGN(auto out, output_writer::open(file));
    const tagger::export_params params{
        .database = &call.database(),
        .format = format_of(call, file).value_or(tagger::exchange_format::json),
        .condition = condition,
        .left_out = [](const std::string& path) {
            say(fmt::format("sluice: tag export: left out, because no playlist can have its line break: {}\n",
                            base::visible(path)));
        }};
    TRY(tagger::export_tags(params, [&](std::string_view piece) -> tagger::result<> { return out.write(piece); }));
    TRY(out.finish());
    return 0;
}

// One line for each problem: "tags.csv:3: mood "clam": REASON".
void report_problems(const tagger::import_report& report, const std::string& file, tagger::exchange_format format) {
    const auto count = count_of(static_cast<std::int64_t>(report.problems.size()), "problem");
    auto lines = fmt::format("sluice: tag import: {}{} in {}; nothing was imported\n", count,
                             report.has_more_problems ? " or more" : "", base::visible(file));
    for (const auto& each : report.problems) {
        lines += format == tagger::exchange_format::json ? fmt::format("{}: entry {}:", base::visible(file), each.place)
                                                         : fmt::format("{}:{}:", base::visible(file), each.place);
        lines += each.what.empty() ? "" : " " + base::visible(base::shorten(each.what, value_width_max));
        lines +=
            each.value.empty() ? "" : fmt::format(" \"{}\"", base::visible(base::shorten(each.value, value_width_max)));
        lines += fmt::format("{} {}\n", each.what.empty() ? "" : ":", base::visible(each.reason));
    }
    say(lines);
}

std::string told(const tagger::import_report& report, bool is_dry) {
    auto text = fmt::format("{}{}: {} changed, {} as before\n", is_dry ? "would be: " : "",
                            count_of(report.entries, "entry", "entries"), count_of(report.changed, "recording"),
                            report.unchanged);
    if (report.unclean > 0) {
        text += fmt::format("{} fewer tags than a model would have to give\n",
                            report.unclean == 1 ? "1 of them has" : fmt::format("{} of them have", report.unclean));
    }
    if (report.tag_run_id != 0) {
        text += fmt::format("run {}; `sluice tag undo` takes it back\n", report.tag_run_id);
    }
    return text;
}

tagger::result<int> import_file(tag_call& call) {
    const auto file = call.given.text("FILE");
    const auto format = format_of(call, file);
    if (!format) {
        return tagger::fail(tagger::error_kind::invalid, fmt::format("how {} is written is not told by its name", file),
                            "say --format json, csv or m3u");
    }
    TRY_ASSIGN(const auto text, read_input(file, import_bytes_max));
    std::error_code failed;
    const auto here = fs::current_path(failed);
    const bool is_dry = call.given.has("dry-run");
    TRY_ASSIGN(const auto report, tagger::import_tags({.database = &call.database(),
                                                       .format = *format,
                                                       .text = text,
                                                       .source = file == "-" ? "standard input" : file,
                                                       .folder = file == "-" ? here : (here / file).parent_path(),
                                                       .is_dry_run = is_dry}));
    if (!report.problems.empty()) {
        report_problems(report, file == "-" ? "standard input" : file, *format);
        return 1;
    }
    TRY(write_output(told(report, is_dry)));
    return 0;
}

constexpr tag_action actions[] = {{.words = "export", .run = export_file}, {.words = "import", .run = import_file}};

}  // namespace

std::span<const tag_action> tag_exchange_actions() {
    return actions;
}

}  // namespace sluice::cli
