#include "apps/parts/model/domain.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/text/ascii.hpp"

namespace sluice::parts {

namespace {

template <typename T>
struct named {
    T value;
    std::string_view text;
};

constexpr std::array roles{named{role::viewer, "Viewer"}, named{role::designer, "Designer"},
                           named{role::admin, "Admin"}};
constexpr std::array revision_statuses{
    named{revision_status::draft, "Draft"}, named{revision_status::in_review, "In Review"},
    named{revision_status::released, "Released"}, named{revision_status::obsolete, "Obsolete"}};
constexpr std::array approval_statuses{named{approval_status::pending, "Pending"},
                                       named{approval_status::approved, "Approved"},
                                       named{approval_status::rejected, "Rejected"}};
constexpr std::array manufacturer_statuses{
    named{manufacturer_status::active, "Active"}, named{manufacturer_status::preferred, "Preferred"},
    named{manufacturer_status::alternate, "Alternate"}, named{manufacturer_status::obsolete, "Obsolete"}};

template <typename T>
std::string_view text_of(std::span<const named<T>> names, T value) {
    return std::ranges::find(names, value, &named<T>::value)->text;
}

bool are_same(std::string_view one, std::string_view other) {
    return std::ranges::equal(one, other, {}, base::to_upper, base::to_upper);
}

template <typename T>
result<T> parse(std::span<const named<T>> names, std::string_view text, std::string_view what) {
    std::string all;
    for (const auto& each : names) {
        if (are_same(each.text, text)) {
            return each.value;
        }
        all.append(all.empty() ? "" : ", ").append(each.text);
    }
    return fail(error_kind::invalid, std::string(what) + " \"" + std::string(text) + "\" does not exist",
                "there are " + all);
}

// The database's CHECKs allow no other text.
template <typename T>
T value_of(std::span<const named<T>> names, std::string_view text) {
    const auto found = std::ranges::find(names, text, &named<T>::text);
    return found == names.end() ? T{} : found->value;
}

}  // namespace

std::string_view to_text(role value) {
    return text_of<role>(roles, value);
}

std::string_view to_text(revision_status value) {
    return text_of<revision_status>(revision_statuses, value);
}

std::string_view to_text(approval_status value) {
    return text_of<approval_status>(approval_statuses, value);
}

std::string_view to_text(manufacturer_status value) {
    return text_of<manufacturer_status>(manufacturer_statuses, value);
}

result<role> parse_role(std::string_view text) {
    return parse<role>(roles, text, "role");
}

result<revision_status> parse_revision_status(std::string_view text) {
    return parse<revision_status>(revision_statuses, text, "status");
}

result<manufacturer_status> parse_manufacturer_status(std::string_view text) {
    return parse<manufacturer_status>(manufacturer_statuses, text, "status");
}

result<category_code> parse_category(std::string_view text) {
    const std::string code = base::upper_case(text);
    const std::string_view subcategory = code.size() == 2
                                             ? std::string_view("GEN")
                                             : std::string_view(code).substr(std::min<std::size_t>(3, code.size()));
    const bool has_shape = code.size() == 2 || (code.size() == 6 && code[2] == '-');
    const bool has_letters =
        has_shape && base::is_upper(code[0]) && base::is_upper(code[1]) &&
        std::ranges::all_of(subcategory, [](char each) { return base::is_upper(each) || base::is_digit(each); });
    if (!has_letters) {
        return fail(error_kind::invalid,
                    "category \"" + std::string(text) + "\" is not two letters, -, three letters or digits",
                    "for example EL-RES");
    }
    return category_code{.category = code.substr(0, 2), .subcategory = std::string(subcategory)};
}

result<std::string> parse_number(std::string_view text) {
    std::string number = base::upper_case(text);
    const bool is_long = number.size() >= 12 && number.size() <= 20 && number[6] == '-';
    if (!is_long || number[2] != '-' || !parse_category(std::string_view(number).substr(0, 6)) ||
        !std::ranges::all_of(std::string_view(number).substr(7), base::is_digit) || number[7] == '0') {
        return fail(error_kind::invalid, "\"" + std::string(text) + "\" is not a part number",
                    "for example EL-RES-10000");
    }
    return number;
}

user user::from_row(const sqlite::row& from) {
    return {.username = from.get<std::string>(0),
            .full_name = from.get<std::string>(1),
            .email = from.get<std::string>(2),
            .rights = value_of<role>(roles, from.get<std::string_view>(3)),
            .is_active = from.get<bool>(4)};
}

part part::from_row(const sqlite::row& from) {
    return {.part_id = from.get<std::int64_t>(0),
            .number = from.get<std::string>(1),
            .category = from.get<std::string>(2),
            .subcategory = from.get<std::string>(3),
            .name = from.get<std::string>(4),
            .description = from.get<std::string>(5),
            .created_by = from.get<std::string>(6),
            .created_date = from.get<std::int64_t>(7),
            .modified_date = from.get<std::int64_t>(8)};
}

revision revision::from_row(const sqlite::row& from) {
    return {.revision_id = from.get<std::int64_t>(0),
            .part_id = from.get<std::int64_t>(1),
            .version = from.get<std::int64_t>(2),
            .status = value_of<revision_status>(revision_statuses, from.get<std::string_view>(3)),
            .workflow_state = from.get<std::string>(4),
            .name = from.get<std::string>(5),
            .description = from.get<std::string>(6),
            .author = from.get<std::string>(7),
            .review_round = from.get<std::int64_t>(8),
            .created_date = from.get<std::int64_t>(9),
            .submitted_date = from.get<std::optional<std::int64_t>>(10),
            .released_date = from.get<std::optional<std::int64_t>>(11),
            .obsoleted_date = from.get<std::optional<std::int64_t>>(12),
            .commit_hash = from.get<std::optional<std::string>>(13)};
}

approval approval::from_row(const sqlite::row& from) {
    return {.revision_id = from.get<std::int64_t>(0),
            .review_round = from.get<std::int64_t>(1),
            .approver = from.get<std::string>(2),
            .status = value_of<approval_status>(approval_statuses, from.get<std::string_view>(3)),
            .comment = from.get<std::string>(4),
            .date = from.get<std::optional<std::int64_t>>(5)};
}

attached_file attached_file::from_row(const sqlite::row& from) {
    return {.name = from.get<std::string>(0),
            .size_bytes = from.get<std::int64_t>(1),
            .sha256 = from.get<std::string>(2),
            .blob = from.get<std::string>(3)};
}

manufacturer_part manufacturer_part::from_row(const sqlite::row& from) {
    return {.part_id = from.get<std::int64_t>(0),
            .manufacturer = from.get<std::string>(1),
            .mpn = from.get<std::string>(2),
            .status = value_of<manufacturer_status>(manufacturer_statuses, from.get<std::string_view>(3)),
            .description = from.get<std::string>(4)};
}

relationship relationship::from_row(const sqlite::row& from) {
    return {.parent_revision_id = from.get<std::int64_t>(0),
            .child_part_id = from.get<std::int64_t>(1),
            .quantity = from.get<double>(2),
            .reference = from.get<std::string>(3),
            .note = from.get<std::string>(4)};
}

history_event history_event::from_row(const sqlite::row& from) {
    return {.date = from.get<std::int64_t>(0),
            .username = from.get<std::string>(1),
            .action = from.get<std::string>(2),
            .part_id = from.get<std::optional<std::int64_t>>(3),
            .revision_id = from.get<std::optional<std::int64_t>>(4),
            .detail = from.get<std::string>(5)};
}

}  // namespace sluice::parts
