// PostgreSQL 15 manual: session information (9.26), comparison functions (9.2), UUIDs (9.14) and others.
#include <array>

#include "engines/duckdb/writer/function_texts.hpp"

namespace sluice::duckdb {
namespace {

constexpr auto texts = std::to_array<function_text>({
    {"gen_random_uuid()", "uuid()"},
    {"num_nulls(any)", "sluice_num_nulls([$*])"},
    {"num_nonnulls(any)", "sluice_num_nonnulls([$*])"},
    {"boolin(cstring)", "$1"},
});

}  // namespace

std::span<const function_text> other_texts() {
    return texts;
}

}  // namespace sluice::duckdb
