// text_rules.hpp - rules for texts of users: well-formed, bounded, without hidden characters.
//
// Use:     TRY(check_text(name, part_name_rule));
// Rule:    UTF-8 by RFC 3629; no control characters, except tab and line feed where a text has lines; neither empty
//          nor longer than the rule allows. A one-line text neither begins nor ends with a space.
// Threads: none; plain functions.
// Errors:  invalid, which names the field and the limit.
#pragma once

#include <cstddef>
#include <string_view>

#include "apps/errors/error.hpp"

namespace sluice::parts {

struct text_rule {
    std::string_view field;
    std::size_t characters_max = 0;
    bool may_be_empty = false;
    bool has_lines = false;
};

inline constexpr text_rule part_name_rule{.field = "name", .characters_max = 200};
inline constexpr text_rule description_rule{
    .field = "description", .characters_max = 10'000, .may_be_empty = true, .has_lines = true};
inline constexpr text_rule comment_rule{
    .field = "comment", .characters_max = 10'000, .may_be_empty = true, .has_lines = true};
inline constexpr text_rule property_key_rule{.field = "property key", .characters_max = 100};
inline constexpr text_rule property_value_rule{
    .field = "property value", .characters_max = 10'000, .may_be_empty = true, .has_lines = true};
inline constexpr text_rule file_name_rule{.field = "file name", .characters_max = 200};
inline constexpr text_rule category_name_rule{.field = "category name", .characters_max = 200};
inline constexpr text_rule workflow_name_rule{.field = "workflow name", .characters_max = 100};
inline constexpr text_rule state_rule{.field = "workflow state", .characters_max = 100};
inline constexpr text_rule project_name_rule{.field = "project name", .characters_max = 200};
inline constexpr text_rule full_name_rule{.field = "full name", .characters_max = 200};

result<> check_text(std::string_view text, const text_rule& rule);
// 1 to 64 letters, digits, ".", "_", "-", "@".
result<> check_username(std::string_view text);
// Text on both sides of one "@", without characters that git refuses; at most 200 characters.
result<> check_email(std::string_view text);

}  // namespace sluice::parts
