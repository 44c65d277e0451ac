// Expected bytes were sent by PostgreSQL 15 for the statement in the comment, or are spelled from the manual (55.7).
#include "postgres/wire/backend_messages.hpp"

#include <array>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace sluice::postgres {
namespace {

using namespace std::string_view_literals;

template <typename... Arguments>
std::string written(void (*write)(base::byte_buffer&, Arguments...), std::type_identity_t<Arguments>... arguments) {
    base::byte_buffer out;
    out.append("before");
    write(out, arguments...);
    EXPECT_EQ(out.view().substr(0, 6), "before");
    return std::string(out.view().substr(6));
}

TEST(backend_messages, authentication) {
    EXPECT_EQ(written(write_authentication_ok), "R\0\0\0\x08\0\0\0\0"sv);
    const std::array with_tls{"SCRAM-SHA-256-PLUS"sv, "SCRAM-SHA-256"sv};
    EXPECT_EQ(written(write_authentication_sasl, with_tls), "R\0\0\0*\0\0\0\nSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"sv);
    EXPECT_EQ(
        written(write_authentication_sasl_continue, "r=abc47JwQ+wSt3qbjyojjQyDByMP,s=JqaqJfSlFDFM4/sXw2EsKw==,i=4096"),
        "R\0\0\0G\0\0\0\x0br=abc47JwQ+wSt3qbjyojjQyDByMP,s=JqaqJfSlFDFM4/sXw2EsKw==,i=4096"sv);
    EXPECT_EQ(written(write_authentication_sasl_final, "v=x"), "R\0\0\0\x0b\0\0\0\x0cv=x"sv);
}

// Startup packet for protocol 3.2 with _pq_.a and _pq_.bee.
TEST(backend_messages, negotiate_protocol_version) {
    const std::array options{"_pq_.a"sv, "_pq_.bee"sv};
    EXPECT_EQ(written(write_negotiate_protocol_version, 0, options), "v\0\0\0\x1c\0\3\0\0\0\0\0\2_pq_.a\0_pq_.bee\0"sv);
    EXPECT_EQ(written(write_negotiate_protocol_version, 0, {}), "v\0\0\0\x0c\0\3\0\0\0\0\0\0"sv);
}

TEST(backend_messages, session_start) {
    EXPECT_EQ(written(write_backend_key_data, 0x6314, 0x55065dd6), "K\0\0\0\x0c\0\0c\x14U\x06]\xd6"sv);
    EXPECT_EQ(written(write_backend_key_data, 1, -1), "K\0\0\0\x0c\0\0\0\1\xff\xff\xff\xff"sv);
    EXPECT_EQ(written(write_parameter_status, "client_encoding", "UTF8"),
              "S\0\0\0\x19"
              "client_encoding\0UTF8\0"sv);
    EXPECT_EQ(written(write_ready_for_query, transaction_status::idle), "Z\0\0\0\5I"sv);
    EXPECT_EQ(written(write_ready_for_query, transaction_status::in_block), "Z\0\0\0\5T"sv);
    EXPECT_EQ(written(write_ready_for_query, transaction_status::failed), "Z\0\0\0\5E"sv);
}

TEST(backend_messages, without_fields) {
    EXPECT_EQ(written(write_parse_complete), "1\0\0\0\4"sv);
    EXPECT_EQ(written(write_bind_complete), "2\0\0\0\4"sv);
    EXPECT_EQ(written(write_close_complete), "3\0\0\0\4"sv);
    EXPECT_EQ(written(write_no_data), "n\0\0\0\4"sv);
    EXPECT_EQ(written(write_portal_suspended), "s\0\0\0\4"sv);
    EXPECT_EQ(written(write_empty_query_response), "I\0\0\0\4"sv);
    EXPECT_EQ(written(write_copy_done), "c\0\0\0\4"sv);
}

TEST(backend_messages, command_complete) {
    EXPECT_EQ(written(write_command_complete, "SELECT 1"), "C\0\0\0\rSELECT 1\0"sv);
}

// Parse `select $1::int` with one type, Describe.
TEST(backend_messages, parameter_description) {
    const std::array<std::uint32_t, 1> types{23};
    EXPECT_EQ(written(write_parameter_description, types), "t\0\0\0\n\0\1\0\0\0\x17"sv);
}

// select 'a'::text, null::int, ''::varchar(5)
TEST(backend_messages, rows) {
    const std::array fields{
        field_description{.name = "text", .type_oid = 25},
        field_description{.name = "int4", .type_oid = 23, .type_size_bytes = 4},
        field_description{.name = "varchar", .type_oid = 1043, .type_modifier = 9},
    };
    EXPECT_EQ(written(write_row_description, fields),
              "T\0\0\0N\0\3text\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0"
              "int4\0\0\0\0\0\0\0\0\0\0\x17\0\4\xff\xff\xff\xff\0\0"
              "varchar\0\0\0\0\0\0\0\0\0\4\x13\xff\xff\0\0\0\t\0\0"sv);
    const std::array values{"a"sv, std::string_view{}, ""sv};
    EXPECT_EQ(written(write_data_row, values), "D\0\0\0\x13\0\3\0\0\0\1a\xff\xff\xff\xff\0\0\0\0"sv);
}

TEST(backend_messages, row_description_carries_table_column_and_format) {
    const std::array fields{
        field_description{.name = "a", .table_oid = 0x01020304, .column_number = 5, .type_oid = 20, .format = 1}};
    EXPECT_EQ(written(write_row_description, fields),
              "T\0\0\0\x1a\0\1a\0\1\2\3\4\0\5\0\0\0\x14\xff\xff\xff\xff\xff\xff\0\1"sv);
}

// copy t from stdin; copy (select 1,'x') to stdout (format binary)
TEST(backend_messages, copy_responses) {
    const std::array<std::int16_t, 2> text{0, 0};
    const std::array<std::int16_t, 2> binary{1, 1};
    EXPECT_EQ(written(write_copy_in_response, std::int8_t{0}, text), "G\0\0\0\x0b\0\0\2\0\0\0\0"sv);
    EXPECT_EQ(written(write_copy_out_response, std::int8_t{1}, binary), "H\0\0\0\x0b\1\0\2\0\1\0\1"sv);
}

TEST(backend_messages, error_fields_in_postgresqls_order) {
    const auto cause = error{.code = sqlstates::division_by_zero, .message = "boom"}
                           .with_detail("d1")
                           .with_hint("h1")
                           .with_context("line 1")
                           .with_position(15);
    EXPECT_EQ(written<const error&>(write_error, cause),
              "E\0\0\0004SERROR\0VERROR\0C22012\0Mboom\0Dd1\0Hh1\0P15\0Wline 1\0\0"sv);
}

TEST(backend_messages, a_bare_fatal_error) {
    const auto cause = error{.code = sqlstates::invalid_password, .message = "no"}.as_fatal();
    EXPECT_EQ(written<const error&>(write_error, cause), "E\0\0\0\x1eSFATAL\0VFATAL\0C28P01\0Mno\0\0"sv);
}

TEST(backend_messages, notice) {
    const error text{.code = sqlstates::successful_completion, .message = "boo"};
    EXPECT_EQ((written<std::string_view, const error&>(write_notice, "NOTICE", text)),
              "N\0\0\0!SNOTICE\0VNOTICE\0C00000\0Mboo\0\0"sv);
}

TEST(backend_messages, a_zero_byte_in_a_text_cannot_break_the_message) {
    EXPECT_EQ(written(write_command_complete, "SEL\0ECT"sv), "C\0\0\0\x08SEL\0"sv);
}

}  // namespace
}  // namespace sluice::postgres
