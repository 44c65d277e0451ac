#include "apps/parts/exchange/import.hpp"

#include <fmt/format.h>
#include <utility>

#include "apps/parts/exchange/import_plan.hpp"

namespace sluice::parts {

namespace {

// Adds the line of the file to an error that the plan did not foresee.
result<> at_line(std::size_t line, result<> done) {
    if (!done) {
        done.error().message = fmt::format("line {}: {}", line, done.error().message);
    }
    return done;
}

result<> apply(const part_plan& plan, const import_hooks& hooks, import_report& report) {
    for (const auto& each : report.new_categories) {
        TRY_ASSIGN(const auto code, parse_category(each));
        TRY(hooks.add_category(code));
    }
    for (const auto& each : plan.steps()) {
        if (each.number.empty()) {
            auto number = hooks.create(each.code, each.change);
            TRY(at_line(each.line, number ? result<>() : std::unexpected(number.error())));
            report.numbers.push_back(std::move(*number));
            continue;
        }
        if (each.in_draft || !each.change.manufacturer_parts.empty()) {
            TRY(at_line(each.line, hooks.change(each.number, each.change, each.in_draft)));
        }
    }
    report.is_applied = true;
    return {};
}

result<> apply(const bom_plan& plan, const import_hooks& hooks, import_report& report) {
    for (const auto& each : plan.steps()) {
        TRY(at_line(each.line, hooks.set_lines(each.parent, each.lines)));
    }
    report.is_applied = true;
    return {};
}

template <typename Work>
result<import_report> run(sqlite::database& database, bool is_dry_run, Work work) {
    return is_dry_run ? database.execute(work) : database.transaction(work);
}

}  // namespace

result<import_report> import_parts(sqlite::database& database, std::span<const import_row> rows,
                                   const import_options& options, const import_hooks& hooks) {
    return run(database, options.is_dry_run, [&](sqlite::connection& db) -> result<import_report> {
        part_plan plan(db, options);
        for (const auto& row : rows) {
            TRY(plan.add(row));
        }
        auto& report = plan.finish();
        if (report.problems.empty() && !options.is_dry_run) {
            TRY(apply(plan, hooks, report));
        }
        return std::move(report);
    });
}

result<import_report> import_bom(sqlite::database& database, std::span<const import_bom_row> rows,
                                 const import_options& options, const import_hooks& hooks) {
    return run(database, options.is_dry_run, [&](sqlite::connection& db) -> result<import_report> {
        bom_plan plan(db, options);
        for (const auto& row : rows) {
            TRY(plan.add(row));
        }
        TRY(plan.check_circles());
        auto& report = plan.report();
        if (report.problems.empty() && !options.is_dry_run) {
            TRY(apply(plan, hooks, report));
        }
        return std::move(report);
    });
}

}  // namespace sluice::parts
