// memory_hooks.cpp - reports every allocation of the process to base/run/memory_wall.hpp.
//
// How:     DuckDB allocates its buffers with jemalloc (duckdb_je_malloc, …): the linker redirects those calls to the
//          __wrap_ functions below. All other code, extensions included, calls malloc and operator new: the program's
//          own definitions take precedence over libc's (glibc's manual, "Replacing malloc"); they count and then call
//          libc's.
// Builds:  an object file of every program that links the engine, not an archive, because shared libraries must see the
//          program's symbols. With a sanitizer, whose own allocator replaces malloc, only DuckDB's buffers count.
// Commits: TransactionContext::Commit and ::Rollback are wrapped to be exempt: a failure there would invalidate the
//          database for all sessions (ValidChecker::Invalidate in DuckDB's client_context.cpp).
// Tasks:   PhysicalOperator::GetData begins the work of a task and names the query's ClientContext, which knows whether
//          the query was interrupted: helping threads learn from it which query they work for.
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <malloc.h>
#include <new>

#include "base/run/memory_wall.hpp"

namespace wall = sluice::base::memory_wall;

namespace {

constexpr std::uint64_t duckdb_size_max = (std::uint64_t{1} << 48U) - 1;

std::int64_t to_signed(std::size_t bytes) {
    return static_cast<std::int64_t>(bytes);
}

std::size_t uncounted(std::size_t size, std::size_t admitted) {
    return admitted >= wall::large_bytes ? size - admitted : size;
}

void give_back(std::size_t admitted) {
    if (admitted >= wall::large_bytes) {
        wall::count(-to_signed(admitted));
    }
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming, bugprone-reserved-identifier): names of DuckDB and of the linker
extern "C" {

void* __real_duckdb_je_malloc(std::size_t bytes);
void* __real_duckdb_je_realloc(void* old, std::size_t bytes);
void __real_duckdb_je_free(void* memory);
std::size_t duckdb_je_malloc_usable_size(void* memory);
int duckdb_je_mallctl(const char* name, void* old, std::size_t* old_bytes, void* fresh, std::size_t fresh_bytes);

void* __wrap_duckdb_je_malloc(std::size_t bytes) {
    if (wall::refuses_small()) [[unlikely]] {
        wall::small_refused();
        return nullptr;
    }
    if (!wall::admit(bytes)) {
        return nullptr;
    }
    void* const memory = __real_duckdb_je_malloc(bytes);
    if (memory == nullptr) {
        give_back(bytes);
        return nullptr;
    }
    wall::count(to_signed(uncounted(duckdb_je_malloc_usable_size(memory), bytes)));
    return memory;
}

void __wrap_duckdb_je_free(void* memory) {
    if (memory != nullptr) {
        wall::count(-to_signed(duckdb_je_malloc_usable_size(memory)));
        __real_duckdb_je_free(memory);
    }
}

// Both blocks count while the contents are copied.
void* __wrap_duckdb_je_realloc(void* old, std::size_t bytes) {
    if (!wall::admit(bytes)) {
        return nullptr;
    }
    const std::size_t old_size = old == nullptr ? 0 : duckdb_je_malloc_usable_size(old);
    void* const memory = __real_duckdb_je_realloc(old, bytes);
    if (memory == nullptr) {
        give_back(bytes);
        return nullptr;
    }
    wall::count(to_signed(uncounted(duckdb_je_malloc_usable_size(memory), bytes)) - to_signed(old_size));
    return memory;
}

// duckdb::TransactionContext::Commit() and ::Rollback(optional_ptr<ErrorData>)
void __real__ZN6duckdb18TransactionContext6CommitEv(void* context);
void __wrap__ZN6duckdb18TransactionContext6CommitEv(void* context) {
    const wall::exempt_scope here;
    __real__ZN6duckdb18TransactionContext6CommitEv(context);
}
void __real__ZN6duckdb18TransactionContext8RollbackENS_12optional_ptrINS_9ErrorDataELb1EEE(void* context, void* error);
void __wrap__ZN6duckdb18TransactionContext8RollbackENS_12optional_ptrINS_9ErrorDataELb1EEE(void* context, void* error) {
    const wall::exempt_scope here;
    __real__ZN6duckdb18TransactionContext8RollbackENS_12optional_ptrINS_9ErrorDataELb1EEE(context, error);
}

// duckdb::PhysicalOperator::GetData(ExecutionContext&, DataChunk&, OperatorSourceInput&) const; an ExecutionContext
// begins with a reference to its ClientContext.
std::uint8_t
__real__ZNK6duckdb16PhysicalOperator7GetDataERNS_16ExecutionContextERNS_9DataChunkERNS_19OperatorSourceInputE(
    const void* self, const void* const* context, void* chunk, void* input);
std::uint8_t
__wrap__ZNK6duckdb16PhysicalOperator7GetDataERNS_16ExecutionContextERNS_9DataChunkERNS_19OperatorSourceInputE(
    const void* self, const void* const* context, void* chunk, void* input) {
    wall::name_query(*context);
    return __real__ZNK6duckdb16PhysicalOperator7GetDataERNS_16ExecutionContextERNS_9DataChunkERNS_19OperatorSourceInputE(
        self, context, chunk, input);
}
// duckdb::ClientContext::IsInterrupted() const and ::Interrupt(), which read and set an atomic flag.
bool _ZNK6duckdb13ClientContext13IsInterruptedEv(const void* client);
void _ZN6duckdb13ClientContext9InterruptEv(void* client);

// duckdb::Allocator::AllocateData(idx_t) and ::ReallocateData(data_ptr_t, idx_t, idx_t) call a size of 256 TB an
// internal error, and internal errors invalidate the database. A slightly smaller size is out of memory.
void* __real__ZN6duckdb9Allocator12AllocateDataEm(void* self, std::uint64_t bytes);
void* __real__ZN6duckdb9Allocator14ReallocateDataEPhmm(void* self, void* old, std::uint64_t old_bytes,
                                                       std::uint64_t bytes);
void* __wrap__ZN6duckdb9Allocator12AllocateDataEm(void* self, std::uint64_t bytes) {
    return __real__ZN6duckdb9Allocator12AllocateDataEm(self, std::min(bytes, duckdb_size_max));
}

void* __wrap__ZN6duckdb9Allocator14ReallocateDataEPhmm(void* self, void* old, std::uint64_t old_bytes,
                                                       std::uint64_t bytes) {
    return __real__ZN6duckdb9Allocator14ReallocateDataEPhmm(self, old, old_bytes, std::min(bytes, duckdb_size_max));
}
}
// NOLINTEND(readability-identifier-naming, bugprone-reserved-identifier)

namespace {

void interrupt(const void* client) {
    _ZN6duckdb13ClientContext9InterruptEv(const_cast<void*>(client));
}

void release_memory() {
    duckdb_je_mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
    duckdb_je_mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);  // MALLCTL_ARENAS_ALL
    ::malloc_trim(0);
}

const bool registered = [] {
    wall::set_release(release_memory);
    wall::set_task_questions({.is_stopped = _ZNK6duckdb13ClientContext13IsInterruptedEv, .interrupt = interrupt});
    return true;
}();

}  // namespace

