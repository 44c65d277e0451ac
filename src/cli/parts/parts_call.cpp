#include "cli/parts/parts_call.hpp"

#include <charconv>
#include <cstdlib>
#include <fmt/format.h>
#include <limits>
#include <pwd.h>
#include <unistd.h>

#include "apps/parts/contents/part_records.hpp"
#include "apps/parts/contents/revision_records.hpp"

namespace sluice::cli {

using parts::error_kind;

parts::result<std::optional<std::int64_t>> parts_call::integer(std::string_view option, std::int64_t min) const {
    if (!given.has(option)) {
        return std::nullopt;
    }
    const auto text = given.text(option);
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size() || value < min) {
        return parts::fail(error_kind::invalid, fmt::format("--{} cannot be \"{}\"", option, text),
                           fmt::format("it is a whole number from {}", min));
    }
    return value;
}

parts::result<std::int64_t> parts_call::limit() const {
    TRY_ASSIGN(const auto wanted, integer("limit", 0));
    const auto count = wanted.value_or(100);
    return count == 0 ? std::numeric_limits<std::int64_t>::max() : count;
}

parts::result<parts::part> parts_call::part(std::string_view argument) const {
    return parts::part_records(database()).get(given.text(argument));
}

parts::result<parts::revision> parts_call::revision(const parts::part& of) const {
    parts::revision_records revisions(database());
    TRY_ASSIGN(const auto wanted, integer("revision", 1));
    if (wanted) {
        return revisions.get(of.part_id, *wanted);
    }
    return revisions.get_current(of.part_id);
}

parts::result<login> who_is_asking(const parsed_command& given) {
    login who;
    const auto* entry = ::getpwuid(::geteuid());
    if (entry != nullptr) {
        who.username = entry->pw_name;
        const std::string_view details(entry->pw_gecos == nullptr ? "" : entry->pw_gecos);
        who.full_name = details.substr(0, details.find(','));
    } else if (const char* name = std::getenv("USER"); name != nullptr) {
        who.username = name;
    }
    const char* other = std::getenv("SLUICE_PARTS_USER");
    const auto chosen = given.text("user", other == nullptr ? "" : other);
    if (!chosen.empty() && chosen != who.username) {
        who = {.username = chosen, .full_name = ""};
    }
    if (who.username.empty()) {
        return parts::fail(error_kind::invalid, "the system does not know your name", "say --user NAME");
    }
    return who;
}

}  // namespace sluice::cli
