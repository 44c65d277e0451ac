#include "engines/duckdb/tables/system_tables.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "engines/duckdb/capi/handles.hpp"

namespace sluice::duckdb {

namespace {

template <typename Data>
void destroy(void* data) {
    delete static_cast<Data*>(data);  // NOLINT(cppcoreguidelines-owning-memory): DuckDB's way of owning
}

// The state of a plan.
struct binding {
    const backend::system_table* table;  // lives as long as the function, that is, the database
    backend::system_caller caller;
};

// The state of an execution.
struct progress {
    std::vector<backend::system_row> rows;
    std::size_t next = 0;
};

duckdb_type type_of(backend::system_type type) {
    switch (type) {
        case backend::system_type::bigint:
            return DUCKDB_TYPE_BIGINT;
        case backend::system_type::double_precision:
            return DUCKDB_TYPE_DOUBLE;
        case backend::system_type::boolean:
            return DUCKDB_TYPE_BOOLEAN;
        case backend::system_type::varchar:
            return DUCKDB_TYPE_VARCHAR;
        case backend::system_type::timestamptz:
            return DUCKDB_TYPE_TIMESTAMP_TZ;
        case backend::system_type::interval:
            return DUCKDB_TYPE_INTERVAL;
    }
    return DUCKDB_TYPE_INVALID;
}

bool fits(const backend::system_row& row, const std::vector<backend::system_column>& columns) {
    return std::ranges::equal(
        row, columns, [](const backend::system_value& value, const backend::system_column& column) {
            return value.index() == 0 || value.index() == static_cast<std::size_t>(column.type) + 1;
        });
}

// Writes one value to its place; the value has the column's type.
struct writer {
    duckdb_vector into;
    idx_t row;

    void operator()(std::monostate /*null*/) const {
        duckdb_vector_ensure_validity_writable(into);
        duckdb_validity_set_row_invalid(duckdb_vector_get_validity(into), row);
    }
    void operator()(const std::string& text) const {
        duckdb_vector_assign_string_element_len(into, row, text.data(), text.size());
    }
    void operator()(std::int64_t number) const { store(number); }
    void operator()(double number) const { store(number); }
    void operator()(bool truth) const { store(truth); }
    void operator()(backend::timestamp_us time) const { store(duckdb_timestamp{time.since_1970}); }
    void operator()(backend::interval_us interval) const {
        store(duckdb_interval{.months = 0, .days = 0, .micros = interval.length});
    }

  private:
    template <typename Value>
    void store(Value value) const {
        static_cast<Value*>(duckdb_vector_get_data(into))[row] = value;
    }
};

void bind(duckdb_bind_info info) {
    const auto* table = static_cast<const backend::system_table*>(duckdb_bind_get_extra_info(info));
    for (const backend::system_column& column : table->columns) {
        const owned_type type(duckdb_create_logical_type(type_of(column.type)));
        duckdb_bind_add_result_column(info, column.name.c_str(), type.get());
    }
    owned_context context;
    duckdb_table_function_get_client_context(info, context.out());
    auto bound = std::make_unique<binding>(
        binding{.table = table, .caller = duckdb_client_context_get_connection_id(context.get())});
    duckdb_bind_set_bind_data(info, bound.release(), destroy<binding>);
}

void init(duckdb_init_info info) {
    const auto* bound = static_cast<const binding*>(duckdb_init_get_bind_data(info));
    auto begun = std::make_unique<progress>(progress{.rows = bound->table->rows(bound->caller)});
    if (!std::ranges::all_of(begun->rows,
                             [&](const backend::system_row& row) { return fits(row, bound->table->columns); })) {
        duckdb_init_set_error(info, ("rows of " + bound->table->name + " do not fit its columns").c_str());
        return;
    }
    duckdb_init_set_init_data(info, begun.release(), destroy<progress>);
    duckdb_init_set_max_threads(info, 1);
}

void produce(duckdb_function_info info, duckdb_data_chunk out) {
    auto* begun = static_cast<progress*>(duckdb_function_get_init_data(info));
    const std::size_t count = std::min<std::size_t>(begun->rows.size() - begun->next, duckdb_vector_size());
    const idx_t columns = duckdb_data_chunk_get_column_count(out);
    for (idx_t column = 0; column < columns; ++column) {
        duckdb_vector into = duckdb_data_chunk_get_vector(out, column);
        for (std::size_t row = 0; row < count; ++row) {
            std::visit(writer{.into = into, .row = row}, begun->rows[begun->next + row][column]);
        }
    }
    begun->next += count;
    duckdb_data_chunk_set_size(out, count);
}

}  // namespace

result<> install_system_table(duckdb_connection connection, backend::system_table table) {
    const owned_table_function function(duckdb_create_table_function());
    auto owned = std::make_unique<backend::system_table>(std::move(table));
    const std::string name = owned->name;
    duckdb_table_function_set_name(function.get(), name.c_str());
    duckdb_table_function_set_extra_info(function.get(), owned.release(), destroy<backend::system_table>);
    duckdb_table_function_set_bind(function.get(), bind);
    duckdb_table_function_set_init(function.get(), init);
    duckdb_table_function_set_function(function.get(), produce);
    if (duckdb_register_table_function(connection, function.get()) != DuckDBSuccess) {
        return fail(sqlstates::internal_error, "DuckDB refused " + name + "()");
    }
    return {};
}

backend::system_caller client_id(duckdb_connection connection) {
    owned_context context;
    duckdb_connection_get_client_context(connection, context.out());
    return duckdb_client_context_get_connection_id(context.get());
}

}  // namespace sluice::duckdb
