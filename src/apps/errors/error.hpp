// error.hpp - the error of the applications: a kind to decide by, a line for the user, and a hint.
//
// Problem: an application decides whether a file is gone or only busy, and whether a project exists already. SQLSTATEs
//          are made for clients of PostgreSQL and do not say this.
// Use:     if (is_released) { return fail(error_kind::wrong_state, "X-100 B is released", "revise it"); }
//          if (written.error().kind == error_kind::busy) { ... }
//          TRY(db.execute(...));    // a sqlite::error becomes one of kind storage
//          TRY(made.become(...));   // a sluice::error becomes one of the kind of its SQLSTATE, with its hint
// Rule:    an application reads no SQLSTATE; error.cpp is the only place that turns them into kinds.
// Threads: none; plain values.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

#include "base/core/result.hpp"
#include "sqlite/connection/error.hpp"

namespace sluice::apps {

enum class error_kind : std::uint8_t {
    invalid,      // a value or a file's content that can never be right
    not_found,    // a part, user, run, file ... that must exist
    exists,       // a part, user, file ... that must not exist
    wrong_state,  // released, obsolete, checked out, undone ...
    permission,   // the user's role does not allow it
    cycle,        // a part would contain itself
    conflict,     // another program has changed it
    busy,         // another process is writing it
    storage,      // the database failed, or a row of it is damaged
    git,
    io,  // the system refused: rights, disk, memory, descriptors, threads
};

struct error {
    error(error_kind what, std::string line, std::string advice = {})
        : kind(what), message(std::move(line)), hint(std::move(advice)) {}
    // NOLINTBEGIN(google-explicit-constructor): TRY passes on the errors of the database and of files
    error(sqlite::error cause) : kind(error_kind::storage), message(std::move(cause.message)) {}
    error(sluice::error cause);
    // NOLINTEND(google-explicit-constructor)

    error_kind kind;
    std::string message;  // one line
    std::string hint;     // a remedy; may be empty
};

template <typename T = void>
using result = sluice::result<T, error>;

[[nodiscard]] inline std::unexpected<error> fail(error_kind kind, std::string message, std::string hint = {}) {
    return std::unexpected(error(kind, std::move(message), std::move(hint)));
}

}  // namespace sluice::apps

// Each application uses these names as its own.
namespace sluice::jobs {
using apps::error, apps::error_kind, apps::fail, apps::result;
}  // namespace sluice::jobs
namespace sluice::parts {
using apps::error, apps::error_kind, apps::fail, apps::result;
}  // namespace sluice::parts
namespace sluice::tagger {
using apps::error, apps::error_kind, apps::fail, apps::result;
}  // namespace sluice::tagger
