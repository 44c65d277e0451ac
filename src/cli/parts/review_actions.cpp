// Moves a revision from draft to release, and on. Each action prints the new status.
#include <fmt/format.h>

#include "apps/parts/contents/revision_records.hpp"
#include "cli/parts/parts_call.hpp"
#include "cli/terminal/output.hpp"

namespace sluice::cli {

namespace {

// "EL-RES-10000 v2 Released".
parts::result<int> print_outcome(const parts_call& call, const parts::part& part, std::int64_t version) {
    TRY_ASSIGN(const auto now, parts::revision_records(call.database()).get(part.part_id, version));
    const auto state = now.workflow_state == to_text(now.status) ? "" : fmt::format(" ({})", now.workflow_state);
    TRY(write_output(fmt::format("{} v{} {}{}\n", part.number, now.version, to_text(now.status), state)));
    return 0;
}

using part_step = parts::result<> (*)(parts_call&, parts::part_service&, const std::string& number);

parts::result<int> take_step(parts_call& call, part_step step) {
    TRY_ASSIGN(const auto part, call.part());
    TRY_ASSIGN(const auto before, call.revision(part));
    auto manager = call.project.parts();
    TRY(step(call, manager, part.number));
    return print_outcome(call, part, before.version);
}

parts::result<int> submit_part(parts_call& call) {
    return take_step(call, [](parts_call& in, parts::part_service& manager, const std::string& number) {
        return manager.submit(number, in.given.all("approver"));
    });
}

parts::result<int> approve_part(parts_call& call) {
    return take_step(call, [](parts_call& in, parts::part_service& manager, const std::string& number) {
        return manager.approve(number, in.given.text("comment"));
    });
}

parts::result<int> reject_part(parts_call& call) {
    return take_step(call, [](parts_call& in, parts::part_service& manager, const std::string& number) {
        return manager.reject(number, in.given.text("comment"));
    });
}

parts::result<int> release_part(parts_call& call) {
    return take_step(call, [](parts_call& in, parts::part_service& manager, const std::string& number) {
        (void)in;
        return manager.release(number);
    });
}

parts::result<int> advance_part(parts_call& call) {
    return take_step(call, [](parts_call& in, parts::part_service& manager, const std::string& number) {
        return manager.advance(number, in.given.text("STATE"));
    });
}

parts::result<int> revise_part(parts_call& call) {
    TRY_ASSIGN(const auto part, call.part());
    TRY_ASSIGN(const auto version, call.project.parts().revise(part.number));
    TRY(write_output(fmt::format("{} v{}\n", part.number, version)));
    return 0;
}

parts::result<int> obsolete_part(parts_call& call) {
    TRY_ASSIGN(const auto part, call.part());
    TRY_ASSIGN(auto version, call.integer("revision", 1));
    if (!version) {
        TRY_ASSIGN(const auto effective, parts::revision_records(call.database()).get_effective(part.part_id));
        version = effective.version;
    }
    TRY(call.project.parts().make_obsolete(part.number, version));
    return print_outcome(call, part, *version);
}

constexpr parts_action actions[] = {{.words = "submit", .run = submit_part, .need = parts_need::changing},
                                    {.words = "approve", .run = approve_part, .need = parts_need::changing},
                                    {.words = "reject", .run = reject_part, .need = parts_need::changing},
                                    {.words = "release", .run = release_part, .need = parts_need::changing},
                                    {.words = "advance", .run = advance_part, .need = parts_need::changing},
                                    {.words = "revise", .run = revise_part, .need = parts_need::changing},
                                    {.words = "obsolete", .run = obsolete_part, .need = parts_need::changing}};

}  // namespace

std::span<const parts_action> review_actions() {
    return actions;
}

}  // namespace sluice::cli
