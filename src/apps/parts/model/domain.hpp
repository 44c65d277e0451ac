// domain.hpp - the rows of a parts project: parts, revisions, users and so on.
//
// Shapes:  dates are milliseconds since 1970 in UTC; versions count from 1; a number is CC-SSS-nnnnn.
// Threads: none; plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/errors/error.hpp"
#include "sqlite/connection/statement.hpp"

namespace sluice::parts {

enum class role : std::uint8_t { viewer, designer, admin };
enum class revision_status : std::uint8_t { draft, in_review, released, obsolete };
enum class approval_status : std::uint8_t { pending, approved, rejected };
enum class manufacturer_status : std::uint8_t { active, preferred, alternate, obsolete };

// The texts of the database: "Designer", "In Review".
[[nodiscard]] std::string_view to_text(role value);
[[nodiscard]] std::string_view to_text(revision_status value);
[[nodiscard]] std::string_view to_text(approval_status value);
[[nodiscard]] std::string_view to_text(manufacturer_status value);
// In any case; the error `invalid` lists the known texts.
result<role> parse_role(std::string_view text);
result<revision_status> parse_revision_status(std::string_view text);
result<manufacturer_status> parse_manufacturer_status(std::string_view text);

// "EL-RES", or "EL" alone, which is EL-GEN; in any case.
struct category_code {
    std::string category;
    std::string subcategory;
    friend bool operator==(const category_code&, const category_code&) = default;
};
result<category_code> parse_category(std::string_view text);
// Reads "EL-RES-10000", in any case; returns it in upper case, or `invalid`.
result<std::string> parse_number(std::string_view text);

struct user {
    std::string username;
    std::string full_name;
    std::string email;
    role rights = role::viewer;
    bool is_active = true;

    static user from_row(const sqlite::row& from);
};

struct part {
    std::int64_t part_id = 0;
    std::string number;
    std::string category;
    std::string subcategory;
    std::string name;
    std::string description;
    std::string created_by;
    std::int64_t created_date = 0;
    std::int64_t modified_date = 0;

    static constexpr std::string_view columns =
        "part_id, number, category, subcategory, name, description, created_by, created_date, modified_date";
    static part from_row(const sqlite::row& from);
};

struct revision {
    std::int64_t revision_id = 0;
    std::int64_t part_id = 0;
    std::int64_t version = 0;
    revision_status status = revision_status::draft;
    std::string workflow_state;
    std::string name;
    std::string description;
    std::string author;
    std::int64_t review_round = 0;
    std::int64_t created_date = 0;
    std::optional<std::int64_t> submitted_date;
    std::optional<std::int64_t> released_date;
    std::optional<std::int64_t> obsoleted_date;
    std::optional<std::string> commit_hash;

    static constexpr std::string_view columns =
        "revision_id, part_id, version, status, workflow_state, name, description, author, review_round, created_date, "
        "submitted_date, released_date, obsoleted_date, commit_hash";
    static revision from_row(const sqlite::row& from);
};

struct approval {
    std::int64_t revision_id = 0;
    std::int64_t review_round = 0;
    std::string approver;
    approval_status status = approval_status::pending;
    std::string comment;
    std::optional<std::int64_t> date;

    static constexpr std::string_view columns = "revision_id, review_round, approver, status, comment, date";
    static approval from_row(const sqlite::row& from);
};

struct attached_file {
    std::string name;
    std::int64_t size_bytes = 0;
    std::string sha256;
    std::string blob;  // object id in git

    static constexpr std::string_view columns = "name, size_bytes, sha256, blob";
    static attached_file from_row(const sqlite::row& from);
};

struct manufacturer_part {
    std::int64_t part_id = 0;
    std::string manufacturer;
    std::string mpn;
    manufacturer_status status = manufacturer_status::active;
    std::string description;

    static constexpr std::string_view columns = "part_id, manufacturer, mpn, status, description";
    static manufacturer_part from_row(const sqlite::row& from);
};

// A line of a revision's bill of materials.
struct relationship {
    std::int64_t parent_revision_id = 0;
    std::int64_t child_part_id = 0;
    double quantity = 1;
    std::string reference;
    std::string note;

    static constexpr std::string_view columns = "parent_revision_id, child_part_id, quantity, reference, note";
    static relationship from_row(const sqlite::row& from);
};

struct history_event {
    std::int64_t date = 0;
    std::string username;
    std::string action;
    std::optional<std::int64_t> part_id;
    std::optional<std::int64_t> revision_id;
    std::string detail;

    static constexpr std::string_view columns = "date, username, action, part_id, revision_id, detail";
    static history_event from_row(const sqlite::row& from);
};

}  // namespace sluice::parts
