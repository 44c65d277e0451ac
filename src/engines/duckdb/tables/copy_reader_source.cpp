#include "engines/duckdb/tables/copy_reader_source.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <utility>

namespace sluice::duckdb {
namespace {

constexpr const char* function_name = "sluice_copied_rows";

}  // namespace

struct copy_sources::source {
    std::vector<owned_type> types;
    std::atomic<const copy_batch*> batch{nullptr};
    std::atomic<std::size_t> next{0};  // the next chunk to read
};

struct copy_sources::registry {
    std::mutex mutex;
    std::map<std::int64_t, std::shared_ptr<source>> sources;
    std::random_device random;

    std::int64_t add(std::shared_ptr<source> added) {
        const std::scoped_lock lock(mutex);
        for (;;) {
            // Positive, so that it is a literal in SQL.
            const std::uint64_t key = (std::uint64_t{random()} << 31U) ^ random();
            const auto [entry, is_new] = sources.try_emplace(static_cast<std::int64_t>(key >> 1U), added);
            if (is_new) {
                return entry->first;
            }
        }
    }
    void remove(std::int64_t key) {
        const std::scoped_lock lock(mutex);
        sources.erase(key);
    }
    std::shared_ptr<source> find(std::int64_t key) {
        const std::scoped_lock lock(mutex);
        const auto found = sources.find(key);
        return found == sources.end() ? nullptr : found->second;
    }
};

// The callbacks for DuckDB. Each pointer that it keeps is a shared_ptr on the heap.
struct copy_sources::callbacks {
    using held_registry = std::shared_ptr<registry>;
    using held_source = std::shared_ptr<source>;

    static void drop_registry(void* held) { delete static_cast<held_registry*>(held); }
    static void drop_source(void* held) { delete static_cast<held_source*>(held); }

    static void bind(duckdb_bind_info info) {
        const owned_value key(duckdb_bind_get_parameter(info, 0));
        auto found =
            (*static_cast<held_registry*>(duckdb_bind_get_extra_info(info)))->find(duckdb_get_int64(key.get()));
        if (!found) {
            duckdb_bind_set_error(info, "this function is for COPY only");
            return;
        }
        for (std::size_t i = 0; i < found->types.size(); ++i) {
            duckdb_bind_add_result_column(info, ("c" + std::to_string(i)).c_str(), found->types[i].get());
        }
        duckdb_bind_set_bind_data(info, new held_source(std::move(found)), drop_source);
    }

    static void begin(duckdb_init_info info) {
        duckdb_init_set_max_threads(info, 1);  // so that rows keep their order
        const held_source& held = *static_cast<held_source*>(duckdb_init_get_bind_data(info));
        held->next.store(0, std::memory_order_relaxed);
    }

    static void read(duckdb_function_info info, duckdb_data_chunk out) {
        source& from = **static_cast<held_source*>(duckdb_function_get_bind_data(info));
        const copy_batch* const batch = from.batch.load(std::memory_order_acquire);
        const std::size_t index = from.next.fetch_add(1, std::memory_order_relaxed);
        if (batch == nullptr || index >= batch->used) {
            duckdb_data_chunk_set_size(out, 0);
            return;
        }
        duckdb_data_chunk chunk = batch->chunks[index].get();
        for (std::size_t i = 0; i < from.types.size(); ++i) {
            duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(out, i),
                                           duckdb_data_chunk_get_vector(chunk, i));
        }
        duckdb_data_chunk_set_size(out, duckdb_data_chunk_get_size(chunk));
    }
};

copy_sources::copy_sources() : registry_(std::make_shared<registry>()) {}

result<> copy_sources::install(duckdb_connection connection) const {
    const owned_table_function function(duckdb_create_table_function());
    const owned_type key(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
    duckdb_table_function_set_name(function.get(), function_name);
    duckdb_table_function_add_parameter(function.get(), key.get());
    duckdb_table_function_set_extra_info(function.get(), new callbacks::held_registry(registry_),
                                         callbacks::drop_registry);
    duckdb_table_function_set_bind(function.get(), callbacks::bind);
    duckdb_table_function_set_init(function.get(), callbacks::begin);
    duckdb_table_function_set_function(function.get(), callbacks::read);
    if (duckdb_register_table_function(connection, function.get()) == DuckDBError) {
        return fail(sqlstates::internal_error, "the engine did not take the function that COPY needs");
    }
    return {};
}

std::vector<owned_type> copy_types(std::vector<duckdb_logical_type> types) {
    // The C API cannot copy types, but a chunk made of them has copies.
    const owned_chunk chunk(duckdb_create_data_chunk(types.data(), types.size()));
    std::vector<owned_type> copies;
    copies.reserve(types.size());
    for (std::size_t i = 0; i < types.size(); ++i) {
        copies.emplace_back(duckdb_vector_get_column_type(duckdb_data_chunk_get_vector(chunk.get(), i)));
    }
    return copies;
}

copy_sources::lease::lease(const copy_sources& sources, std::vector<owned_type> types)
    : registry_(sources.registry_), source_(std::make_shared<source>()) {
    source_->types = std::move(types);
    key_ = registry_->add(source_);
}

copy_sources::lease::~lease() {
    registry_->remove(key_);
}

std::string copy_sources::lease::sql() const {
    return std::string(function_name) + "(" + std::to_string(key_) + ")";
}

void copy_sources::lease::offer(const copy_batch& batch) {
    source_->batch.store(&batch, std::memory_order_release);
}

}  // namespace sluice::duckdb
