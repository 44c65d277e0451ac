// consistency.hpp - checks that database and git of a project agree, and that each is sound.
//
// Use:     TRY_ASSIGN(const auto findings, check(project));   for (each) print to_text(each.level), each.number, each.what
// Checks:  the file and its foreign keys; numbers without gaps; a part's name is its newest revision's; nothing waits for
//          git. Of each revision: Draft: its branch, with the content that git_payload gives; In Review: the branch for it
//          at the same commit; Released, Obsolete: its tag and no branch. main has of each part the newest released
//          version (or the newest obsolete one), and nothing else. No branch or tag of the kind that the database does
//          not know. Each attached file's blob is there.
//          deep: also the content of all tags, and the SHA-256 of all files.
// Again:   it brings changes to git first. If others work on the project meanwhile, a finding may be temporary: it
//          then checks again, up to attempts_max times, and reports only the last findings.
// Cost:    20,000 released parts take seconds; memory grows with the number of revisions.
// Threads: any; not inside a transaction.
// Errors:  storage, if the database cannot be read. A fault of git is a finding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/parts/project/project.hpp"

namespace sluice::parts {

enum class severity : std::uint8_t { warning, error };

struct finding {
    severity level = severity::error;
    std::string what;    // one line
    std::string number;  // number of the part; empty: the project
};

struct check_options {
    bool deep = false;
    int attempts_max = 3;
};

result<std::vector<finding>> check(project& checked, const check_options& options = {});
[[nodiscard]] std::string_view to_text(severity level);

}  // namespace sluice::parts