#ifndef SLUICE_SANITIZED

// ---- allocations outside of DuckDB's allocator

namespace {

// The size of glibc's chunk, which stands before the memory and has flags in its last three bits (malloc.c, "chunk").
// free() reads the same word next, so this costs nothing. The value need not be exact, as long as malloc and free read
// the same.
std::size_t chunk_bytes(const void* memory) {
    std::size_t header = 0;
    std::memcpy(&header, static_cast<const char*>(memory) - sizeof header, sizeof header);
    return header & ~std::size_t{7};
}

void* note(void* memory, std::size_t admitted) {
    if (memory == nullptr) {
        give_back(admitted);
    } else {
        wall::count(to_signed(chunk_bytes(memory)) -
                    (admitted >= wall::large_bytes ? to_signed(admitted) : std::int64_t{0}));
    }
    return memory;
}

void* refuse() {
    errno = ENOMEM;
    return nullptr;
}

}  // namespace

extern "C" {

// NOLINTBEGIN(readability-identifier-naming, bugprone-reserved-identifier): glibc's names
void* __libc_malloc(std::size_t bytes) noexcept;
void* __libc_calloc(std::size_t count, std::size_t bytes) noexcept;
void* __libc_realloc(void* old, std::size_t bytes) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t bytes) noexcept;
void __libc_free(void* memory) noexcept;
// NOLINTEND(readability-identifier-naming, bugprone-reserved-identifier)

// Statements call these two functions hundreds of times: the common case comes first, with one branch each for the
// rest.
[[gnu::noinline]] static void* malloc_large(std::size_t bytes) noexcept {
    return wall::admit(bytes) ? note(__libc_malloc(bytes), bytes) : refuse();
}

__attribute__((visibility("default"))) void* malloc(std::size_t bytes) noexcept {
    if (bytes >= wall::large_bytes) [[unlikely]] {
        return malloc_large(bytes);
    }
    void* const memory = __libc_malloc(bytes);
    if (memory != nullptr) [[likely]] {
        wall::count(to_signed(chunk_bytes(memory)));
    }
    return memory;
}

__attribute__((visibility("default"))) void free(void* memory) noexcept {
    if (memory == nullptr) [[unlikely]] {
        return;
    }
    wall::count(-to_signed(chunk_bytes(memory)));
    __libc_free(memory);
}

__attribute__((visibility("default"))) void* calloc(std::size_t count, std::size_t size) {
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || !wall::admit(bytes)) {
        return refuse();
    }
    return note(__libc_calloc(count, size), bytes);
}

__attribute__((visibility("default"))) void* realloc(void* old, std::size_t bytes) {
    if (!wall::admit(bytes)) {
        return refuse();
    }
    const std::size_t old_bytes = old == nullptr ? 0 : chunk_bytes(old);
    void* const memory = __libc_realloc(old, bytes);
    if (memory == nullptr && bytes != 0) {
        give_back(bytes);
        return nullptr;
    }
    wall::count(-to_signed(old_bytes));
    return memory == nullptr ? nullptr : note(memory, bytes);
}

__attribute__((visibility("default"))) void* memalign(std::size_t alignment, std::size_t bytes) {
    return wall::admit(bytes) ? note(__libc_memalign(alignment, bytes), bytes) : refuse();
}

__attribute__((visibility("default"))) void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
    return memalign(alignment, bytes);
}

__attribute__((visibility("default"))) int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) {
    if (alignment % sizeof(void*) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) {
        return EINVAL;
    }
    void* const made = memalign(alignment, bytes);
    if (made == nullptr) {
        return ENOMEM;
    }
    *memory = made;
    return 0;
}
}

// C code may not check the result of a small malloc; C++ code always unwinds.
__attribute__((visibility("default"))) void* operator new(std::size_t bytes) {
    if (!wall::refuses_small()) [[likely]] {
        if (void* const memory = malloc(std::max<std::size_t>(bytes, 1))) [[likely]] {
            return memory;
        }
    } else {
        wall::small_refused();
    }
    throw std::bad_alloc();
}
// Without these, libstdc++'s versions would come here by two more jumps.
__attribute__((visibility("default"))) void operator delete(void* memory) noexcept {
    free(memory);
}
__attribute__((visibility("default"))) void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
    free(memory);
}

#endif
