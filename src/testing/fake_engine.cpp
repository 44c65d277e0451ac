#include "testing/fake_engine.hpp"

#include <algorithm>
#include <utility>

#include "base/core/assert.hpp"
#include "postgres/wire/backend_messages.hpp"

namespace sluice::testing {

namespace {

error syntax_error(std::string_view sql) {
    return error{.code = sqlstates::syntax_error,
                 .message = "syntax error at or near \"" + std::string(sql.substr(0, sql.find(' '))) + "\"",
                 .position = 1};
}

// The fake has no settings of its own.
error unknown_setting(std::string_view name) {
    return {.code = sqlstates::undefined_object,
            .message = "unrecognized configuration parameter \"" + std::string(name) + "\""};
}

class fake_statement final : public backend::prepared_statement {
  public:
    fake_statement(std::string sql, const fake_answer& answer) : sql_(std::move(sql)), answer_(answer) {}

    [[nodiscard]] std::span<const backend::oid> parameter_types() const override { return answer_.parameter_types; }
    [[nodiscard]] std::span<const backend::column> columns() const override { return answer_.columns; }
    [[nodiscard]] bool may_have_effect() const override { return !answer_.reads_only; }
    [[nodiscard]] const std::string& sql() const { return sql_; }
    [[nodiscard]] const fake_answer& answer() const { return answer_; }

  private:
    std::string sql_;
    const fake_answer& answer_;
};

void write_copy_line(base::byte_buffer& out, std::string_view line) {
    out.append_byte('d');
    out.append_be32(static_cast<std::uint32_t>(line.size() + 5));
    out.append(line);
    out.append_byte('\n');
}

class fake_rows final : public backend::scroll_stream {
  public:
    struct params {
        std::shared_ptr<const fake_answer> parameters_applied;
        bool as_copy_data = false;
    };

    fake_rows(fake_engine& engine, base::cancel_token& cancel, const fake_answer& answer, params how)
        : engine_(engine), cancel_(cancel), answer_(answer), how_(std::move(how)) {}

    result<backend::fetched> next(base::byte_buffer& out, backend::fetch_limit limit) override {
        SLUICE_ASSERT(!finished_ || scrolls_);
        backend::fetched got;
        const std::size_t start = out.size();
        const std::uint64_t rows_max = std::min(limit.rows_max, engine_.rows_per_chunk);
        while (got.rows < rows_max && taken_ < total() && out.size() - start < limit.bytes_max) {
            ++taken_;
            if (answer_.before_row) {
                answer_.before_row(taken_);
            }
            if (cancel_.requested()) {
                return fail(cancel_.to_error());
            }
            write_row(out);
            ++got.rows;
        }
        const bool in_a_call_of_its_own = engine_.finishes_separately || answer_.fetch_error;
        if (taken_ == total() && (got.rows == 0 || !in_a_call_of_its_own)) {
            if (answer_.fetch_error) {
                return fail(*answer_.fetch_error);
            }
            got.finished = true;
            finished_ = true;
        }
        return got;
    }

    result<backend::fetched> prior(base::byte_buffer& out, backend::fetch_limit limit) override {
        backend::fetched got;
        for (; taken_ > 0 && got.rows < std::min(limit.rows_max, engine_.rows_per_chunk); --taken_, ++got.rows) {
            write_row(out);
        }
        got.finished = taken_ == 0;
        return got;
    }
    void seek(std::uint64_t row) override { taken_ = row; }
    void scroll() { scrolls_ = true; }

  private:
    [[nodiscard]] std::uint64_t total() const {
        return answer_.counted_rows != 0 ? answer_.counted_rows : rows().size();
    }
    [[nodiscard]] const std::vector<fake_answer::row>& rows() const {
        return how_.parameters_applied ? how_.parameters_applied->rows : answer_.rows;
    }
    void write_row(base::byte_buffer& out) const {
        const fake_answer::row row =
            answer_.counted_rows != 0 ? fake_answer::row{std::to_string(taken_)} : rows()[taken_ - 1];
        if (how_.as_copy_data) {
            write_copy_line(out, row.front().value_or("\\N"));
            return;
        }
        std::vector<std::string_view> values;
        for (const auto& value : row) {
            values.push_back(value ? std::string_view(*value) : std::string_view{});
        }
        postgres::write_data_row(out, values);
    }

