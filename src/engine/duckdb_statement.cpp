#include "engine/duckdb_statement.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/contains.hpp"
#include "engine/duckdb_effects.hpp"
#include "engine/statement_parameters.hpp"
#include "engine/types.hpp"
#include "pgwire/decode_number.hpp"
#include "sql/quote.hpp"
#include "sql/statement.hpp"
#include "sql/translate.hpp"

namespace sluice::engine {
namespace {

constexpr oid unknown_oid = 705;

// The DuckDB type that a declared parameter is cast to. numeric is left to DuckDB as far as it can tell, because a
// cast needs a scale.
struct cast_entry {
    oid type;
    std::string_view duckdb;
};
constexpr auto casts = std::to_array<cast_entry>({
    {16, "BOOLEAN"},     {17, "BLOB"},         {18, "VARCHAR"},       {19, "VARCHAR"},
    {20, "BIGINT"},      {21, "SMALLINT"},     {23, "INTEGER"},       {25, "VARCHAR"},
    {26, "BIGINT"},      {114, "JSON"},        {199, "JSON[]"},       {700, "FLOAT"},
    {701, "DOUBLE"},     {1000, "BOOLEAN[]"},  {1001, "BLOB[]"},      {1005, "SMALLINT[]"},
    {1007, "INTEGER[]"}, {1009, "VARCHAR[]"},  {1015, "VARCHAR[]"},   {1016, "BIGINT[]"},
    {1021, "FLOAT[]"},   {1022, "DOUBLE[]"},   {1042, "VARCHAR"},     {1043, "VARCHAR"},
    {1082, "DATE"},      {1083, "TIME"},       {1114, "TIMESTAMP"},   {1115, "TIMESTAMP[]"},
    {1182, "DATE[]"},    {1183, "TIME[]"},     {1184, "TIMESTAMPTZ"}, {1185, "TIMESTAMPTZ[]"},
    {1186, "INTERVAL"},  {1187, "INTERVAL[]"}, {1266, "TIMETZ"},      {1270, "TIMETZ[]"},
    {1560, "BIT"},       {1562, "BIT"},        {2950, "UUID"},        {2951, "UUID[]"},
    {3802, "JSON"},
});
constexpr oid numeric_oid = 1700;
// Wide enough for money and for what drivers send where nothing tells the scale.
constexpr std::string_view unresolved_numeric = "DECIMAL(38,10)";
// What a parameter of unknown type may be, tried in this order; PostgreSQL takes text, too, where operators allow it.
constexpr std::array<std::string_view, 4> unresolved_casts{"VARCHAR", "BIGINT", "DOUBLE", "TIMESTAMP"};

std::string_view cast_of(oid type) {
    const auto* const found = std::ranges::find(casts, type, &cast_entry::type);
    return found == casts.end() ? std::string_view() : found->duckdb;
}

bool is_declared(oid type) {
    return type != 0 && type != unknown_oid;
}

// EXPLAIN ANALYZE, PRAGMA enable_profiling, SET custom_profiling_settings and the like.
bool needs_metrics(std::string_view first_word, std::string_view sql) {
    constexpr std::string_view word = "profil";
    const auto same = [](char a, char b) { return pgwire::to_lower(a) == b; };
    return first_word == "explain" || !std::ranges::search(sql, word, same).empty();
}

core::error prepare_failure(const planner& with, const char* message, const duckdb_statement& statement) {
    return with.link.to_error(message, {.sent = statement.sent, .original = statement.text});
}

// PIVOT becomes several statements: types that the last one needs, and the query.
core::result<owned_statement> prepare_last(const planner& with, const duckdb_statement& statement) {
    if (sql::split_statements(statement.text).size() > 1) {
        return core::fail(core::sqlstates::syntax_error, "cannot insert multiple commands into a prepared statement");
    }
    owned_extracted extracted;
    const idx_t count = duckdb_extract_statements(with.link.connection(), statement.sent.c_str(), extracted.out());
    owned_statement plan;
    for (idx_t i = 0; i < count; ++i) {
        if (duckdb_prepare_extracted_statement(with.link.connection(), extracted.get(), i, plan.out()) == DuckDBError) {
            return core::fail(prepare_failure(with, duckdb_prepare_error(plan.get()), statement));
        }
        owned_result result;
        if (i + 1 < count && duckdb_execute_prepared(plan.get(), result.out()) == DuckDBError) {
            return core::fail(prepare_failure(with, duckdb_result_error(result.get()), statement));
        }
    }
    if (!plan) {
        return core::fail(prepare_failure(with, duckdb_extract_statements_error(extracted.get()), statement));
    }
    return plan;
}

core::result<owned_statement> make_plan(const planner& with, const duckdb_statement& statement) {
    if (statement.native) {
        // EXECUTE: see native_statements.hpp.
        TRY_ASSIGN(const auto* native, with.natives.find(statement.native->name));
        TRY(run_sql(with.link.connection(), native->sql));
    }
    owned_statement plan;
    if (duckdb_prepare(with.link.connection(), statement.sent.c_str(), plan.out()) == DuckDBSuccess) {
        return plan;
    }
    const char* message = duckdb_prepare_error(plan.get());
    if (message != nullptr && std::string_view(message).contains("Cannot prepare multiple statements")) {
        return prepare_last(with, statement);
    }
    return core::fail(prepare_failure(with, message, statement));
}

core::result<> replace_plan(const planner& with, duckdb_statement& statement) {
    const plan_stamp stamp = with.clock.now(with.link.id());
    statement.plan.reset();
    TRY_ASSIGN(statement.plan, make_plan(with, statement));
    const bool same_names = stamp.epoch.schema == statement.stamp.epoch.schema &&
                            stamp.own_schema == statement.stamp.own_schema &&
                            stamp.connection == statement.stamp.connection;
    if (!same_names) {
        statement.reuse = plan_reuse::unknown;
    }
    if (!same_names || statement.reuse == plan_reuse::never || statement.reuse == plan_reuse::unknown) {
        statement.encoder.reset();  // what it knows of enums and structs may be old
    }
    statement.stamp = stamp;
    statement.planned_at = std::chrono::steady_clock::now();
    statement.executed = false;
    return {};
}

// Fills parameters; tells which of DuckDB's it knows no type for.
core::result<std::vector<std::size_t>> read_parameters(duckdb_statement& statement, const parameter_uses& uses) {
    if (duckdb_nparams(statement.plan.get()) != uses.numbers.size()) {
        return core::fail(core::sqlstates::undefined_parameter, "parameters must be numbered: $1, $2, ...");
    }
    const std::size_t highest = uses.numbers.empty() ? 0 : uses.numbers.back();
    const std::size_t count = std::max(highest, statement.declared.size());
    std::vector<std::size_t> unresolved;
    statement.parameters.clear();
    statement.parameter_oids.clear();
    std::size_t used = 0;
    for (std::size_t i = 0; i < count; ++i) {
        statement_parameter parameter;
        const oid declared = i < statement.declared.size() ? statement.declared[i] : 0;
        if (used < uses.numbers.size() && uses.numbers[used] == i + 1) {
            parameter.index = ++used;
            parameter.target = owned_type(duckdb_param_logical_type(statement.plan.get(), parameter.index));
            const auto id = parameter.target ? duckdb_get_type_id(parameter.target.get()) : DUCKDB_TYPE_INVALID;
            if (id == DUCKDB_TYPE_INVALID || id == DUCKDB_TYPE_SQLNULL || id == DUCKDB_TYPE_ANY) {
                parameter.target.reset();
                unresolved.push_back(used - 1);
            }
        } else if (!is_declared(declared)) {
            return core::fail(core::sqlstates::indeterminate_datatype,
                              "could not determine data type of parameter $" + std::to_string(i + 1));
        }
        parameter.type = is_declared(declared) ? declared
                         : parameter.target    ? describe_type(parameter.target.get()).type
                                               : type_oids::text;
        statement.parameter_oids.push_back(parameter.type);
        statement.parameters.push_back(std::move(parameter));
    }
    return unresolved;
}

// Finds types for all parameters of a statement, by planning it with one guess after the other.
class parameter_resolution {
  public:
    parameter_resolution(const planner& with, duckdb_statement& statement)
        : with_(&with), statement_(&statement), uses_(find_parameters(statement.text)) {
        for (std::size_t i = 0; i < uses_.numbers.size(); ++i) {
            const std::size_t number = uses_.numbers[i];
            const oid declared = number <= statement.declared.size() ? statement.declared[number - 1] : 0;
            // A second cast, to another type, would make DuckDB forget both: $1::int stays as it is, and its value, of
            // the declared type, is cast when it is bound.
            types_.push_back(is_declared(declared) && !uses_.has_cast[i] ? cast_of(declared) : std::string_view());
            numeric_.push_back(declared == numeric_oid);
        }
    }

