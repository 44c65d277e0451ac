#include "apps/errors/error.hpp"

#include <algorithm>

namespace sluice::apps {

namespace {

struct code_row {
    sqlstate code;
    error_kind kind;
};

// The codes of base/os; all others are about a value or a file's content.
constexpr code_row codes[] = {
    {sqlstates::undefined_file, error_kind::not_found},
    {sqlstates::duplicate_file, error_kind::exists},
    {sqlstates::lock_not_available, error_kind::busy},
    {sqlstates::insufficient_privilege, error_kind::io},
    {sqlstates::disk_full, error_kind::io},
    {sqlstates::insufficient_resources, error_kind::io},
    {sqlstates::out_of_memory, error_kind::io},
    {sqlstates::io_error, error_kind::io},
};

error_kind kind_of(const sqlstate& code) {
    const auto* const found = std::ranges::find(codes, code, &code_row::code);
    return found == std::end(codes) ? error_kind::invalid : found->kind;
}

}  // namespace

error::error(sluice::error cause)
    : kind(kind_of(cause.code)), message(std::move(cause.message)), hint(std::move(cause.hint)) {}

}  // namespace sluice::apps
