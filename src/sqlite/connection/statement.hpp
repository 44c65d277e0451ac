// statement.hpp - a prepared statement in use, and the row it stands on.
//
// Problem: a statement that is not reset keeps its read transaction open, so the write-ahead log can never start over.
// Use:     TRY_ASSIGN(auto parts, db.prepare("select id, name from parts where category = ?1"));
//          TRY(parts.bind("EL-RES"));
//          for (;;) { TRY_ASSIGN(const bool found, parts.step()); if (!found) break; parts.current().get<std::int64_t>(0) }
//          Most callers need only connection::run, find, get, list and each.
// Ends:    its destructor resets it and gives it back to the cache of its connection, which must still be lent.
// Threads: the thread of its connection.
// Errors:  sqlite::error; row::check(), find, get, list and each report a value of another type than asked for.
#pragma once

#include <limits>
#include <memory>
#include <utility>

#include "sqlite/connection/error.hpp"
#include "sqlite/connection/value.hpp"

struct sqlite3_stmt;

namespace sluice::sqlite {

class connection;
struct cached_statement;

// A view: valid until the next step().
class row {
  public:
    [[nodiscard]] int size() const;  // columns
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::string_view name(int column) const;

    // Columns count from 0. A std::string_view or bytes_view lives as long as the row.
    template <typename T>
    [[nodiscard]] T get(int column) const {
        if constexpr (is_optional<T>::value) {
            return is_null(column) ? T{} : T{get<typename T::value_type>(column)};
        } else if constexpr (std::same_as<T, bool>) {
            return read_integer(column) != 0;
        } else if constexpr (std::integral<T>) {
            return narrow<T>(column, read_integer(column));
        } else if constexpr (std::floating_point<T>) {
            return static_cast<T>(read_real(column));
        } else if constexpr (std::same_as<T, std::string_view> || std::same_as<T, std::string>) {
            return T(read_text(column));
        } else if constexpr (std::same_as<T, bytes_view>) {
            return read_bytes(column);
        } else {
            static_assert(std::same_as<T, bytes>);
            const bytes_view seen = read_bytes(column);
            return T(seen.begin(), seen.end());
        }
    }
    // The whole row: one column, a tuple of the first columns, or the value that T::from_row() makes of it.
    template <typename T>
    [[nodiscard]] T as() const {
        if constexpr (row_readable<T>) {
            return T::from_row(*this);
        } else if constexpr (is_tuple<T>::value) {
            return as_tuple<T>(std::make_index_sequence<std::tuple_size_v<T>>{});
        } else {
            return get<T>(0);
        }
    }
    // Fails if a get() met a value of another type than it asked for; names the first one.
    result<> check() const;

  private:
    friend class statement;
    explicit row(sqlite3_stmt* handle) : handle_(handle) {}

    [[nodiscard]] std::int64_t read_integer(int column) const;
    [[nodiscard]] double read_real(int column) const;
    [[nodiscard]] std::string_view read_text(int column) const;
    [[nodiscard]] bytes_view read_bytes(int column) const;
    void note_mismatch(int column, std::string_view wanted) const;

    template <typename T>
    [[nodiscard]] T narrow(int column, std::int64_t wide) const {
        if (!std::in_range<T>(wide)) {
            note_mismatch(column, "a smaller number");
            return T{};
        }
        return static_cast<T>(wide);
    }
    template <typename T, std::size_t... I>
    [[nodiscard]] T as_tuple(std::index_sequence<I...>) const {
        return T{get<std::tuple_element_t<I, T>>(static_cast<int>(I))...};
    }

    sqlite3_stmt* handle_;
    mutable int mismatch_column_ = -1;
    mutable std::string_view mismatch_wanted_;
};

class statement {
  public:
    statement(statement&& other) noexcept = default;
    statement& operator=(statement&& other) noexcept;
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;
    ~statement() { finish(); }

    // Binds all parameters, in order; texts and bytes are copied. A wrong number of parameters is error_kind::misuse.
    template <typename... Args>
    result<> bind(const Args&... args) {
        return bind_all(true, args...);
    }
    // As bind(), but texts and bytes stay where they are until the statement is bound again, reset or destroyed.
    template <typename... Args>
    result<> bind_views(const Args&... args) {
        return bind_all(false, args...);
    }
    // True: current() is the next row. False: the statement is done and reset.
    result<bool> step();
    [[nodiscard]] row current() const;
    void reset();

    [[nodiscard]] bool is_read_only() const;  // as sqlite3_stmt_readonly says

  private:
    friend class connection;
    statement(connection& owner, std::shared_ptr<cached_statement> cached)
        : owner_(&owner), cached_(std::move(cached)) {}

    template <typename... Args>
    result<> bind_all(bool copies, const Args&... args) {
        TRY(begin_binding(sizeof...(Args)));
        // NOLINTBEGIN(misc-const-correctness): only a statement without parameters leaves them as they are
        int index = 0;
        int code = 0;
        // NOLINTEND(misc-const-correctness)
        (void)((code = bind_one(++index, copies, args), code == 0) && ...);
        return code == 0 ? result<>{} : binding_failed(index, code);
    }
    template <typename T>
    [[nodiscard]] int bind_one(int index, bool copies, const T& value) {
        if constexpr (is_optional<T>::value) {
            return value ? bind_one(index, copies, *value) : bind_null(index);
        } else if constexpr (std::same_as<T, std::nullptr_t>) {
            return bind_null(index);
        } else if constexpr (std::integral<T>) {
            static_assert(sizeof(T) < sizeof(std::int64_t) || std::signed_integral<T>, "would not fit");
            return bind_integer(index, value);
        } else if constexpr (std::floating_point<T>) {
            return bind_real(index, value);
        } else if constexpr (std::convertible_to<T, std::string_view>) {
            return bind_text(index, copies, value);
        } else {
            return bind_bytes(index, copies, value);
        }
    }
    result<> begin_binding(std::size_t count);
    [[nodiscard]] int bind_null(int index);
    [[nodiscard]] int bind_integer(int index, std::int64_t value);
    [[nodiscard]] int bind_real(int index, double value);
    [[nodiscard]] int bind_text(int index, bool copies, std::string_view value);
    [[nodiscard]] int bind_bytes(int index, bool copies, bytes_view value);
    result<> binding_failed(int index, int code) const;
    void finish();

    connection* owner_;
    std::shared_ptr<cached_statement> cached_;  // shared with the cache; the statement may outlive the connection
};

}  // namespace sluice::sqlite
