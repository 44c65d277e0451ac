#include "session/commands/copy_commands.hpp"

#include <algorithm>
#include <utility>

#include "postgres/wire/backend_messages.hpp"
#include "postgres/wire/frontend.hpp"

namespace sluice::session {

namespace {

using format_writer = void (*)(base::byte_buffer&, std::int8_t, std::span<const std::int16_t>);

void write_response(format_writer write, postgres::copy_format format, std::span<const backend::wire_format> columns,
                    base::outbox& out) {
    std::vector<std::int16_t> formats(columns.size());
    std::ranges::transform(columns, formats.begin(), [](auto column) { return static_cast<std::int16_t>(column); });
    write(out.buffer(), format == postgres::copy_format::binary ? 1 : 0, formats);
}

error unexpected_during_copy(char type) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto code = static_cast<unsigned char>(type);
    const std::string hex{digits[code >> 4U], digits[code & 0xFU]};
    return {.code = sqlstates::protocol_violation,
            .message = "unexpected message type 0x" + hex + " during COPY from stdin"};
}

}  // namespace

result<> copy_commands::start(const std::shared_ptr<portal>& entry, base::outbox& out) {
    const postgres::statement& statement = *entry->source->statement;
    const bool from_client =
        std::get<postgres::copy_command>(statement.command).direction == postgres::copy_direction::from_stdin;
    TRY(transactions_.refuse_late_writes(statement));
    TRY(transaction_.enter_engine());
    auto started = from_client ? start_in(entry, out) : start_out(entry, out);
    if (!started) {
        return fail(position_in_query(std::move(started).error(), *entry->source->query, statement.text));
    }
    return {};
}

result<> copy_commands::start_in(const std::shared_ptr<portal>& entry, base::outbox& out) {
    const auto& command = std::get<postgres::copy_command>(entry->source->statement->command);
    TRY_ASSIGN(auto sink, engine_.copy_in(command));
    write_response(&postgres::write_copy_in_response, command.format, sink->column_formats(), out);
    out.flush();
    entry->state = portal::phase::done;
    taking_.emplace(taking{.sink = std::move(sink), .answered = entry});
    return {};
}

result<> copy_commands::start_out(const std::shared_ptr<portal>& entry, base::outbox& out) {
    const auto& command = std::get<postgres::copy_command>(entry->source->statement->command);
    TRY_ASSIGN(auto execution, engine_.copy_out(command));
    write_response(&postgres::write_copy_out_response, command.format, execution.column_formats, out);
    entry->rows = std::move(execution.rows);
    entry->state = portal::phase::open;
    runner_.read(entry, entry, all_rows, 0);
    return {};
}

result<> copy_commands::on_frame(const postgres::frame& frame, base::outbox& out) {
    switch (frame.type) {
        case 'd':
            return taking_->sink->write(frame.body);
        case 'c': {
            const taking done = *std::exchange(taking_, std::nullopt);
            return finish(done, out);
        }
        case 'f': {
            TRY_ASSIGN(const auto message, postgres::parse_copy_fail(frame.body));
            return fail(sqlstates::query_canceled, "COPY from stdin failed: " + std::string(message.reason));
        }
        case 'H':
        case 'S':
            return {};  // a client that sends Flush or Sync with its Execute need not wait to see that this is a COPY
        default:
            postgres::write_error(out.buffer(), unexpected_during_copy(frame.type));
            return fail(error{.code = sqlstates::protocol_violation,
                              .message = "terminating connection because protocol synchronization was lost"}
                            .as_fatal());
    }
}

result<> copy_commands::finish(const taking& done, base::outbox& out) {
    TRY_ASSIGN(const std::uint64_t rows, done.sink->finish());
    return end_.complete(postgres::command_tag(*done.answered->source->statement, rows), out);
}

}  // namespace sluice::session
