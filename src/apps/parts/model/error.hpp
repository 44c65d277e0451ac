// error.hpp - errors of a parts project: a kind, a line that a user understands, and a hint.
//
// Use:     if (is_released) { return fail(error_kind::wrong_state, "X-100 B is released", "revise it"); }
//          TRY(db.execute(...));   // a sqlite::error becomes one of kind storage, with its details
//          TRY(made.become(...));   // a sluice::error of files becomes exists, io or invalid, with its hint
// Threads: none; plain values.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/core/result.hpp"
#include "sqlite/connection/error.hpp"

namespace sluice::parts {

enum class error_kind : std::uint8_t {
    invalid,      // a value that can never be right
    not_found,    // a part, user, category ... that must exist
    exists,       // a part, user, category ... that must not exist
    wrong_state,  // released, obsolete, checked out ...
    permission,
    cycle,     // a part would contain itself
    conflict,  // another process changed it first
    storage,   // the database failed; see `storage`
    git,
    io,
};

struct error {
    error(error_kind what, std::string line, std::string advice = {})
        : kind(what), message(std::move(line)), hint(std::move(advice)) {}
    // NOLINTBEGIN(google-explicit-constructor): TRY passes the errors of store and files on
    error(sqlite::error cause) : kind(error_kind::storage), message(cause.message), storage(std::move(cause)) {}
    error(sluice::error cause)
        : kind(kind_of(cause.code)), message(std::move(cause.message)), hint(std::move(cause.hint)) {}
    // NOLINTEND(google-explicit-constructor)

    error_kind kind;
    std::string message;  // one line
    std::string hint;     // a remedy; may be empty
    std::optional<sqlite::error> storage;

  private:
    // The kind of an error of the file system or of a file's content.
    [[nodiscard]] static error_kind kind_of(const sqlstate& code) {
        const auto of_system = [&](std::string_view group) { return code.view().starts_with(group); };
        if (code == sqlstates::duplicate_file) {
            return error_kind::exists;
        }
        return of_system("58") || of_system("53") || code == sqlstates::insufficient_privilege ? error_kind::io
                                                                                               : error_kind::invalid;
    }
};

template <typename T = void>
using result = sluice::result<T, error>;

[[nodiscard]] inline std::unexpected<error> fail(error_kind kind, std::string message, std::string hint = {}) {
    return std::unexpected<error>(error(kind, std::move(message), std::move(hint)));
}

}  // namespace sluice::parts