    fake_engine& engine_;
    base::cancel_token& cancel_;
    const fake_answer& answer_;
    params how_;
    std::uint64_t taken_ = 0;
    bool finished_ = false;
    bool scrolls_ = false;
};

class fake_copy_sink final : public backend::copy_sink {
  public:
    fake_copy_sink(fake_engine& engine, const postgres::copy_command& command)
        : engine_(engine),
          table_(command.table.back()),
          formats_(1, command.format == postgres::copy_format::binary ? backend::wire_format::binary
                                                                      : backend::wire_format::text) {}

    [[nodiscard]] std::span<const backend::wire_format> column_formats() const override { return formats_; }
    result<> write(std::string_view bytes) override {
        TRY(engine_.record("copy_write"));
        data_ += bytes;
        if (data_.starts_with("x\n") || data_.contains("\nx\n")) {
            return fail(error{.code = sqlstates::invalid_text_representation,
                              .message = "invalid input syntax for type integer: \"x\"",
                              .context = "COPY " + table_});
        }
        return {};
    }
    result<std::uint64_t> finish() override {
        TRY(engine_.record("copy_finish"));
        engine_.store_copy(table_, data_);
        const auto lines = std::ranges::count(data_, '\n');
        return static_cast<std::uint64_t>(lines) + (!data_.empty() && data_.back() != '\n' ? 1U : 0U);
    }

  private:
    fake_engine& engine_;
    std::string table_;
    std::vector<backend::wire_format> formats_;
    std::string data_;
};

class fake_session final : public backend::session {
  public:
    explicit fake_session(fake_engine& engine) : engine_(engine) {}

    result<std::shared_ptr<backend::prepared_statement>> prepare(const postgres::lexed_text& sql,
                                                                 std::span<const backend::oid> /*declared*/) override {
        TRY(engine_.record("prepare", sql.text()));
        const fake_answer* answer = engine_.find(sql.text());
        if (answer == nullptr) {
            return fail(syntax_error(sql.text()));
        }
        if (answer->prepare_error) {
            return fail(*answer->prepare_error);
        }
        return std::make_shared<fake_statement>(std::string(sql.text()), *answer);
    }

    result<backend::execution> execute(const std::shared_ptr<backend::prepared_statement>& statement,
                                       std::span<const backend::parameter> parameters,
                                       std::span<const backend::wire_format> formats,
                                       backend::execute_options options) override {
        const auto& known = dynamic_cast<const fake_statement&>(*statement);
        const fake_answer& answer = known.answer();
        SLUICE_ASSERT(parameters.size() == answer.parameter_types.size());
        SLUICE_ASSERT(formats.size() == answer.columns.size());
        TRY(engine_.record("execute", known.sql()));
        if (answer.execute_error) {
            return fail(*answer.execute_error);
        }
        if (cancel_.requested()) {
            return fail(cancel_.to_error());
        }
        backend::execution run{.rows = nullptr, .rows_affected = answer.rows_affected};
        if (!answer.columns.empty()) {
            auto rows = std::make_unique<fake_rows>(engine_, cancel_, answer,
                                                    fake_rows::params{.parameters_applied = apply(answer, parameters)});
            if (options.scroll) {
                rows->scroll();
                run.scroll = rows.get();
            }
            run.rows = std::move(rows);
        }
        return run;
    }

    result<> set_formats(backend::row_stream& /*rows*/, std::span<const backend::wire_format> formats) override {
        const bool binary = std::ranges::find(formats, backend::wire_format::binary) != formats.end();
        return binary ? engine_.record("set_formats binary") : result<>();
    }
    result<> hold(backend::row_stream& /*rows*/) override { return engine_.record("hold"); }
    void rest() override { (void)engine_.record("rest"); }

    result<std::unique_ptr<backend::copy_sink>> copy_in(const postgres::copy_command& command) override {
        TRY(engine_.record("copy_in", command.table.back()));
        if (const auto* answer = engine_.find(command.table.back()); answer != nullptr && answer->prepare_error) {
            return fail(*answer->prepare_error);
        }
        return std::make_unique<fake_copy_sink>(engine_, command);
    }

    // The answer of the table's name, or of the query.
    result<backend::copy_out_execution> copy_out(const postgres::copy_command& command) override {
        const std::string source = command.table.empty() ? command.query : command.table.back();
        TRY(engine_.record("copy_out", source));
        const fake_answer* answer = engine_.find(source);
        if (answer == nullptr) {
            return fail(syntax_error(source));
        }
        if (answer->prepare_error) {
            return fail(*answer->prepare_error);
        }
        const auto format =
            command.format == postgres::copy_format::binary ? backend::wire_format::binary : backend::wire_format::text;
        return backend::copy_out_execution{
            .rows = std::make_unique<fake_rows>(engine_, cancel_, *answer, fake_rows::params{.as_copy_data = true}),
            .column_formats = std::vector<backend::wire_format>(answer->columns.size(), format)};
    }

