// show.hpp - one part on one page, and the colours of statuses.
//
// Use:     {.words = "show", .run = show_part}   cell{"Released", meaning_of(status)}
// Threads: one.
#pragma once

#include "cli/parts/parts_call.hpp"

namespace sluice::cli {

parts::result<int> show_part(parts_call& call);

[[nodiscard]] constexpr meaning meaning_of(parts::revision_status status) {
    switch (status) {
        case parts::revision_status::draft:
            return meaning::plain;
        case parts::revision_status::in_review:
            return meaning::warning;
        case parts::revision_status::released:
            return meaning::good;
        case parts::revision_status::obsolete:
            return meaning::dim;
    }
    return meaning::plain;
}

}  // namespace sluice::cli
