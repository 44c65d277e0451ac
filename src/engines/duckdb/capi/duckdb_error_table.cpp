#include "engines/duckdb/capi/duckdb_error_table.hpp"

#include <array>

#include "engines/duckdb/capi/duckdb_errors.hpp"

namespace sluice::duckdb {
namespace {

namespace codes = sqlstates;

// Conditions of PostgreSQL that only DuckDB raises here.
constexpr sqlstate invalid_argument_for_logarithm{"2201E"};
constexpr sqlstate invalid_argument_for_power{"2201F"};
constexpr sqlstate invalid_row_count_in_limit{"2201W"};
constexpr sqlstate sequence_limit_exceeded{"2200H"};
constexpr sqlstate invalid_escape_sequence{"22025"};
constexpr sqlstate invalid_regular_expression{"2201B"};
constexpr sqlstate invalid_transaction_state{"25000"};
constexpr sqlstate statement_too_complex{"54001"};
constexpr sqlstate dependent_objects_still_exist{"2BP01"};
constexpr sqlstate duplicate_column{"42701"};
constexpr sqlstate duplicate_alias{"42712"};
constexpr sqlstate duplicate_function{"42723"};
constexpr sqlstate ambiguous_function{"42725"};
constexpr sqlstate duplicate_database{"42P04"};
constexpr sqlstate duplicate_schema{"42P06"};
constexpr sqlstate invalid_column_reference{"42P10"};
constexpr sqlstate windowing_error{"42P20"};
constexpr sqlstate lock_not_available{"55P03"};

constexpr std::string_view free_space = "Free space on that disk, and send the statement again.";
constexpr std::string_view free_temporary_space =
    "Free space where temp_directory is, raise temp_directory_size_max or memory_limit, or have the statement sort and "
    "join less at a time.";
constexpr std::string_view need_memory =
    "Raise memory_limit, run fewer statements at a time, or have the statement sort and join less at a time.";
constexpr std::string_view out_of_memory = "out of memory: the statement needs more than the server may use";
constexpr std::string_view need_less =
    "Have the statement make smaller values or sort and join less at a time, run fewer statements at a time, or raise "
    "memory_budget.";
constexpr std::string_view need_files = "Raise the server's limit of open files (ulimit -n), or close connections.";
constexpr std::string_view restore_data =
    "The file has changed or was damaged outside of the server. Data outside of the damaged part can still be "
    "read; restore the rest from a backup.";
constexpr std::string_view do_not_repeat = "Do not send the statement again.";

constexpr std::string_view allow_files_and_rights =
    "The server's account needs the right; while external access is off, the directory also has to be named by "
    "--allow-files, and a served folder is for reading only.";
constexpr std::string_view allow_extensions =
    "The extensions that serving needs are there. Others can be loaded when the server is started with "
    "--external-access on.";
constexpr std::string_view allow_all = "The server decides this at its start, with --external-access.";

constexpr std::string_view serialize_update = "could not serialize access due to concurrent update";
constexpr std::string_view duplicate_key = "duplicate key value violates unique constraint";
constexpr std::string_view referencing_key = "insert or update on table violates foreign key constraint";
constexpr std::string_view referenced_key = "update or delete on table violates foreign key constraint";

constexpr auto catalog_rules = std::to_array<error_rule>({
    {"Catalog", "Table with name {} does not exist because schema*", codes::undefined_table,
     R"(relation "{0}" does not exist)", true},
    {"Catalog", "Table with name {} does not exist!*", codes::undefined_table, R"(relation "{0}" does not exist)"},
    {"Catalog", "View with name {} does not exist!*", codes::undefined_table, R"(view "{0}" does not exist)"},
    {"Catalog", "Sequence with name {} does not exist!*", codes::undefined_table, R"(relation "{0}" does not exist)"},
    {"Catalog", "Index with name {} does not exist!*", codes::undefined_object, R"(index "{0}" does not exist)"},
    {"Catalog", "Schema with name {} does not exist!*", codes::invalid_schema_name, R"(schema "{0}" does not exist)"},
    {"Catalog", "{} Function with name {} does not exist!*", codes::undefined_function, "function {1} does not exist"},
    {"Catalog", "{} Function with name {} is not in the catalog*", codes::undefined_function,
     "function {1} does not exist", true},
    {"Catalog", "Type with name {} does not exist!*", codes::undefined_object, R"(type "{0}" does not exist)"},
    {"Catalog", "Collation with name {} does not exist!*", codes::undefined_object,
     R"(collation "{0}" does not exist)"},
    {"Catalog", "unrecognized configuration parameter {}", codes::undefined_object,
     R"(unrecognized configuration parameter "{0}")"},
    {"Catalog", "Column with name {} already exists!*", duplicate_column, R"(column "{0}" already exists)"},
    {"Catalog", "Type with name {} already exists!*", codes::duplicate_object, R"(type "{0}" already exists)"},
    {"Catalog", "Schema with name {} already exists!*", duplicate_schema, R"(schema "{0}" already exists)"},
    {"Catalog", "{} Function with name {} already exists!*", duplicate_function, "function {1} already exists"},
    {"Catalog", "{} with name {} already exists!*", codes::duplicate_table, R"(relation "{1}" already exists)"},
    {"Catalog", "Existing object {} is of type {}, trying to*", codes::wrong_object_type, "", false},
    {"Catalog", "Could not drop the table because*", dependent_objects_still_exist},
    {"Catalog", "SET schema: No catalog + schema named {} found*", codes::invalid_catalog_name,
     R"(database or schema "{0}" does not exist)"},
    {"Catalog", "{}rite-write conflict*", codes::serialization_failure, serialize_update, true, true},
    {"Catalog", "", codes::undefined_object},
    {"Dependency", "", dependent_objects_still_exist},
});

constexpr auto binder_rules = std::to_array<error_rule>({
    // Raised by served_folder.cpp.
    {"Binder", "Error in replacement scan: [0A000] {}", codes::feature_not_supported, "{0}"},
    {"Binder", "Error in replacement scan: [22023] {}", codes::invalid_parameter_value, "{0}"},
    {"Binder", "Error in replacement scan: [42501] {}", codes::insufficient_privilege, "{0}"},
    {"Binder", "Error in replacement scan: [42P01] {}", codes::undefined_table, "{0}"},
    {"Binder", "Error in replacement scan: [54000] {}", codes::program_limit_exceeded, "{0}"},
    {"Binder", "Error in replacement scan: [58P01] {}", codes::undefined_file, "{0}"},
    {"Binder", "Error in replacement scan: [XX001] {}", codes::data_corrupted, "{0}"},
    {"Binder", "Error in replacement scan: [{}] {}", codes::io_error, "{1}"},
    {"Binder", "Referenced column {} not found in FROM clause*", codes::undefined_column,
     R"(column "{0}" does not exist)"},
    {"Binder", "Referenced column {} was not found because*", codes::undefined_column,
     R"(column "{0}" does not exist)"},
    {"Binder", "Table {} does not have a column named {}", codes::undefined_column, "column {0}.{1} does not exist"},
    {"Binder", "Table {} does not have a column with name {}", codes::undefined_column,
     R"(column "{1}" of relation "{0}" does not exist)"},
    {"Binder", "Referenced update column {} not found in table!*", codes::undefined_column,
     R"(column "{0}" does not exist)"},
    {"Binder", "Column {} does not exist on {} side of join!*", codes::undefined_column,
     R"(column "{0}" specified in USING clause does not exist in {1} table)"},
    {"Binder", "Referenced table {} not found!*", codes::undefined_table,
     R"(missing FROM-clause entry for table "{0}")"},
    {"Binder", "No function matches the given name and argument types '{}'. You might*", codes::undefined_function,
     "function {0} does not exist", true},
    {"Binder", "Could not choose a best candidate function for the function call {}. In order*", ambiguous_function,
     "function {0} is not unique", true},
    {"Binder", "Cannot compare values of type*", codes::undefined_function},
    {"Binder", "Cannot mix values of type*", codes::datatype_mismatch},
    {"Binder", "Ambiguous reference to column name {} (use: {})", codes::ambiguous_column,
     R"(column reference "{0}" is ambiguous)", true},
    {"Binder", "Ambiguous reference to*", codes::ambiguous_column},
    {"Binder", "Duplicate alias {} in query*", duplicate_alias, R"(table name "{0}" specified more than once)"},
    {"Binder", "column {} must appear in the GROUP BY clause*", codes::grouping_error,
     R"(column "{0}" must appear in the GROUP BY clause or be used in an aggregate function)"},
    {"Binder", "aggregate function calls cannot be nested*", codes::grouping_error},
    {"Binder", "{} clause cannot contain aggregates!*", codes::grouping_error,
     "aggregate functions are not allowed in {0}"},
    {"Binder", "{} clause cannot contain window functions!*", windowing_error,
     "window functions are not allowed in {0}"},
    {"Binder", "window functions are not allowed*", windowing_error},
    {"Binder", "table {} has {} columns but {} values were supplied*", codes::syntax_error},
    {"Binder", "ORDER term out of range*", invalid_column_reference},
    {"Binder", "Set operations can only apply*", codes::syntax_error,
     "each UNION query must have the same number of columns"},
    {"Binder", "LIMIT/OFFSET cannot be negative*", invalid_row_count_in_limit, "LIMIT must not be negative"},
    {"Binder", "Prepared statement {} does not exist*", codes::invalid_sql_statement_name,
     R"(prepared statement "{0}" does not exist)"},
    {"Binder", "Cannot detach database*", codes::object_in_use},
    {"Binder", "{} database with name {} already exists*", duplicate_database, R"(database "{1}" already exists)"},
    {"Binder", "Catalog {} does not exist*", codes::invalid_catalog_name, R"(database "{0}" does not exist)"},
    {"Binder", "Unimplemented type for cast*", codes::cannot_coerce},
    {"Binder", "", codes::syntax_error_or_access_rule_violation},
    {"Parameter Not Resolved", "", codes::indeterminate_datatype},
    {"Parameter Not Allowed", "", codes::undefined_parameter},
    {"Mismatch Type", "", codes::datatype_mismatch},
    {"Syntax", "Invalid escape string*", invalid_escape_sequence},
    {"Syntax", "Number of threads can't be smaller than*", codes::invalid_parameter_value,
     "threads cannot be set below what the server was started with (--engine-threads)"},
    {"Syntax", "Must have at least 1 thread!*", codes::invalid_parameter_value},
    {"Parser", "memory exhausted*", statement_too_complex, "statement is nested too deeply"},
    {"Parser", "Max expression depth limit*", statement_too_complex},
    {"Parser", "", codes::syntax_error},
    {"Syntax", "", codes::syntax_error},
});

constexpr auto data_rules = std::to_array<error_rule>({
    {"Constraint", "Duplicate key {} violates*", codes::unique_violation, duplicate_key, true},
    {"Constraint", "PRIMARY KEY or UNIQUE constraint violat*", codes::unique_violation, duplicate_key, true},
    {"Constraint", "{}uplicate key {}", codes::unique_violation, duplicate_key, true},
    {"Constraint", "NOT NULL constraint failed: {}.{}", codes::not_null_violation,
     R"(null value in column "{1}" of relation "{0}" violates not-null constraint)"},
    {"Constraint", "CHECK constraint failed on table {} with expression*", codes::check_violation,
     R"(new row for relation "{0}" violates check constraint)", true},
    {"Constraint", "Violates foreign key constraint because key {} is still referenced*", codes::foreign_key_violation,
     referenced_key, true},
    {"Constraint", "Violates foreign key constraint because key {} does not exist*", codes::foreign_key_violation,
     referencing_key, true},
    {"Constraint", "Violates foreign key constraint*", codes::foreign_key_violation},
    {"Constraint", "", codes::integrity_constraint_violation},
    {"Conversion", "Type {} with value {} can't be cast because the value is out of range*",
     codes::numeric_value_out_of_range},
    {"Conversion", "Casting value {} to type DECIMAL{} failed: value is out of range*",
     codes::numeric_value_out_of_range, "numeric field overflow"},
    {"Conversion", "Casting value {} to type {} failed: value is out of range*", codes::numeric_value_out_of_range,
     R"(value "{0}" is out of range for type {1})"},
    {"Conversion", "date field value out of range: {}", codes::datetime_field_overflow,
     R"(date/time field value out of range: "{0}")"},
    {"Conversion", "timestamp field value out of range: {}, expected*", codes::datetime_field_overflow,
     R"(date/time field value out of range: "{0}")"},
    {"Conversion", "time field value out of range: {}, expected*", codes::datetime_field_overflow,
     R"(date/time field value out of range: "{0}")"},
    {"Conversion", "invalid {} field format: {}, expected*", codes::invalid_datetime_format,
     R"(invalid input syntax for type {0}: "{1}")"},
    {"Conversion", "Could not convert string {} to INTERVAL*", codes::invalid_datetime_format,
     R"(invalid input syntax for type interval: "{0}")"},
    {"Conversion", "Malformed JSON*", codes::invalid_text_representation, "invalid input syntax for type json", true},
    {"Conversion", "Failed to cast decimal value {} to type INT16*", codes::numeric_value_out_of_range,
     "smallint out of range"},
    {"Conversion", "Failed to cast decimal value {} to type INT32*", codes::numeric_value_out_of_range,
     "integer out of range"},
    {"Conversion", "Failed to cast decimal value {} to type INT64*", codes::numeric_value_out_of_range,
     "bigint out of range"},
    {"Conversion", "Could not cast value {} to DECIMAL*", codes::numeric_value_out_of_range},
    {"Conversion", "Unimplemented type for cast*", codes::cannot_coerce},
    {"Conversion", "{}out of range*", codes::numeric_value_out_of_range},
    {"Conversion", "", codes::invalid_text_representation},
    {"Divide by Zero", "", codes::division_by_zero, "division by zero"},
    {"Out of Range", "Overflow in {} of INT16 {}*", codes::numeric_value_out_of_range, "smallint out of range"},
    {"Out of Range", "Overflow in {} of INT32 {}*", codes::numeric_value_out_of_range, "integer out of range"},
    {"Out of Range", "Overflow in {} of INT64 {}*", codes::numeric_value_out_of_range, "bigint out of range"},
    {"Out of Range", "cannot take logarithm*", invalid_argument_for_logarithm},
    {"Out of Range", "cannot take square root*", invalid_argument_for_power},
    {"Out of Range", "", codes::numeric_value_out_of_range},
    {"Decimal", "", codes::numeric_value_out_of_range},
    {"Sequence", "nextval: reached*", sequence_limit_exceeded},
    {"Sequence", "", codes::object_not_in_prerequisite_state},
    {"Invalid Input", "Cannot change configuration option {} - the configuration has been locked",
     codes::insufficient_privilege, R"(parameter "{0}" is the server's and cannot be changed by a session)"},
    {"Invalid Input", "More than one row returned by a subquery*", codes::cardinality_violation,
     "more than one row returned by a subquery used as an expression"},
    {"Invalid Input", "Cannot execute statement of type {} on database {} which is attached in read-only mode!*",
     codes::read_only_sql_transaction, "cannot execute {0} in a read-only transaction"},
    {"Invalid Input", "Cannot prepare multiple statements*", codes::syntax_error,
     "cannot insert multiple commands into a prepared statement"},
    {"Invalid Input", "Expected {} parameters*", codes::undefined_parameter, "there is no parameter $1"},
    {"Invalid Input", "Values were not provided for the following prepared statement parameters: {}",
     codes::undefined_parameter, "there is no parameter ${0}"},
    {"Invalid Input", "Prepared statement {} does not exist*", codes::invalid_sql_statement_name,
     R"(prepared statement "{0}" does not exist)"},
    {"Invalid Input", "missing {}: {}", invalid_regular_expression, "", false},
    {"Invalid Input", "Invalid UTF8*", codes::character_not_in_repertoire},
    {"Invalid Input", "Cannot change {} when enable_external_access is disabled*", codes::insufficient_privilege,
     R"(permission denied to set parameter "{0}")", false, false, allow_all},
    {"Invalid Input", "Cannot enable external access while database is running*", codes::insufficient_privilege,
     "permission denied to set parameter \"enable_external_access\"", false, false, allow_all},
    {"Invalid Input", "Persistent secrets are disabled*", codes::insufficient_privilege,
     "secrets cannot be kept on this server's disk", false, false, allow_all},
    {"Invalid Input", "Changing Secret Manager settings*", codes::insufficient_privilege,
     "settings of secrets cannot be changed while the server runs"},
    {"Invalid Input", "", codes::invalid_parameter_value},
    {"Settings", "", codes::invalid_parameter_value},
});

constexpr auto system_rules = std::to_array<error_rule>({
    // Failures of the disk and of files; the exception's class depends on the call that noticed it.
    {"", "Transaction COMMIT succeeded and is durable{}", codes::io_error, committed_without_checkpoint, true, false,
     do_not_repeat},
    {"", "{}has been invalidated because{}", codes::connection_failure, engine_lost, true, true},
    {"", "{}orrupt database file{}", codes::data_corrupted, "", false, false, restore_data},
    {"", "{}orrupt WAL file{}", codes::data_corrupted, "", false, false, restore_data},
    {"", "{}o space left on device{}", codes::disk_full, "", false, false, free_space},
    {"", "{}isk quota exceeded{}", codes::disk_full, "", false, false, free_space},
    {"", "{}oo many open files{}", codes::insufficient_resources, "", false, true, need_files},
    {"Out of Memory", "failed to offload data block{}", codes::disk_full, "", false, false, free_temporary_space},
    {"TransactionContext", "Failed to commit: Could not {} file {}", codes::io_error},
    {"TransactionContext", "Failed to commit: Cannot open file {}", codes::io_error},
    {"TransactionContext", "Current transaction is aborted*", codes::in_failed_sql_transaction,
     "current transaction is aborted, commands ignored until end of transaction block"},
    {"TransactionContext", "cannot start a transaction within*", codes::active_sql_transaction,
     "there is already a transaction in progress"},
    {"TransactionContext", "{} no transaction is active*", codes::no_active_sql_transaction,
     "there is no transaction in progress"},
    {"TransactionContext", "Cannot write to database {} - transaction is launched in read-only mode*",
     codes::read_only_sql_transaction, "cannot write to the database in a read-only transaction"},
    {"TransactionContext", "Attempting to write to database*", codes::feature_not_supported},
    {"TransactionContext", "Failed to commit: {}uplicate key {}", codes::unique_violation, duplicate_key, true, true},
    {"TransactionContext", "Failed to commit: {} constraint viol{}", codes::unique_violation, duplicate_key, true,
     true},
    {"TransactionContext", "Cannot CHECKPOINT: there are other*", codes::object_in_use,
     "cannot checkpoint while another session writes", false, true},
    {"TransactionContext", "{}onflict{}", codes::serialization_failure, serialize_update, true, true},
    {"TransactionContext", "{} has been altered{}", codes::serialization_failure, serialize_update, true, true},
    {"TransactionContext", "{} has been {} by another transaction{}", codes::serialization_failure, serialize_update,
     true, true},
    {"TransactionContext", "", invalid_transaction_state},
    {"INTERRUPT", "", codes::query_canceled, "canceling statement due to user request"},
    {"Out of Memory", "Failed to allocate block of {}", codes::out_of_memory, out_of_memory, true, false, need_less},
    {"Out of Memory", "Failed to re-allocate block of {}", codes::out_of_memory, out_of_memory, true, false, need_less},
    {"Out of Memory", "Allocation failure*", codes::out_of_memory, out_of_memory, false, false, need_less},
    {"Out of Memory", "", codes::out_of_memory, "", false, true, need_memory},
    {"Permission", "Cannot access directory {}/v1.{} - file system operations are disabled*",
     codes::insufficient_privilege, "extensions cannot be installed on this server", false, false, allow_extensions},
    {"Permission", "Loading external extensions is disabled*", codes::insufficient_privilege,
     "extensions cannot be loaded on this server", false, false, allow_extensions},
    {"Permission", "Cannot access {} \"file:{}\" - file system operations are disabled*", codes::insufficient_privilege,
     "permission denied for {0} \"file:{1}\"", false, false, allow_files},
    {"Permission", "Cannot access {} \"{}://{}\" - file system operations are disabled*", codes::insufficient_privilege,
     "permission denied for URL \"{1}://{2}\"", false, false, allow_network},
    {"Permission", "Cannot access {} {} - file system operations are disabled*", codes::insufficient_privilege,
     R"(permission denied for {0} "{1}")", false, false, allow_files},
    {"Permission", "Modifying the {} has been disabled by configuration*", codes::insufficient_privilege,
     R"(permission denied to set parameter "{0}")", false, false, allow_all},
    {"Permission", "", codes::insufficient_privilege},
    {"Not implemented", "Unknown TimeZone {}!*", codes::invalid_parameter_value,
     R"(invalid value for parameter "TimeZone": {0})"},
    {"Not implemented", "", codes::feature_not_supported},
    {"IO", "Could not set lock on file*", codes::object_in_use},
    {"IO", "No files found that match the pattern*", codes::undefined_file},
    {"IO", "{}o such file or directory{}", codes::undefined_file},
    {"", "Unable to open database {}: access permission denied", codes::insufficient_privilege,
     R"(permission denied for file "{0}")", false, false, allow_files},
    {"IO", "Cannot open file {}: Permission denied", codes::insufficient_privilege,
     R"(permission denied for file "{0}")", false, false, allow_files_and_rights},
    {"IO", "DeltaKernel {}ermission denied{}", codes::insufficient_privilege,
     "permission denied for files of a Delta table", true, false, allow_files_and_rights},
    {"IO", "{}ermission denied{}", codes::insufficient_privilege, "", false, false, allow_files_and_rights},
    {"IO", "", codes::io_error},
    {"HTTP", "", codes::io_error},
    {"Network", "", codes::io_error},
    {"Connection", "", codes::connection_failure},
    {"Missing Extension", "", codes::undefined_file},
    {"Extension Autoloading", "", codes::undefined_file},
    {"Serialization", "", codes::internal_error},
    {"FATAL", "fsync failed{}", codes::io_error},
    {"FATAL", "", codes::internal_error},
    {"INTERNAL", "", codes::internal_error},
    {"", "database is locked", lock_not_available, "", false, true},
    {"", "", codes::internal_error},
});

std::string_view without_quotes(std::string_view text) {
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
        return text.substr(1, text.size() - 2);
    }
    return text;
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text, std::vector<std::string_view>& captures) {
    captures.clear();
    while (!pattern.empty()) {
        if (pattern == "*") {
            return true;
        }
        if (!pattern.starts_with("{}")) {
            if (text.empty() || text.front() != pattern.front()) {
                return false;
            }
            pattern.remove_prefix(1);
            text.remove_prefix(1);
            continue;
        }
        pattern.remove_prefix(2);
        const std::string_view literal = pattern.substr(0, std::min(pattern.find("{}"), pattern.find('*')));
        const std::size_t length = literal.empty() ? text.size() : text.find(literal);
        if (length == std::string_view::npos) {
            return false;
        }
        captures.push_back(without_quotes(text.substr(0, length)));
        text.remove_prefix(length);
    }
    return text.empty();
}

std::string fill_template(std::string_view words, const std::vector<std::string_view>& captures) {
    std::string filled;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == '{' && i + 2 < words.size() && words[i + 2] == '}') {
            const auto index = static_cast<std::size_t>(words[i + 1] - '0');
            filled += index < captures.size() ? captures[index] : std::string_view();
            i += 2;
        } else {
            filled += words[i];
        }
    }
    return filled;
}

std::optional<error_match> find_error_rule(std::string_view exception_class, std::string_view headline) {
    error_match match{.rule = nullptr, .captures = {}};
    const auto search = [&](const auto& rules) {
        for (const error_rule& rule : rules) {
            if ((rule.exception_class.empty() || rule.exception_class == exception_class) &&
                (rule.pattern.empty() || matches_pattern(rule.pattern, headline, match.captures))) {
                match.rule = &rule;
                return true;
            }
        }
        return false;
    };
    if (search(catalog_rules) || search(binder_rules) || search(data_rules) || search(system_rules)) {
        return match;
    }
    return std::nullopt;
}

}  // namespace sluice::duckdb