    core::result<> run() {
        TRY_ASSIGN(auto unresolved, plan());
        if (unresolved.empty()) {
            return {};
        }
        // DuckDB stops at the first parameter that it has no type for and knows none of those behind it.
        std::erase_if(unresolved, [&](std::size_t i) { return uses_.has_cast[i]; });
        if (unresolved.empty()) {
            return {};  // cast to several types: any value will do
        }
        if (unresolved.size() > 1 && unresolved.size() <= tried_alone_max) {
            std::erase_if(unresolved, [&, all = unresolved](std::size_t i) { return resolves_alone(i, all); });
        }
        std::optional<core::error> first_failure;
        for (const std::string_view candidate : unresolved_casts) {
            auto planned = plan_with(candidate, unresolved, none_left_out);
            if (planned && planned->empty()) {
                return {};
            }
            if (!planned && !first_failure) {
                first_failure = std::move(planned).error();
            }
        }
        return first_failure ? core::fail(*std::move(first_failure))
                             : core::fail(core::sqlstates::indeterminate_datatype,
                                          "could not determine the data types of the parameters");
    }

  private:
    static constexpr std::size_t tried_alone_max = 16;
    static constexpr std::size_t none_left_out = static_cast<std::size_t>(-1);

    core::result<std::vector<std::size_t>> plan() {
        statement_->sent = sql::translate(uses_.text, {.parameter_types = types_});
        TRY(replace_plan(*with_, *statement_));
        return read_parameters(*statement_, uses_);
    }
    core::result<std::vector<std::size_t>> plan_with(std::string_view candidate,
                                                     const std::vector<std::size_t>& guessed, std::size_t left_out) {
        const auto known = types_;
        for (const std::size_t i : guessed) {
            if (i != left_out) {
                types_[i] = numeric_[i] ? unresolved_numeric : candidate;
            }
        }
        auto planned = plan();
        types_ = known;
        return planned;
    }
    // Does it get a type from where it stands once the others have one?
    bool resolves_alone(std::size_t parameter, const std::vector<std::size_t>& all) {
        const auto planned = plan_with(unresolved_casts.front(), all, parameter);
        return planned && planned->empty();
    }

