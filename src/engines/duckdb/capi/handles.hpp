// handles.hpp - owners of the objects of DuckDB's C API.
//
// Problem: every object of the C API has its own destroy function that takes a pointer to the pointer.
// Use:     owned_statement plan; duckdb_prepare(link, sql, plan.out());   // out() frees the previous object
// Threads: none; as for the object that it owns.
#pragma once

#include <duckdb.h>
#include <string>
#include <utility>

namespace sluice::duckdb {

template <typename Handle, void (*destroy)(Handle*)>
class owned_handle {
  public:
    owned_handle() = default;
    explicit owned_handle(Handle handle) : handle_(handle) {}
    owned_handle(owned_handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    owned_handle& operator=(owned_handle&& other) noexcept {
        if (this != &other) {
            reset();
            handle_ = std::exchange(other.handle_, nullptr);
        }
        return *this;
    }
    owned_handle(const owned_handle&) = delete;
    owned_handle& operator=(const owned_handle&) = delete;
    ~owned_handle() { reset(); }

    [[nodiscard]] Handle get() const { return handle_; }
    [[nodiscard]] explicit operator bool() const { return handle_ != nullptr; }
    [[nodiscard]] Handle* out() {
        reset();
        return &handle_;
    }
    void reset() {
        if (handle_ != nullptr) {
            destroy(&handle_);
            handle_ = nullptr;
        }
    }

  private:
    Handle handle_ = nullptr;
};

// Drops rows that were not flushed, and errors; a caller that needs them flushes first.
inline void destroy_appender(duckdb_appender* appender) {
    (void)duckdb_appender_destroy(appender);
}

using owned_database = owned_handle<duckdb_database, duckdb_close>;
using owned_connection = owned_handle<duckdb_connection, duckdb_disconnect>;
using owned_config = owned_handle<duckdb_config, duckdb_destroy_config>;
using owned_statement = owned_handle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using owned_extracted = owned_handle<duckdb_extracted_statements, duckdb_destroy_extracted>;
using owned_pending = owned_handle<duckdb_pending_result, duckdb_destroy_pending>;
using owned_chunk = owned_handle<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using owned_type = owned_handle<duckdb_logical_type, duckdb_destroy_logical_type>;
using owned_value = owned_handle<duckdb_value, duckdb_destroy_value>;
using owned_appender = owned_handle<duckdb_appender, destroy_appender>;
using owned_table_function = owned_handle<duckdb_table_function, duckdb_destroy_table_function>;
using owned_scalar_function = owned_handle<duckdb_scalar_function, duckdb_destroy_scalar_function>;
using owned_scalar_function_set = owned_handle<duckdb_scalar_function_set, duckdb_destroy_scalar_function_set>;
using owned_aggregate_function = owned_handle<duckdb_aggregate_function, duckdb_destroy_aggregate_function>;
using owned_context = owned_handle<duckdb_client_context, duckdb_destroy_client_context>;
using owned_catalog = owned_handle<duckdb_catalog, duckdb_destroy_catalog>;
using owned_catalog_entry = owned_handle<duckdb_catalog_entry, duckdb_destroy_catalog_entry>;

// duckdb_result is a struct, not a pointer; destroying an empty one has no effect.
class owned_result {
  public:
    owned_result() = default;
    owned_result(owned_result&& other) noexcept : result_(std::exchange(other.result_, duckdb_result{})) {}
    owned_result& operator=(owned_result&& other) noexcept {
        if (this != &other) {
            reset();
            result_ = std::exchange(other.result_, duckdb_result{});
        }
        return *this;
    }
    owned_result(const owned_result&) = delete;
    owned_result& operator=(const owned_result&) = delete;
    ~owned_result() { reset(); }

    [[nodiscard]] duckdb_result* get() { return &result_; }
    [[nodiscard]] duckdb_result* out() {
        reset();
        return &result_;
    }
    void reset() {
        if (result_.internal_data != nullptr) {
            duckdb_destroy_result(&result_);
            result_ = duckdb_result{};
        }
    }

  private:
    duckdb_result result_{};
};

// Text that DuckDB allocated; empty for null.
[[nodiscard]] inline std::string take_text(char* text) {
    std::string copy = text == nullptr ? std::string() : std::string(text);
    duckdb_free(text);
    return copy;
}

}  // namespace sluice::duckdb