    result<> begin(backend::begin_options options) override {
        SLUICE_ASSERT(!in_transaction_);
        TRY(engine_.record(options.read_only ? "begin read only" : "begin"));
        in_transaction_ = true;
        return {};
    }
    result<> commit() override {
        SLUICE_ASSERT(in_transaction_);
        TRY(engine_.record("commit"));
        in_transaction_ = false;
        return {};
    }
    result<> rollback() override {
        SLUICE_ASSERT(in_transaction_);
        in_transaction_ = false;
        return engine_.record("rollback");
    }
    result<> set_value_settings(const backend::value_settings& settings) override {
        TRY(engine_.record("time_zone", settings.time_zone));
        if (settings.time_zone.starts_with("Nowhere")) {
            return fail(sqlstates::invalid_parameter_value,
                        R"(invalid value for parameter "TimeZone": ")" + settings.time_zone + "\"");
        }
        return {};
    }
    result<> set_setting(std::string_view name, std::string_view value, backend::setting_scope scope) override {
        const std::string_view verb = scope == backend::setting_scope::local ? "set_local" : "set";
        TRY(engine_.record(verb, std::string(name) + "=" + std::string(value)));
        return fail(unknown_setting(name));
    }
    result<> reset_setting(std::string_view name) override { return engine_.record("reset", name); }
    result<> reset_settings() override { return engine_.record("reset_all"); }
    result<> discard(backend::discarded what) override {
        return engine_.record(what == backend::discarded::all ? "discard_all" : "discard_temporary");
    }
    void set_dialect(const backend::dialect& how) override {
        if (how != std::exchange(dialect_, how)) {
            (void)engine_.record("dialect", how.postgres_operators ? "postgres" : "engine");
        }
    }
    [[nodiscard]] base::cancel_token& cancel() override { return cancel_; }

  private:
    // The answer with "$n" replaced; nullptr when there is nothing to replace.
    static std::shared_ptr<const fake_answer> apply(const fake_answer& answer,
                                                    std::span<const backend::parameter> parameters) {
        if (parameters.empty()) {
            return nullptr;
        }
        auto applied = std::make_shared<fake_answer>();
        applied->rows = answer.rows;
        for (auto& row : applied->rows) {
            for (auto& value : row) {
                if (value && value->size() == 2 && value->front() == '$') {
                    const auto& given = parameters[static_cast<std::size_t>((*value)[1] - '1')].value;
                    value = given ? std::optional<std::string>(*given) : std::nullopt;
                }
            }
        }
        return applied;
    }

    fake_engine& engine_;
    base::cancel_token cancel_;
    bool in_transaction_ = false;
    backend::dialect dialect_;
};

}  // namespace

backend::column int_column(std::string name) {
    return {.name = std::move(name), .type = postgres::type_oids::int4, .type_size_bytes = 4};
}

backend::column text_column(std::string name) {
    return {.name = std::move(name), .type = postgres::type_oids::text};
}

void fake_engine::fail_next(std::string call, error cause) {
    const std::scoped_lock lock(mutex_);
    faults_.insert_or_assign(std::move(call), std::move(cause));
}

std::unique_ptr<backend::session> fake_engine::open() {
    return std::make_unique<fake_session>(*this);
}

std::string fake_engine::take_calls() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(calls_, {});
}

std::string fake_engine::copied(const std::string& table) {
    const std::scoped_lock lock(mutex_);
    return copies_[table];
}

const fake_answer* fake_engine::find(std::string_view sql) const {
    const auto found = answers_.find(sql);
    return found == answers_.end() ? nullptr : &found->second;
}

result<> fake_engine::record(std::string_view call, std::string_view argument) {
    const std::scoped_lock lock(mutex_);
    calls_.append(calls_.empty() ? "" : "; ").append(call);
    if (!argument.empty()) {
        calls_.append(" ").append(argument);
    }
    const auto fault = faults_.find(call);
    if (fault == faults_.end()) {
        return {};
    }
    const error cause = fault->second;
    faults_.erase(fault);
    return fail(cause);
}

void fake_engine::store_copy(const std::string& table, std::string_view data) {
    const std::scoped_lock lock(mutex_);
    copies_[table] += data;
}

result<std::unique_ptr<backend::session>> fake_backend::open_session(const backend::session_params& /*params*/) {
    TRY(engine_.record("open_session"));
    return engine_.open();
}

result<> fake_backend::check_ready() {
    return engine_.record("check_ready");
}

}  // namespace sluice::testing
