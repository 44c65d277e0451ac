#include "engines/duckdb/rows/constant_query.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

#include "postgres/lex/token_cursor.hpp"
#include "postgres/types/types.hpp"

namespace sluice::duckdb {
namespace {

using postgres::token;
using postgres::token_cursor;
using postgres::token_kind;
namespace type_oids = postgres::type_oids;

constexpr std::size_t name_bytes_max = 63;
constexpr std::size_t columns_max = 1664;  // MaxTupleAttributeNumber
constexpr std::size_t text_bytes_max = 4096;

struct constant {
    backend::oid type = type_oids::text;
    std::optional<std::string> value;
};

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char each) { return each > 0; });
}

std::optional<constant> read_integer(token_cursor& cursor) {
    token number = cursor.peek();
    if (cursor.at_symbol("-") || cursor.at_symbol("+")) {
        number = cursor.peek_second();
    }
    const auto value = number.kind == token_kind::number ? cursor.expect_integer() : result<std::int64_t>(0);
    const bool has_junk = cursor.peek().offset_bytes == number.end_bytes() && cursor.at_name();  // 1a
    if (number.kind != token_kind::number || !value || has_junk) {
        return std::nullopt;
    }
    using int4 = std::numeric_limits<std::int32_t>;
    const bool small = *value >= int4::min() && *value <= int4::max();
    return constant{.type = small ? type_oids::int4 : type_oids::int8, .value = std::to_string(*value)};
}

std::optional<constant> read_constant(token_cursor& cursor) {
    const token& first = cursor.peek();
    if (first.kind == token_kind::string && first.text.starts_with('\'') && first.terminated && is_ascii(first.text)) {
        auto value = cursor.expect_string();
        return value ? std::optional(constant{.value = *std::move(value)}) : std::nullopt;
    }
    if (cursor.accept_word("null")) {
        return constant{};
    }
    for (const auto& [word, value] : {std::pair{"true", "t"}, std::pair{"false", "f"}}) {
        if (cursor.accept_word(word)) {
            return constant{.type = type_oids::boolean, .value = value};
        }
    }
    return read_integer(cursor);
}

std::optional<std::string> read_label(token_cursor& cursor) {
    if (!cursor.accept_word("as")) {
        return "?column?";
    }
    const token& label = cursor.peek();
    const bool plain = label.kind == token_kind::word || (label.kind == token_kind::quoted_name && label.terminated);
    if (!plain || !is_ascii(label.text)) {
        return std::nullopt;
    }
    auto name = cursor.expect_folded_name();
    const bool fits = name && !name->empty() && name->size() <= name_bytes_max;
    return fits ? std::optional(*std::move(name)) : std::nullopt;
}

void append_binary(base::byte_buffer& out, backend::oid type, std::string_view value) {
    std::int64_t number = 0;
    (void)std::from_chars(value.data(), value.data() + value.size(), number);
    switch (type) {
        case type_oids::int4:
            out.append_be32(4);
            out.append_be32(static_cast<std::uint32_t>(number));
            return;
        case type_oids::int8:
            out.append_be32(8);
            out.append_be64(static_cast<std::uint64_t>(number));
            return;
        case type_oids::boolean:
            out.append_be32(1);
            out.append_byte(value == "t" ? '\1' : '\0');
            return;
        default:
            out.append_be32(static_cast<std::uint32_t>(value.size()));
            out.append(value);
    }
}

}  // namespace

std::shared_ptr<constant_query> constant_query::read(const postgres::lexed_text& sql) {
    if (sql.text().size() > text_bytes_max) {
        return nullptr;
    }
    token_cursor cursor(sql);
    if (!cursor.accept_word("select")) {
        return nullptr;
    }
    auto made = std::make_shared<constant_query>();
    do {
        auto value = read_constant(cursor);
        auto label = value ? read_label(cursor) : std::nullopt;
        if (!label || made->columns_.size() == columns_max) {
            return nullptr;
        }
        const auto* const type = postgres::find_type(value->type);
        made->columns_.push_back({.name = *std::move(label), .type = value->type, .type_size_bytes = type->size_bytes});
        made->values_.push_back(std::move(value->value));
    } while (cursor.accept_symbol(","));
    if (!cursor.expect_end()) {
        return nullptr;
    }
    made->sql_ = sql.text();
    return made;
}

void constant_query::write_row(std::span<const backend::wire_format> formats, base::byte_buffer& row) const {
    const std::size_t start = row.size();
    row.append_byte('D');
    row.append_be32(0);
    row.append_be16(static_cast<std::uint16_t>(values_.size()));
    for (std::size_t i = 0; i < values_.size(); ++i) {
        const auto format = formats.empty() ? backend::wire_format::text : formats[formats.size() == 1 ? 0 : i];
        const auto& value = values_[i];
        if (!value) {
            row.append_be32(std::numeric_limits<std::uint32_t>::max());
        } else if (format == backend::wire_format::binary) {
            append_binary(row, columns_[i].type, *value);
        } else {
            row.append_be32(static_cast<std::uint32_t>(value->size()));
            row.append(*value);
        }
    }
    row.put_be32(start + 1, static_cast<std::uint32_t>(row.size() - start - 1));
}

result<backend::fetched> constant_rows::next(base::byte_buffer& out, backend::fetch_limit limit) {
    const bool reads = !read_ && limit.rows_max > 0;
    if (reads) {
        query_->write_row(formats_, out);
        read_ = true;
    }
    return backend::fetched{.rows = reads ? 1U : 0U, .finished = read_};
}

}  // namespace sluice::duckdb
