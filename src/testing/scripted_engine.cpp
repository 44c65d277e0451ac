#include "testing/scripted_engine.hpp"

#include <utility>

#include "postgres/wire/backend_messages.hpp"
#include "postgres/wire/message_writer.hpp"

namespace sluice::testing {

namespace {

class scripted_statement final : public backend::prepared_statement {
  public:
    scripted_statement(std::string text, const fake_answer& answer) : text_(std::move(text)), answer_(answer) {}

    [[nodiscard]] std::span<const backend::oid> parameter_types() const override { return answer_.parameter_types; }
    [[nodiscard]] std::span<const backend::column> columns() const override { return answer_.columns; }
    [[nodiscard]] bool may_have_effect() const override { return !answer_.reads_only; }
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] const fake_answer& answer() const { return answer_; }

  private:
    std::string text_;
    const fake_answer& answer_;
};

class scripted_rows final : public backend::scroll_stream {
  public:
    scripted_rows(std::vector<fake_answer::row> rows, const fake_answer& answer, bool as_copy_data)
        : rows_(std::move(rows)), answer_(answer), as_copy_data_(as_copy_data) {}

    result<backend::fetched> next(base::byte_buffer& out, backend::fetch_limit limit) override {
        if (at_ == rows_.size()) {
            if (answer_.fetch_error) {
                return fail(*answer_.fetch_error);
            }
            return backend::fetched{.rows = 0, .finished = true};
        }
        if (limit.rows_max == 0) {
            return backend::fetched{};
        }
        write(rows_[at_++], out);
        return backend::fetched{.rows = 1};
    }
    result<backend::fetched> prior(base::byte_buffer& out, backend::fetch_limit limit) override {
        if (at_ == 0) {
            return backend::fetched{.rows = 0, .finished = true};
        }
        if (limit.rows_max == 0) {
            return backend::fetched{};
        }
        write(rows_[--at_], out);
        return backend::fetched{.rows = 1};
    }
    void seek(std::uint64_t row) override { at_ = row; }

  private:
    void write(const fake_answer::row& row, base::byte_buffer& out) const {
        if (as_copy_data_) {
            postgres::message_writer message(out, 'd');
            message.bytes(row.front().value_or("\\N") + "\n");
            return;
        }
        std::vector<std::string_view> values;
        for (const auto& value : row) {
            values.push_back(value ? std::string_view(*value) : std::string_view{});
        }
        postgres::write_data_row(out, values);
    }

    std::vector<fake_answer::row> rows_;
    const fake_answer& answer_;
    bool as_copy_data_;
    std::size_t at_ = 0;
};

// The answer's rows with the parameters in their places.
std::vector<fake_answer::row> rows_of(const fake_answer& answer, std::span<const backend::parameter> parameters) {
    std::vector<fake_answer::row> rows = answer.rows;
    for (std::uint64_t i = 0; i < answer.counted_rows; ++i) {
        rows.push_back({std::to_string(i + 1)});
    }
    for (fake_answer::row& row : rows) {
        for (std::optional<std::string>& value : row) {
            for (std::size_t i = 0; i < parameters.size() && value; ++i) {
                if (*value == "$" + std::to_string(i + 1)) {
                    value = parameters[i].value ? std::optional<std::string>(*parameters[i].value) : std::nullopt;
                    break;
                }
            }
        }
    }
    return rows;
}

backend::wire_format format_of(const postgres::copy_command& command) {
    return command.format == postgres::copy_format::binary ? backend::wire_format::binary : backend::wire_format::text;
}

class scripted_sink final : public backend::copy_sink {
  public:
    scripted_sink(scripted_engine& engine, const postgres::copy_command& command)
        : engine_(engine), table_(command.table.back()), formats_(1, format_of(command)) {}

    [[nodiscard]] std::span<const backend::wire_format> column_formats() const override { return formats_; }
    result<> write(std::string_view bytes) override {
        TRY(engine_.expect("copy_write"));
        data_ += bytes;
        if (("\n" + data_).contains("\nx\n")) {
            return fail(error{.code = sqlstates::invalid_text_representation,
                              .message = "invalid input syntax for type integer: \"x\"",
                              .context = "COPY " + table_});
        }
        return {};
    }
    result<std::uint64_t> finish() override {
        TRY(engine_.expect("copy_finish"));
        std::uint64_t lines = data_.empty() || data_.ends_with('\n') ? 0 : 1;
        for (const char c : data_) {
            lines += c == '\n' ? 1 : 0;
        }
        return lines;
    }

  private:
    scripted_engine& engine_;
    std::string table_;
    std::vector<backend::wire_format> formats_;
    std::string data_;
};

class scripted_session final : public backend::session {
  public:
    explicit scripted_session(scripted_engine& engine) : engine_(engine) {}

