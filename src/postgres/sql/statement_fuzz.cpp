// Any statement is classified or refused with an error whose position lies in the text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/core/assert.hpp"
#include "postgres/sql/statement.hpp"

using namespace sluice::postgres;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const sluice::result<statement> found = classify(text);
    if (!found) {
        SLUICE_ASSERT(!found.error().message.empty());
        SLUICE_ASSERT(found.error().position >= 0);
        SLUICE_ASSERT(static_cast<std::size_t>(found.error().position) <= size + 1);
        return 0;
    }
    SLUICE_ASSERT((found->kind == statement_kind::empty) == found->tag.empty());
    SLUICE_ASSERT(command_tag(*found, 1).size() >= found->tag.size());
    if (const auto* copy = std::get_if<copy_command>(&found->command)) {
        SLUICE_ASSERT(found->kind == statement_kind::copy);
        SLUICE_ASSERT(copy->table.empty() || copy->query.empty());
    }
    if (const auto* declared = std::get_if<declare_cursor_command>(&found->command)) {
        SLUICE_ASSERT(text.ends_with(declared->query) && !declared->query.empty());
    }
    return 0;
}
