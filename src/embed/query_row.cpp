#include "embed/query_row.hpp"

#include "base/core/assert.hpp"
#include "postgres/wire/message_reader.hpp"

namespace sluice::embed {

result<row> row::parse(std::string_view body) {
    row made;
    postgres::message_reader fields(body);
    TRY_ASSIGN(const auto count, fields.uint16());
    made.places_.reserve(fields.entries_max(count, sizeof(std::int32_t)));
    for (std::size_t i = 0; i < count; ++i) {
        TRY_ASSIGN(const auto size_bytes, fields.int32());
        const std::size_t start = body.size() - fields.left_bytes();
        if (size_bytes > 0) {
            TRY(fields.bytes(static_cast<std::size_t>(size_bytes)));
        }
        made.places_.push_back({.start = static_cast<std::uint32_t>(start), .size_bytes = size_bytes});
    }
    TRY(fields.end());
    made.body_ = body;
    return made;
}

bool row::is_null(std::size_t column) const {
    SLUICE_ASSERT(column < places_.size());
    return places_[column].size_bytes < 0;
}

std::string_view row::text(std::size_t column) const {
    if (is_null(column)) {
        return {};
    }
    const place at = places_[column];
    return std::string_view(body_).substr(at.start, static_cast<std::size_t>(at.size_bytes));
}

result<std::string_view> row::value_at(std::size_t column) const {
    if (column >= places_.size()) {
        return fail(sqlstates::undefined_column,
                    "there is no column " + std::to_string(column) + ": the row has " + std::to_string(places_.size()));
    }
    if (is_null(column)) {
        return fail(error{.code = sqlstate("22004"),
                          .message = "column " + std::to_string(column) + " is NULL",
                          .hint = "get<std::optional<T>> takes NULL, too."});
    }
    return text(column);
}

error row::with_column(error cause, std::size_t column) {
    cause.message = "column " + std::to_string(column) + ": " + cause.message;
    return cause;
}

}  // namespace sluice::embed
