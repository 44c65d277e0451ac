// attach, files, extract, detach.
#include <fmt/format.h>

#include "apps/parts/actions/part_service_structure.hpp"
#include "apps/parts/contents/file_extract.hpp"
#include "apps/parts/contents/file_records.hpp"
#include "cli/parts/parts_call.hpp"
#include "cli/terminal/json_output.hpp"
#include "cli/terminal/output.hpp"
#include "cli/terminal/table.hpp"

namespace sluice::cli {

using when_present = parts::file_records::when_present;

namespace {

parts::result<int> print_change(const parts_call& call, const parts::part& part, const std::string& what) {
    TRY_ASSIGN(const auto now, call.revision(part));
    TRY(write_output(fmt::format("{} v{}: {}\n", part.number, now.version, what)));
    return 0;
}

parts::result<int> attach_file(parts_call& call) {
    TRY_ASSIGN(const auto part, call.part());
    TRY_ASSIGN(auto git, call.project.open_git());
    auto manager = call.project.parts();
    parts::structure_management structure(call.database(), manager, call.project.time());
    const auto present = call.given.has("replace") ? when_present::replace : when_present::refuse;
    TRY_ASSIGN(const auto stored,
               structure.attach(git, part.number, call.given.text("FILE"), {.name = call.given.text("name")}, present));
    return print_change(call, part, stored.name);
}

parts::result<int> detach_file(parts_call& call) {
    TRY_ASSIGN(const auto part, call.part());
    TRY_ASSIGN(auto git, call.project.open_git());
    auto manager = call.project.parts();
    parts::structure_management structure(call.database(), manager, call.project.time());
    const auto name = call.given.text("NAME");
    TRY(structure.detach(git, part.number, name));
    return print_change(call, part, "without " + name);
}

parts::result<int> list_files(parts_call& call) {
    TRY_ASSIGN(const auto part, call.part());
    TRY_ASSIGN(const auto revision, call.revision(part));
    TRY_ASSIGN(const auto files, parts::list_files(call.database(), revision.revision_id));
    json_array document;
    table rows({{.header = "NAME"}, {.header = "BYTES", .alignment = align::right}, {.header = "SHA-256"}});
    for (const auto& each : files) {
        document.emplace_back(json_object{{"name", each.name}, {"size", each.size_bytes}, {"sha256", each.sha256}});
        rows.add({each.name, std::to_string(each.size_bytes), {each.sha256, meaning::dim}});
    }
    TRY(write_output(call.wants_json() ? json_text(document) : rows.is_empty() ? "" : rows.text(call.style)));
    return 0;
}

parts::result<int> extract_file(parts_call& call) {
    TRY_ASSIGN(const auto part, call.part());
    TRY_ASSIGN(const auto revision, call.revision(part));
    TRY_ASSIGN(auto git, call.project.open_git());
    parts::file_records files(call.database(), git);
    TRY_ASSIGN(const auto wanted, files.get(revision.revision_id, call.given.text("NAME")));
    if (call.given.text("output") == "-") {
        TRY(parts::check_content(git, wanted, [](std::span<const std::byte> piece) {
            return write_output({reinterpret_cast<const char*>(piece.data()), piece.size()});
        }));
        return 0;
    }
    const auto target = call.given.text("output", wanted.name);
    TRY(files.extract(revision.revision_id, wanted.name, target,
                      call.given.has("output") ? when_present::replace : when_present::refuse));
    return 0;
}

constexpr parts_action actions[] = {{.words = "attach", .run = attach_file, .need = parts_need::changing},
                                    {.words = "detach", .run = detach_file, .need = parts_need::changing},
                                    {.words = "files", .run = list_files},
                                    {.words = "extract", .run = extract_file}};

}  // namespace

std::span<const parts_action> file_actions() {
    return actions;
}

}  // namespace sluice::cli