    result<std::shared_ptr<backend::prepared_statement>> prepare(const postgres::lexed_text& sql,
                                                                 std::span<const backend::oid> /*declared*/) override {
        TRY(engine_.expect("prepare", sql.text()));
        TRY_ASSIGN(const fake_answer* answer, answer_to(sql.text()));
        return std::make_shared<scripted_statement>(std::string(sql.text()), *answer);
    }
    result<backend::execution> execute(const std::shared_ptr<backend::prepared_statement>& statement,
                                       std::span<const backend::parameter> parameters,
                                       std::span<const backend::wire_format> /*formats*/,
                                       backend::execute_options options) override {
        const auto& known = dynamic_cast<const scripted_statement&>(*statement);
        TRY(engine_.expect("execute", known.text()));
        if (known.answer().execute_error) {
            return fail(*known.answer().execute_error);
        }
        backend::execution done{.rows = nullptr, .rows_affected = known.answer().rows_affected};
        if (!known.columns().empty()) {
            auto rows = std::make_unique<scripted_rows>(rows_of(known.answer(), parameters), known.answer(), false);
            done.scroll = options.scroll ? rows.get() : nullptr;
            done.rows = std::move(rows);
        }
        return done;
    }
    // Not in the script: the call depends on whether the engine has already reported the end of the rows.
    result<> set_formats(backend::row_stream& /*rows*/, std::span<const backend::wire_format> /*formats*/) override {
        return {};
    }
    result<> hold(backend::row_stream& /*rows*/) override { return engine_.expect("hold"); }
    result<std::unique_ptr<backend::copy_sink>> copy_in(const postgres::copy_command& command) override {
        TRY(engine_.expect("copy_in", command.table.back()));
        const fake_answer* answer = engine_.find(command.table.back());
        if (answer != nullptr && answer->prepare_error) {
            return fail(*answer->prepare_error);
        }
        return std::make_unique<scripted_sink>(engine_, command);
    }
    result<backend::copy_out_execution> copy_out(const postgres::copy_command& command) override {
        const std::string source = command.table.empty() ? command.query : command.table.back();
        TRY(engine_.expect("copy_out", source));
        TRY_ASSIGN(const fake_answer* answer, answer_to(source));
        return backend::copy_out_execution{
            .rows = std::make_unique<scripted_rows>(rows_of(*answer, {}), *answer, true),
            .column_formats = std::vector<backend::wire_format>(answer->columns.size(), format_of(command))};
    }
    result<> begin(backend::begin_options options) override {
        return engine_.expect(options.read_only ? "begin read only" : "begin");
    }
    result<> commit() override { return engine_.expect("commit"); }
    result<> rollback() override { return engine_.expect("rollback"); }
    result<> set_value_settings(const backend::value_settings& settings) override {
        TRY(engine_.expect("time_zone", settings.time_zone));
        if (settings.time_zone.starts_with("Nowhere")) {
            return fail(sqlstates::invalid_parameter_value,
                        R"(invalid value for parameter "TimeZone": ")" + settings.time_zone + "\"");
        }
        return {};
    }
    void set_dialect(const backend::dialect& how) override {
        if (how != std::exchange(dialect_, how)) {
            (void)engine_.expect("dialect", how.postgres_operators ? "postgres" : "engine");
        }
    }
    result<> set_setting(std::string_view name, std::string_view value, backend::setting_scope scope) override {
        TRY(engine_.expect(scope == backend::setting_scope::local ? "set_local" : "set",
                           std::string(name) + "=" + std::string(value)));
        return fail(sqlstates::undefined_object, "unrecognized configuration parameter \"" + std::string(name) + "\"");
    }
    result<> reset_setting(std::string_view name) override { return engine_.expect("reset", name); }
    result<> reset_settings() override { return engine_.expect("reset_all"); }
    result<> discard(backend::discarded what) override {
        return engine_.expect(what == backend::discarded::all ? "discard_all" : "discard_temporary");
    }
    void rest() override { (void)engine_.expect("rest"); }
    [[nodiscard]] base::cancel_token& cancel() override { return cancel_; }

  private:
    result<const fake_answer*> answer_to(std::string_view text) {
        const fake_answer* answer = engine_.find(text);
        if (answer == nullptr) {
            return fail(
                error{.code = sqlstates::syntax_error,
                      .message = "syntax error at or near \"" + std::string(text.substr(0, text.find(' '))) + "\"",
                      .position = 1});
        }
        return answer->prepare_error ? result<const fake_answer*>(fail(*answer->prepare_error)) : answer;
    }

    scripted_engine& engine_;
    base::cancel_token cancel_;
    backend::dialect dialect_;
};

}  // namespace

std::unique_ptr<backend::session> scripted_engine::open() {
    return std::make_unique<scripted_session>(*this);
}

result<> scripted_engine::expect(std::string_view call, std::string_view argument) {
    const std::string came = argument.empty() ? std::string(call) : std::string(call) + " " + std::string(argument);
    if (complaint_.empty() && next_ < calls_.size() && calls_[next_] == came) {
        ++next_;
        return {};
    }
    if (complaint_.empty()) {
        complaint_ = "\"" + came + "\" came in place of " +
                     (next_ < calls_.size() ? "\"" + calls_[next_] + "\"" : std::string("the end"));
    }
    return fail(sqlstates::internal_error, complaint_);
}

std::string scripted_engine::complaint() const {
    if (complaint_.empty() && next_ < calls_.size()) {
        return "\"" + calls_[next_] + "\" has not come";
    }
    return complaint_;
}

}  // namespace sluice::testing
