// Any text is translated, to a text of bounded size; a text that needs no translation stays unchanged.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/assert.hpp"
#include "engines/duckdb/dialect/translate.hpp"

using namespace sluice::duckdb;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    session_facts session{
        .version_text = "PostgreSQL 15.0",
        .user = "u",
        .process_id = 1,
        .setting = [](std::string_view) { return std::optional<std::string>("x"); },
        .changes = {},
    };
    const std::string both = translate(text, {.session = &session});
    SLUICE_ASSERT(both.size() <= size * 64 + 40'000'000);
    static_cast<void>(translate(both, {.session = &session}));
    static_cast<void>(translate(text, {.binary_ctid = true}));
    SLUICE_ASSERT(translate(text, {.session = &session, .postgres_operators = true, .names_rows = true}).size() <=
                  size * 64 + 40'000'000);
    return 0;
}
