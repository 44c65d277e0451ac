#include "engine/cursor_list.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "engine/handles.hpp"

namespace sluice::engine {
namespace {

struct listed {
    std::vector<cursor_facts> cursors;
    std::size_t next = 0;
};

template <typename Data>
void destroy(void* data) {
    delete static_cast<Data*>(data);  // NOLINT(cppcoreguidelines-owning-memory): DuckDB's way of owning
}

struct list_column {
    const char* name;
    duckdb_type type;
    void (*put)(const cursor_facts& cursor, duckdb_vector into, idx_t row);
};

template <auto member>
void put_text(const cursor_facts& cursor, duckdb_vector into, idx_t row) {
    const std::string& text = cursor.*member;
    duckdb_vector_assign_string_element_len(into, row, text.data(), text.size());
}

template <auto member>
void put_number(const cursor_facts& cursor, duckdb_vector into, idx_t row) {
    using number = std::remove_cvref_t<decltype(cursor.*member)>;
    static_cast<number*>(duckdb_vector_get_data(into))[row] = cursor.*member;
}

// Null for portals, which are no cursors.
template <auto member>
void put_time(const cursor_facts& cursor, duckdb_vector into, idx_t row) {
    if (cursor.*member == 0) {
        duckdb_vector_ensure_validity_writable(into);
        duckdb_validity_set_row_invalid(duckdb_vector_get_validity(into), row);
    } else {
        put_number<member>(cursor, into, row);
    }
}

// PostgreSQL's six, in its order, and ours behind them.
constexpr auto columns = std::to_array<list_column>({
    {.name = "name", .type = DUCKDB_TYPE_VARCHAR, .put = put_text<&cursor_facts::name>},
    {.name = "statement", .type = DUCKDB_TYPE_VARCHAR, .put = put_text<&cursor_facts::statement>},
    {.name = "is_holdable", .type = DUCKDB_TYPE_BOOLEAN, .put = put_number<&cursor_facts::is_holdable>},
    {.name = "is_binary", .type = DUCKDB_TYPE_BOOLEAN, .put = put_number<&cursor_facts::is_binary>},
    {.name = "is_scrollable", .type = DUCKDB_TYPE_BOOLEAN, .put = put_number<&cursor_facts::is_scrollable>},
    {.name = "creation_time", .type = DUCKDB_TYPE_TIMESTAMP_TZ, .put = put_time<&cursor_facts::created_us>},
    {.name = "rows_fetched", .type = DUCKDB_TYPE_BIGINT, .put = put_number<&cursor_facts::rows_fetched>},
    {.name = "fetches", .type = DUCKDB_TYPE_BIGINT, .put = put_number<&cursor_facts::fetches>},
    {.name = "last_fetch_time", .type = DUCKDB_TYPE_TIMESTAMP_TZ, .put = put_time<&cursor_facts::used_us>},
});

void bind(duckdb_bind_info info) {
    const auto* lists = static_cast<const cursor_lists*>(duckdb_bind_get_extra_info(info));
    for (const list_column& column : columns) {
        const owned_type type(duckdb_create_logical_type(column.type));
        duckdb_bind_add_result_column(info, column.name, type.get());
    }
    owned_context context;
    duckdb_table_function_get_client_context(info, context.out());
    auto who = std::make_unique<std::pair<const cursor_lists*, idx_t>>(
        lists, duckdb_client_context_get_connection_id(context.get()));
    duckdb_bind_set_bind_data(info, who.release(), destroy<std::pair<const cursor_lists*, idx_t>>);
}

void init(duckdb_init_info info) {
    const auto* who = static_cast<const std::pair<const cursor_lists*, idx_t>*>(duckdb_init_get_bind_data(info));
    auto rows = std::make_unique<listed>();
    rows->cursors = who->first->of(who->second);
    duckdb_init_set_init_data(info, rows.release(), destroy<listed>);
    duckdb_init_set_max_threads(info, 1);
}

void produce(duckdb_function_info info, duckdb_data_chunk out) {
    auto* rows = static_cast<listed*>(duckdb_function_get_init_data(info));
    const std::size_t count = std::min<std::size_t>(rows->cursors.size() - rows->next, duckdb_vector_size());
    for (std::size_t column = 0; column < columns.size(); ++column) {
        duckdb_vector into = duckdb_data_chunk_get_vector(out, column);
        for (std::size_t row = 0; row < count; ++row) {
            columns.at(column).put(rows->cursors[rows->next + row], into, row);
        }
    }
    rows->next += count;
    duckdb_data_chunk_set_size(out, count);
}

}  // namespace

core::result<> cursor_lists::install(duckdb_connection connection) {
    const owned_table_function function(duckdb_create_table_function());
    duckdb_table_function_set_name(function.get(), "pg_cursors");
    duckdb_table_function_set_extra_info(function.get(), this, nullptr);
    duckdb_table_function_set_bind(function.get(), bind);
    duckdb_table_function_set_init(function.get(), init);
    duckdb_table_function_set_function(function.get(), produce);
    const auto registered = duckdb_register_table_function(connection, function.get());
    return registered == DuckDBSuccess ? core::result<>()
                                       : core::fail(core::sqlstates::internal_error, "DuckDB refused pg_cursors()");
}

void cursor_lists::set(idx_t client, list what) {
    const std::scoped_lock lock(mutex_);
    lists_.insert_or_assign(client, std::move(what));
}

void cursor_lists::remove(idx_t client) {
    const std::scoped_lock lock(mutex_);
    lists_.erase(client);
}

std::vector<cursor_facts> cursor_lists::of(idx_t client) const {
    list what;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = lists_.find(client);
        what = found == lists_.end() ? nullptr : found->second;
    }
    return what ? what() : std::vector<cursor_facts>();
}

idx_t client_id(duckdb_connection connection) {
    owned_context context;
    duckdb_connection_get_client_context(connection, context.out());
    return duckdb_client_context_get_connection_id(context.get());
}

}  // namespace sluice::engine
