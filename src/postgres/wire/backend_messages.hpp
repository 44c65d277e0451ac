// backend_messages.hpp - writes the messages that a server sends.
//
// Use:     write_command_complete(out.buffer(), "SELECT 3");
// Source:  PostgreSQL 15 manual, 55.7.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/core/byte_buffer.hpp"
#include "base/core/error.hpp"

namespace sluice::postgres {

enum class transaction_status : char { idle = 'I', in_block = 'T', failed = 'E' };

struct field_description {
    std::string_view name;
    std::uint32_t table_oid = 0;
    std::int16_t column_number = 0;
    std::uint32_t type_oid = 0;
    std::int16_t type_size_bytes = -1;
    std::int32_t type_modifier = -1;
    std::int16_t format = 0;
};

void write_authentication_ok(base::byte_buffer& out);
void write_authentication_sasl(base::byte_buffer& out, std::span<const std::string_view> mechanisms);
void write_authentication_sasl_continue(base::byte_buffer& out, std::string_view data);
void write_authentication_sasl_final(base::byte_buffer& out, std::string_view data);
void write_backend_key_data(base::byte_buffer& out, std::int32_t process_id, std::int32_t secret_key);
void write_negotiate_protocol_version(base::byte_buffer& out, std::int32_t newest_minor,
                                      std::span<const std::string_view> unknown_options);
void write_parameter_status(base::byte_buffer& out, std::string_view name, std::string_view value);
void write_ready_for_query(base::byte_buffer& out, transaction_status status);

void write_parse_complete(base::byte_buffer& out);
void write_bind_complete(base::byte_buffer& out);
void write_close_complete(base::byte_buffer& out);
void write_no_data(base::byte_buffer& out);
void write_portal_suspended(base::byte_buffer& out);
void write_empty_query_response(base::byte_buffer& out);
void write_command_complete(base::byte_buffer& out, std::string_view tag);
void write_parameter_description(base::byte_buffer& out, std::span<const std::uint32_t> types);
void write_row_description(base::byte_buffer& out, std::span<const field_description> fields);
// One row of text values; a value with data() == nullptr is NULL. For answers that no engine computes (SHOW).
void write_data_row(base::byte_buffer& out, std::span<const std::string_view> values);

void write_copy_in_response(base::byte_buffer& out, std::int8_t overall_format, std::span<const std::int16_t> formats);
void write_copy_out_response(base::byte_buffer& out, std::int8_t overall_format, std::span<const std::int16_t> formats);
void write_copy_done(base::byte_buffer& out);

// Severity FATAL when cause.fatal, else ERROR.
void write_error(base::byte_buffer& out, const error& cause);
// In the form of protocol versions 1 and 2, so that such clients can show why they are refused.
void write_error_before_version_3(base::byte_buffer& out, const error& cause);
// severity: WARNING, NOTICE, DEBUG, INFO or LOG.
void write_notice(base::byte_buffer& out, std::string_view severity, const error& text);

}  // namespace sluice::postgres
