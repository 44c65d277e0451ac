#include "postgres/wire/backend_messages.hpp"

#include "base/core/assert.hpp"
#include "postgres/wire/message_writer.hpp"

namespace sluice::postgres {

namespace {

void write_empty(base::byte_buffer& out, char type) {
    const message_writer message(out, type);
}

void write_copy_response(base::byte_buffer& out, char type, std::int8_t overall_format,
                         std::span<const std::int16_t> formats) {
    message_writer message(out, type);
    message.byte(static_cast<char>(overall_format));
    message.count16(formats.size());
    for (const std::int16_t format : formats) {
        message.int16(format);
    }
}

}  // namespace

void write_backend_key_data(base::byte_buffer& out, std::int32_t process_id, std::int32_t secret_key) {
    message_writer message(out, 'K');
    message.int32(process_id);
    message.int32(secret_key);
}

void write_parameter_status(base::byte_buffer& out, std::string_view name, std::string_view value) {
    message_writer message(out, 'S');
    message.string(name);
    message.string(value);
}

void write_ready_for_query(base::byte_buffer& out, transaction_status status) {
    message_writer message(out, 'Z');
    message.byte(static_cast<char>(status));
}

void write_parse_complete(base::byte_buffer& out) {
    write_empty(out, '1');
}

void write_bind_complete(base::byte_buffer& out) {
    write_empty(out, '2');
}

void write_close_complete(base::byte_buffer& out) {
    write_empty(out, '3');
}

void write_no_data(base::byte_buffer& out) {
    write_empty(out, 'n');
}

void write_portal_suspended(base::byte_buffer& out) {
    write_empty(out, 's');
}

void write_empty_query_response(base::byte_buffer& out) {
    write_empty(out, 'I');
}

void write_command_complete(base::byte_buffer& out, std::string_view tag) {
    message_writer message(out, 'C');
    message.string(tag);
}

void write_parameter_description(base::byte_buffer& out, std::span<const std::uint32_t> types) {
    SLUICE_ASSERT(types.size() <= UINT16_MAX);
    message_writer message(out, 't');
    message.count16(types.size());
    for (const std::uint32_t type : types) {
        message.uint32(type);
    }
}

void write_row_description(base::byte_buffer& out, std::span<const field_description> fields) {
    SLUICE_ASSERT(fields.size() <= UINT16_MAX);
    message_writer message(out, 'T');
    message.count16(fields.size());
    for (const field_description& field : fields) {
        message.string(field.name);
        message.uint32(field.table_oid);
        message.int16(field.column_number);
        message.uint32(field.type_oid);
        message.int16(field.type_size_bytes);
        message.int32(field.type_modifier);
        message.int16(field.format);
    }
}

void write_data_row(base::byte_buffer& out, std::span<const std::string_view> values) {
    SLUICE_ASSERT(values.size() <= UINT16_MAX);
    message_writer message(out, 'D');
    message.count16(values.size());
    for (const std::string_view value : values) {
        if (value.data() == nullptr) {
            message.int32(-1);
        } else {
            message.uint32(static_cast<std::uint32_t>(value.size()));
            message.bytes(value);
        }
    }
}

void write_copy_in_response(base::byte_buffer& out, std::int8_t overall_format, std::span<const std::int16_t> formats) {
    write_copy_response(out, 'G', overall_format, formats);
}

void write_copy_out_response(base::byte_buffer& out, std::int8_t overall_format,
                             std::span<const std::int16_t> formats) {
    write_copy_response(out, 'H', overall_format, formats);
}

void write_copy_done(base::byte_buffer& out) {
    write_empty(out, 'c');
}

}  // namespace sluice::postgres
