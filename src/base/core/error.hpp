// error.hpp - an error in the form that a PostgreSQL client understands.
//
// Problem: every failure must reach the client as severity, SQLSTATE, message, detail, hint and position, from any
//          layer.
// Use:     return fail(sqlstates::undefined_table, "relation \"t\" does not exist");
//          TRY_ASSIGN(auto rows, session.prepare(sql));  // see result.hpp
// Source:  PostgreSQL 15 manual, appendix A (error codes) and 55.8 (error and notice message fields).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

// Five characters of class and condition, e.g. 42P01.
class sqlstate {
  public:
    consteval sqlstate(const char (&code)[6]) : code_{code[0], code[1], code[2], code[3], code[4]} {}

    // Five characters that came from elsewhere.
    explicit constexpr sqlstate(std::string_view code) { std::copy_n(code.data(), code_.size(), code_.data()); }

    [[nodiscard]] constexpr std::string_view view() const { return {code_.data(), code_.size()}; }
    friend constexpr bool operator==(const sqlstate&, const sqlstate&) = default;

  private:
    std::array<char, 5> code_{};
};

struct error {
    sqlstate code;
    std::string message;
    std::string detail;
    std::string hint;
    std::string context;        // the WHERE field, e.g. `COPY t, line 3, column a: "x"`
    std::int32_t position = 0;  // 1-based character in the statement's text; 0: unknown
    bool retryable = false;     // the same statement may succeed when it is sent again
    bool fatal = false;         // the connection ends after this error

    [[nodiscard]] error with_detail(std::string text) &&;
    [[nodiscard]] error with_hint(std::string text) &&;
    [[nodiscard]] error with_context(std::string text) &&;
    [[nodiscard]] error with_position(std::int32_t one_based) &&;
    [[nodiscard]] error as_fatal() &&;
};

// The conditions that Sluice itself raises.
namespace sqlstates {
inline constexpr sqlstate successful_completion{"00000"};
inline constexpr sqlstate warning{"01000"};
inline constexpr sqlstate protocol_violation{"08P01"};
inline constexpr sqlstate connection_failure{"08006"};
inline constexpr sqlstate feature_not_supported{"0A000"};
inline constexpr sqlstate cardinality_violation{"21000"};
inline constexpr sqlstate data_exception{"22000"};
inline constexpr sqlstate string_data_right_truncation{"22001"};
inline constexpr sqlstate numeric_value_out_of_range{"22003"};
inline constexpr sqlstate invalid_datetime_format{"22007"};
inline constexpr sqlstate datetime_field_overflow{"22008"};
inline constexpr sqlstate invalid_time_zone_displacement_value{"22009"};
inline constexpr sqlstate division_by_zero{"22012"};
inline constexpr sqlstate interval_field_overflow{"22015"};
inline constexpr sqlstate character_not_in_repertoire{"22021"};
inline constexpr sqlstate invalid_parameter_value{"22023"};
inline constexpr sqlstate array_subscript_error{"2202E"};
inline constexpr sqlstate invalid_text_representation{"22P02"};
inline constexpr sqlstate invalid_binary_representation{"22P03"};
inline constexpr sqlstate bad_copy_file_format{"22P04"};
inline constexpr sqlstate integrity_constraint_violation{"23000"};
inline constexpr sqlstate not_null_violation{"23502"};
inline constexpr sqlstate foreign_key_violation{"23503"};
inline constexpr sqlstate unique_violation{"23505"};
inline constexpr sqlstate check_violation{"23514"};
inline constexpr sqlstate active_sql_transaction{"25001"};
inline constexpr sqlstate read_only_sql_transaction{"25006"};
inline constexpr sqlstate no_active_sql_transaction{"25P01"};
inline constexpr sqlstate in_failed_sql_transaction{"25P02"};
inline constexpr sqlstate idle_in_transaction_session_timeout{"25P03"};
inline constexpr sqlstate invalid_sql_statement_name{"26000"};
inline constexpr sqlstate invalid_authorization_specification{"28000"};
inline constexpr sqlstate invalid_password{"28P01"};
inline constexpr sqlstate invalid_catalog_name{"3D000"};
inline constexpr sqlstate invalid_cursor_name{"34000"};
inline constexpr sqlstate serialization_failure{"40001"};
inline constexpr sqlstate syntax_error_or_access_rule_violation{"42000"};
inline constexpr sqlstate insufficient_privilege{"42501"};
inline constexpr sqlstate syntax_error{"42601"};
inline constexpr sqlstate undefined_column{"42703"};
inline constexpr sqlstate duplicate_column{"42701"};
inline constexpr sqlstate invalid_column_reference{"42P10"};
inline constexpr sqlstate undefined_object{"42704"};
inline constexpr sqlstate ambiguous_column{"42702"};
inline constexpr sqlstate grouping_error{"42803"};
inline constexpr sqlstate datatype_mismatch{"42804"};
inline constexpr sqlstate wrong_object_type{"42809"};
inline constexpr sqlstate cannot_coerce{"42846"};
inline constexpr sqlstate undefined_function{"42883"};
inline constexpr sqlstate undefined_table{"42P01"};
inline constexpr sqlstate undefined_parameter{"42P02"};
inline constexpr sqlstate duplicate_cursor{"42P03"};
inline constexpr sqlstate duplicate_prepared_statement{"42P05"};
inline constexpr sqlstate duplicate_table{"42P07"};
inline constexpr sqlstate duplicate_object{"42710"};
inline constexpr sqlstate indeterminate_datatype{"42P18"};
inline constexpr sqlstate invalid_schema_name{"3F000"};
inline constexpr sqlstate insufficient_resources{"53000"};
inline constexpr sqlstate disk_full{"53100"};
inline constexpr sqlstate out_of_memory{"53200"};
inline constexpr sqlstate too_many_connections{"53300"};
inline constexpr sqlstate configuration_limit_exceeded{"53400"};
inline constexpr sqlstate program_limit_exceeded{"54000"};
inline constexpr sqlstate too_many_arguments{"54023"};
inline constexpr sqlstate object_not_in_prerequisite_state{"55000"};
inline constexpr sqlstate object_in_use{"55006"};
inline constexpr sqlstate cant_change_runtime_param{"55P02"};
inline constexpr sqlstate lock_not_available{"55P03"};
inline constexpr sqlstate query_canceled{"57014"};
inline constexpr sqlstate admin_shutdown{"57P01"};
inline constexpr sqlstate cannot_connect_now{"57P03"};
inline constexpr sqlstate io_error{"58030"};
inline constexpr sqlstate undefined_file{"58P01"};
inline constexpr sqlstate duplicate_file{"58P02"};
inline constexpr sqlstate config_file_error{"F0000"};
inline constexpr sqlstate internal_error{"XX000"};
inline constexpr sqlstate data_corrupted{"XX001"};
}  // namespace sqlstates

}  // namespace sluice
