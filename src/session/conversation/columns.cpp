// What RowDescription says of a statement or portal.
#include "session/conversation/conversation_impl.hpp"

namespace sluice::session {

std::span<const backend::column> session::impl::columns_of(const prepared& source) const {
    if (source.plan) {
        return source.plan->columns();
    }
    if (source.kind() == postgres::statement_kind::execute) {
        const auto inner = executed_by(source);
        return inner && inner->plan ? inner->plan->columns() : std::span<const backend::column>{};
    }
    if (source.kind() == postgres::statement_kind::fetch_cursor) {
        const auto& command = std::get<postgres::fetch_command>(source.statement->command);
        const auto cursor = command.move ? nullptr : portals_.find(command.cursor);
        // A cursor is never a FETCH itself, so this goes no deeper.
        if (cursor && cursor->source->kind() != postgres::statement_kind::fetch_cursor) {
            return columns_of(*cursor->source);
        }
    }
    return source.answer_columns;
}

void session::impl::write_columns(std::span<const backend::column> columns, std::span<const std::int16_t> formats,
                                  base::outbox& out) {
    fields_.clear();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const backend::column& column = columns[i];
        fields_.push_back({.name = column.name,
                           .type_oid = column.type,
                           .type_size_bytes = column.type_size_bytes,
                           .type_modifier = column.type_modifier,
                           .format = formats.empty() ? std::int16_t{0} : formats[formats.size() == 1 ? 0 : i]});
    }
    postgres::write_row_description(out.buffer(), fields_);
}

}  // namespace sluice::session