    const planner* with_;
    duckdb_statement* statement_;
    parameter_uses uses_;
    std::vector<std::string_view> types_;
    std::vector<bool> numeric_;
};

bool is_single_column(const owned_statement& plan, std::string_view name, duckdb_type type) {
    if (duckdb_prepared_statement_column_count(plan.get()) != 1 ||
        duckdb_prepared_statement_column_type(plan.get(), 0) != type) {
        return false;
    }
    const char* found = duckdb_prepared_statement_column_name(plan.get(), 0);
    const bool same = found != nullptr && name == found;
    duckdb_free(
        const_cast<char*>(found));  // NOLINT(cppcoreguidelines-pro-type-const-cast): the caller's, says duckdb.h
    return same;
}

result_shape shape_of(const duckdb_statement& statement) {
    switch (statement.type) {
        case DUCKDB_STATEMENT_TYPE_SELECT:
        case DUCKDB_STATEMENT_TYPE_RELATION:
        case DUCKDB_STATEMENT_TYPE_LOGICAL_PLAN:
            return result_shape::rows;
        case DUCKDB_STATEMENT_TYPE_EXPLAIN:
            return result_shape::explain;
        case DUCKDB_STATEMENT_TYPE_INSERT:
        case DUCKDB_STATEMENT_TYPE_UPDATE:
        case DUCKDB_STATEMENT_TYPE_DELETE:
        case DUCKDB_STATEMENT_TYPE_MERGE_INTO:
            return statement.traits.returning ? result_shape::stored_rows : result_shape::count;
        case DUCKDB_STATEMENT_TYPE_CREATE:
            return result_shape::count;  // also when the columns are not known yet, for a parameter of a table function
        case DUCKDB_STATEMENT_TYPE_COPY:
            return is_single_column(statement.plan, "Count", DUCKDB_TYPE_BIGINT) ? result_shape::count
                                                                                 : result_shape::stored_rows;
        default:
            return duckdb_prepared_statement_column_count(statement.plan.get()) == 0 ||
                           is_single_column(statement.plan, "Success", DUCKDB_TYPE_BOOLEAN)
                       ? result_shape::nothing
                       : result_shape::stored_rows;
    }
}

std::vector<column> read_columns(duckdb_statement& statement) {
    std::vector<column> columns;
    statement.column_types.clear();
    if (statement.shape == result_shape::explain) {
        columns.push_back({.name = "QUERY PLAN", .type = type_oids::text});
        return columns;
    }
    if (statement.shape != result_shape::rows && statement.shape != result_shape::stored_rows) {
        return columns;
    }
    const idx_t count = duckdb_prepared_statement_column_count(statement.plan.get());
    for (idx_t i = 0; i < count; ++i) {
        owned_type type(duckdb_prepared_statement_column_logical_type(statement.plan.get(), i));
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the name is the caller's to free, says duckdb.h
        auto* name = const_cast<char*>(duckdb_prepared_statement_column_name(statement.plan.get(), i));
        columns.push_back(describe_column(take_text(name), type.get()));
        statement.column_types.push_back(std::move(type));
    }
    return columns;
}

core::result<> describe_prepare(const planner& with, duckdb_statement& statement) {
    // Planned once, to tell what is wrong with it and what it will do.
    const native_command& command = *statement.native;
    std::vector<std::string> types;
    std::vector<std::string_view> views;
    for (const std::string& type : command.types) {
        types.push_back(sql::translate("CAST(NULL AS " + type + ")", {}));
    }
    for (std::string& type : types) {
        type = type.substr(13, type.size() - 14);  // what translate() made of the type's name
        views.push_back(type);
    }
    duckdb_statement body;
    body.text = command.body;
    body.traits = read_traits(body.text);
    if (!contains(std::array<std::string_view, 7>{"select", "values", "insert", "update", "delete", "with", "merge"},
                  body.traits.first_word) &&
        body.traits.first_word != "from") {
        return core::fail(core::error{.code = core::sqlstates::syntax_error,
                                      .message = "syntax error at or near \"" + body.traits.first_word + "\"",
                                      .position = 0});
    }
    body.sent = sql::translate(body.text, {.parameter_types = views});
    TRY_ASSIGN(body.plan, make_plan(with, body));
    body.type = duckdb_prepared_statement_type(body.plan.get());
    statement.sent = "PREPARE " + sql::quote_identifier(command.name) + " AS " + body.sent;
    statement.prepared_shape = shape_of(body);
    statement.prepared_effect = effect_of(body.type, body.traits, with.link.instance().functions());
    return {};
}

core::result<> describe_plan(const planner& with, duckdb_statement& statement) {
    TRY(parameter_resolution(with, statement).run());
    statement.traits = read_traits(statement.sent);
    statement.type = duckdb_prepared_statement_type(statement.plan.get());
    if (statement.native) {
        TRY_ASSIGN(const auto* native, with.natives.find(statement.native->name));
        statement.shape = native->shape;
        statement.effect = native->effect;
    } else {
        statement.shape = shape_of(statement);
        statement.effect = effect_of(statement.type, statement.traits, with.link.instance().functions());
    }
    statement.described = read_columns(statement);
    return {};
}

}  // namespace

core::result<std::shared_ptr<duckdb_statement>> describe_statement(const planner& with, std::string_view sql,
                                                                   std::span<const oid> declared) {
    auto statement = std::make_shared<duckdb_statement>();
    statement->text = sql;
    statement->declared.assign(declared.begin(), declared.end());
    statement->traits = read_traits(sql);
    if (needs_metrics(statement->traits.first_word, sql)) {
        TRY(with.link.collect_metrics());
    }
    TRY_ASSIGN(statement->native, parse_native(statement->text));
    const bool plans = !statement->native || statement->native->what == native_command::verb::execute;
    if (statement->traits.first_word == "import") {
        // Becomes as many statements as the folder holds; they run when they are asked for.
        statement->runs_as_text = true;
        statement->sent = sql;
        statement->effect = change::schema;
    } else if (plans) {
        TRY(describe_plan(with, *statement));
    } else if (statement->native->what == native_command::verb::prepare) {
        TRY(describe_prepare(with, *statement));
    }
    return statement;
}

std::unique_ptr<stream_encoder> take_encoder(duckdb_statement& statement, const stream_style& style) {
    if (statement.encoder && statement.encoder->fits(style.formats, style.settings)) {
        return std::move(statement.encoder);
    }
    std::vector<duckdb_logical_type> types;
    types.reserve(statement.column_types.size());
    for (const owned_type& type : statement.column_types) {
        types.push_back(type.get());
    }
    row_encoder rows({.types = types, .formats = style.formats, .settings = style.settings, .zone = style.zone});
    return std::make_unique<stream_encoder>(stream_encoder{
        .rows = std::move(rows), .formats = {style.formats.begin(), style.formats.end()}, .settings = style.settings});
}

core::result<> plan_again(const planner& with, duckdb_statement& statement) {
    TRY(replace_plan(with, statement));
    const auto columns = read_columns(statement);
    const auto same = [](const column& a, const column& b) {
        return a.name == b.name && a.type == b.type && a.type_modifier == b.type_modifier;
    };
    if (!std::ranges::equal(columns, statement.described, same)) {
        statement.plan.reset();
        return core::fail(core::sqlstates::feature_not_supported, "cached plan must not change result type");
    }
    return {};
}

}  // namespace sluice::engine
