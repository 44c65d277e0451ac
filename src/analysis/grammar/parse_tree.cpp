#include "analysis/grammar/parse_tree.hpp"

#include <cstddef>
#include <memory_resource>
#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>
#include <string>
#include <utility>

#include "analysis/grammar/nesting.hpp"

namespace sluice::analysis {
namespace {

constexpr sqlstate statement_too_complex{"54001"};

// The library's errors have no SQLSTATE: nearly all are the grammar's.
error to_error(const PgQueryError& cause, std::string_view sql) {
    error made{.code = sqlstates::syntax_error, .message = cause.message};
    if (cause.cursorpos > 0) {
        made.position = postgres::character_position(sql, static_cast<std::size_t>(cause.cursorpos) - 1);
    }
    return made;
}

struct result_deleter {
    void operator()(PgQueryProtobufParseResult* parsed) const { pg_query_free_protobuf_parse_result(*parsed); }
};

}  // namespace

// Memory for one tree. The library asks for many small pieces and gives none back before the end.
class parse_tree::memory {
  public:
    ProtobufCAllocator allocator() {
        return {.alloc = [](void* self, std::size_t bytes) -> void* {
                    return static_cast<memory*>(self)->arena_.allocate(bytes, alignof(std::max_align_t));
                },
                .free = [](void*, void*) {},
                .allocator_data = this};
    }

  private:
    std::pmr::monotonic_buffer_resource arena_{8192};
};

parse_tree::parse_tree(std::unique_ptr<memory> owner, const PgQuery__ParseResult* root)
    : memory_(std::move(owner)), root_(root) {}
parse_tree::parse_tree(parse_tree&&) noexcept = default;
parse_tree& parse_tree::operator=(parse_tree&&) noexcept = default;
parse_tree::~parse_tree() = default;

std::span<const PgQuery__RawStmt* const> parse_tree::statements() const {
    return {root_->stmts, root_->n_stmts};
}

result<parse_tree> parse(const postgres::lexed_text& sql) {
    if (nesting_of(sql) > nesting_max) {
        return fail(error{.code = statement_too_complex,
                          .message = "stack depth limit exceeded",
                          .detail = {},
                          .hint = "Parts of the statement nest too deeply; write them as several statements."});
    }
    const std::string text(sql.text());
    PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(text.c_str());
    const std::unique_ptr<PgQueryProtobufParseResult, result_deleter> owner(&parsed);
    if (parsed.error != nullptr) {
        return fail(to_error(*parsed.error, sql.text()));
    }
    auto memory = std::make_unique<parse_tree::memory>();
    ProtobufCAllocator allocator = memory->allocator();
    const auto* const root = pg_query__parse_result__unpack(
        &allocator, parsed.parse_tree.len,
        reinterpret_cast<const std::uint8_t*>(parsed.parse_tree.data));  // NOLINT(*-reinterpret-cast): bytes
    if (root == nullptr) {
        return fail(sqlstates::internal_error, "the parser's tree cannot be read");
    }
    return parse_tree(std::move(memory), root);
}

}  // namespace sluice::analysis
