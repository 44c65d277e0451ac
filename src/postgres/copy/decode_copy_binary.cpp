// COPY's binary format: a header, rows of counted fields with their lengths, a trailer.
#include <utility>

#include "postgres/copy/decode_copy_lines.hpp"
#include "postgres/parse/decode_error.hpp"

namespace sluice::postgres {
namespace {

constexpr std::string_view signature("PGCOPY\n\xff\r\n\0", 11);
constexpr std::size_t flags_end = signature.size() + 4;
constexpr std::size_t header_bytes = flags_end + 4;
constexpr std::uint32_t flag_oids = 1U << 16U;
constexpr std::uint32_t critical_flags = 0xffff0000U;
constexpr std::int16_t trailer = -1;

class binary_tokenizer final : public copy_tokenizer {
  public:
    explicit binary_tokenizer(copy_layout layout) : layout_(std::move(layout)) {}

    result<> read(std::string_view& bytes, copy_rows& rows) override {
        rows.clear();
        rows.set_not_plain();
        if (!pending_.empty()) {
            TRY(read_cut(bytes, rows));
        }
        while (!bytes.empty() && !rows.full()) {
            TRY_ASSIGN(const std::size_t used, read_item(bytes, rows));
            if (used == 0) {
                return keep(std::exchange(bytes, {}));
            }
            bytes.remove_prefix(used);
        }
        return {};
    }

    result<> finish(copy_rows& rows) override {
        rows.clear();
        if (!header_read_) {
            return fail_header(pending_.size() < signature.size() ? "COPY file signature not recognized"
                               : pending_.size() < flags_end      ? "invalid COPY file header (missing flags)"
                               : pending_.size() < header_bytes   ? "invalid COPY file header (missing length)"
                                                                  : "invalid COPY file header (wrong length)");
        }
        // The trailer may be missing, as in PostgreSQL.
        if (pending_.empty()) {
            return {};
        }
        auto failure = fail_row("unexpected EOF in COPY data");
        if (pending_.size() > sizeof(std::int16_t)) {
            failure.error().context = copy_column_context(layout_.relation, rows_read_ + 1, layout_.columns[column_]);
        }
        return failure;
    }

  private:
    // Reads the header, row or trailer at the front of `bytes` and returns its size; 0 when needed_ bytes are needed
    // first.
    result<std::size_t> read_item(std::string_view bytes, copy_rows& rows) {
        if (!header_read_) {
            return read_header(bytes);
        }
        if (ended_) {
            return fail_row("received copy data after EOF marker");
        }
        return read_row(bytes, rows);
    }

    result<std::size_t> read_header(std::string_view bytes) {
        if (!signature.starts_with(bytes.substr(0, signature.size()))) {
            return fail_header("COPY file signature not recognized");
        }
        if (bytes.size() < header_bytes) {
            needed_ = bytes.size() < signature.size() ? signature.size() : header_bytes;
            return 0;
        }
        const auto flags = read_be<std::uint32_t>(bytes, signature.size());
        if ((flags & flag_oids) != 0) {
            return fail_header("invalid COPY file header (WITH OIDS)");
        }
        if ((flags & critical_flags) != 0) {
            return fail_header("unrecognized critical flags in COPY file header");
        }
        const auto extension = read_be<std::int32_t>(bytes, flags_end);
        if (extension < 0) {
            return fail_header("invalid COPY file header (missing length)");
        }
        const std::size_t whole = header_bytes + static_cast<std::size_t>(extension);
        if (bytes.size() < whole) {
            needed_ = whole;
            return 0;
        }
        header_read_ = true;
        return whole;
    }

    result<std::size_t> read_row(std::string_view bytes, copy_rows& rows) {
        if (bytes.size() < sizeof(std::int16_t)) {
            needed_ = sizeof(std::int16_t);
            return 0;
        }
        const auto count = read_be<std::int16_t>(bytes);
        if (count == trailer) {
            ended_ = true;
            return sizeof count;
        }
        if (count < 0 || static_cast<std::size_t>(count) != layout_.columns.size()) {
            return fail_row("row field count is " + std::to_string(count) + ", expected " +
                            std::to_string(layout_.columns.size()));
        }
        copy_field* const fields = rows.next_row();
        std::size_t at = sizeof count;
        for (std::size_t column = 0; column < layout_.columns.size(); ++column) {
            column_ = column;
            if (bytes.size() - at < sizeof(std::int32_t)) {
                needed_ = at + sizeof(std::int32_t);
                return 0;
            }
            const auto length = read_be<std::int32_t>(bytes, at);
            at += sizeof length;
            if (length == -1) {
                fields[column] = {};
                continue;
            }
            if (length < 0) {
                auto failure = fail_row("invalid field size");
                failure.error().context =
                    copy_column_context(layout_.relation, rows_read_ + 1, layout_.columns[column]);
                return failure;
            }
            const auto size = static_cast<std::size_t>(length);
            if (bytes.size() - at < size) {
                needed_ = at + size;
                return 0;
            }
            fields[column] = {.data = bytes.data() + at, .size = size};
            at += size;
        }
        rows.commit_row(++rows_read_);
        return at;
    }

    // Goes on with the pending item: takes the bytes that the next step needs, until it is complete.
    result<> read_cut(std::string_view& bytes, copy_rows& rows) {
        while (!bytes.empty()) {
            const std::size_t missing = needed_ > pending_.size() ? needed_ - pending_.size() : 1;
            const std::string_view more = bytes.substr(0, missing);
            bytes.remove_prefix(more.size());
            TRY(keep(more));
            if (pending_.size() < needed_) {
                return {};
            }
            joined_.clear();
            joined_.swap(pending_);
            TRY_ASSIGN(const std::size_t used, read_item(joined_, rows));
            if (used == joined_.size()) {
                return {};
            }
            joined_.swap(pending_);
            TRY(keep({}));  // the bytes needed now may exceed the limit
        }
        return {};
    }

    result<> keep(std::string_view bytes) {
        if (bytes.size() > layout_.row_bytes_max - pending_.size() || needed_ > layout_.row_bytes_max) {
            return fail(copy_row_too_long(layout_, rows_read_ + 1));
        }
        pending_.append(bytes);
        return {};
    }

    static std::unexpected<error> fail_header(std::string message) {
        return fail(sqlstates::bad_copy_file_format, std::move(message));
    }
    [[nodiscard]] std::unexpected<error> fail_row(std::string message) const {
        return fail(error{.code = sqlstates::bad_copy_file_format,
                          .message = std::move(message),
                          .context = copy_context(layout_.relation, rows_read_ + 1)});
    }

    copy_layout layout_;
    bool header_read_ = false;
    bool ended_ = false;
    std::uint64_t rows_read_ = 0;
    std::size_t column_ = 0;  // the column being read
    std::size_t needed_ = 0;  // size of the pending item, as far as it is known
    std::string pending_;     // the front of an incomplete item
    std::string joined_;      // the joined row that the rows of the last call point into
};

}  // namespace

std::unique_ptr<copy_tokenizer> make_copy_binary_tokenizer(copy_layout layout) {
    return std::make_unique<binary_tokenizer>(std::move(layout));
}

}  // namespace sluice::postgres
