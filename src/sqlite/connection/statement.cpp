#include "sqlite/connection/statement.hpp"

#include <sqlite3.h>

#include "sqlite/connection/connection.hpp"
#include "sqlite/connection/statement_cache.hpp"

namespace sluice::sqlite {

// ---- row

int row::size() const {
    return sqlite3_column_count(handle_);
}

bool row::is_null(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::string_view row::name(int column) const {
    const char* text = sqlite3_column_name(handle_, column);
    return text == nullptr ? std::string_view{} : text;
}

std::int64_t row::read_integer(int column) const {
    if (sqlite3_column_type(handle_, column) != SQLITE_INTEGER) {
        note_mismatch(column, "an integer");
        return 0;
    }
    return sqlite3_column_int64(handle_, column);
}

double row::read_real(int column) const {
    const int type = sqlite3_column_type(handle_, column);
    if (type != SQLITE_FLOAT && type != SQLITE_INTEGER) {
        note_mismatch(column, "a number");
        return 0;
    }
    return sqlite3_column_double(handle_, column);
}

std::string_view row::read_text(int column) const {
    if (sqlite3_column_type(handle_, column) != SQLITE_TEXT) {
        note_mismatch(column, "a text");
        return {};
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): SQLite's text is unsigned char
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

bytes_view row::read_bytes(int column) const {
    if (sqlite3_column_type(handle_, column) != SQLITE_BLOB) {
        note_mismatch(column, "bytes");
        return {};
    }
    const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(handle_, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

void row::note_mismatch(int column, std::string_view wanted) const {
    if (mismatch_column_ < 0) {
        mismatch_column_ = column;
        mismatch_wanted_ = wanted;
    }
}

result<> row::check() const {
    if (mismatch_column_ < 0) [[likely]] {
        return {};
    }
    std::string message = "column " + std::to_string(mismatch_column_);
    if (mismatch_column_ < size()) {
        message.append(" (").append(name(mismatch_column_)).append(")");
    }
    message.append(mismatch_column_ < size() && is_null(mismatch_column_) ? " is NULL, wanted " : " is not ")
        .append(mismatch_wanted_);
    return fail(error_kind::wrong_type, std::move(message));
}

// ---- statement

statement& statement::operator=(statement&& other) noexcept {
    if (this != &other) {
        finish();
        owner_ = other.owner_;
        cached_ = std::move(other.cached_);
    }
    return *this;
}

void statement::finish() {
    if (cached_ != nullptr && cached_->handle != nullptr) {
        reset();
        sqlite3_clear_bindings(cached_->handle);
        owner_->give_back(*cached_);
    }
    cached_.reset();
}

void statement::reset() {
    if (cached_->handle != nullptr) {
        sqlite3_reset(cached_->handle);  // returns the code of the last step()
    }
}

bool statement::is_read_only() const {
    return cached_->is_read_only;
}

row statement::current() const {
    return row(cached_->handle);
}

result<bool> statement::step() {
    if (cached_->handle == nullptr) {
        return fail(error_kind::misuse, "a statement was used after its connection had been given back");
    }
    TRY(owner_->check_transaction());
    const int code = sqlite3_step(cached_->handle);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        sqlite3_reset(cached_->handle);
        return false;
    }
    if (code == SQLITE_CONSTRAINT_FOREIGNKEY) {
        sqlite3_reset(cached_->handle);
        return std::unexpected(owner_->note_failure(code, *cached_));
    }
    auto cause = owner_->note_failure(code);
    sqlite3_reset(cached_->handle);
    return std::unexpected(std::move(cause));
}

result<> statement::begin_binding(std::size_t count) {
    if (cached_->handle == nullptr) {
        return fail(error_kind::misuse, "a statement was used after its connection had been given back");
    }
    sqlite3_reset(cached_->handle);
    if (const int wanted = sqlite3_bind_parameter_count(cached_->handle); std::cmp_not_equal(wanted, count)) {
        return fail(error_kind::misuse, "the statement has " + std::to_string(wanted) + " parameters, not " +
                                            std::to_string(count) + ": " + cached_->sql);
    }
    return {};
}

int statement::bind_null(int index) {
    return sqlite3_bind_null(cached_->handle, index);
}

int statement::bind_integer(int index, std::int64_t value) {
    return sqlite3_bind_int64(cached_->handle, index, value);
}

int statement::bind_real(int index, double value) {
    return sqlite3_bind_double(cached_->handle, index, value);
}

int statement::bind_text(int index, bool copies, std::string_view value) {
    const char* data = value.data() == nullptr ? "" : value.data();  // a null pointer would bind NULL
    return sqlite3_bind_text64(cached_->handle, index, data, value.size(), copies ? SQLITE_TRANSIENT : SQLITE_STATIC,
                               SQLITE_UTF8);
}

int statement::bind_bytes(int index, bool copies, bytes_view value) {
    const void* data = value.data() == nullptr ? static_cast<const void*>("") : value.data();
    return sqlite3_bind_blob64(cached_->handle, index, data, value.size(), copies ? SQLITE_TRANSIENT : SQLITE_STATIC);
}

result<> statement::binding_failed(int index, int code) const {
    auto cause = owner_->note_failure(code);
    cause.message = "parameter " + std::to_string(index) + ": " + cause.message;
    return std::unexpected(std::move(cause));
}

}  // namespace sluice::sqlite
