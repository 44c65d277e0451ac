// The cost of a session, for a statement that costs the engine nothing.
#include <benchmark/benchmark.h>

#include "testing/session_script.hpp"
#include "testing/standard_answers.hpp"
#include "testing/wire_text.hpp"

namespace sluice::session {
namespace {

// An engine that answers "select 1" at once and allocates as little as possible.
class instant_statement final : public backend::prepared_statement {
  public:
    [[nodiscard]] std::span<const backend::oid> parameter_types() const override { return {}; }
    [[nodiscard]] std::span<const backend::column> columns() const override { return columns_; }

  private:
    std::vector<backend::column> columns_{testing::int_column("?column?")};
};

class instant_rows final : public backend::row_stream {
  public:
    result<backend::fetched> next(base::byte_buffer& out, backend::fetch_limit /*limit*/) override {
        out.append(
            {"D\0\0\0\x0b\0\x01\0\0\0\x01"
             "1",
             12});
        return backend::fetched{.rows = 1, .finished = true};
    }
};

class instant_session final : public backend::session {
  public:
    result<std::shared_ptr<backend::prepared_statement>> prepare(const postgres::lexed_text& /*sql*/,
                                                                 std::span<const backend::oid> /*declared*/) override {
        return statement_;
    }
    result<backend::execution> execute(const std::shared_ptr<backend::prepared_statement>& /*statement*/,
                                       std::span<const backend::parameter> /*parameters*/,
                                       std::span<const backend::wire_format> /*formats*/,
                                       backend::execute_options /*options*/) override {
        return backend::execution{.rows = std::make_unique<instant_rows>()};
    }
    result<> set_formats(backend::row_stream& /*rows*/, std::span<const backend::wire_format> /*formats*/) override {
        return {};
    }
    result<> hold(backend::row_stream& /*rows*/) override { return {}; }
    void rest() override {}
    result<std::unique_ptr<backend::copy_sink>> copy_in(const postgres::copy_command&) override {
        return fail(sqlstates::feature_not_supported, "no COPY");
    }
    result<backend::copy_out_execution> copy_out(const postgres::copy_command&) override {
        return fail(sqlstates::feature_not_supported, "no COPY");
    }
    result<> begin(backend::begin_options /*options*/) override { return {}; }
    result<> commit() override { return {}; }
    result<> rollback() override { return {}; }
    result<> set_value_settings(const backend::value_settings& /*settings*/) override { return {}; }
    result<> set_setting(std::string_view /*name*/, std::string_view /*value*/,
                         backend::setting_scope /*scope*/) override {
        return {};
    }
    result<> reset_setting(std::string_view /*name*/) override { return {}; }
    result<> reset_settings() override { return {}; }
    result<> discard(backend::discarded /*what*/) override { return {}; }
    [[nodiscard]] base::cancel_token& cancel() override { return cancel_; }

  private:
    std::shared_ptr<instant_statement> statement_ = std::make_shared<instant_statement>();
    base::cancel_token cancel_;
};

// Drops the written bytes, and keeps its memory.
class sink_outbox final : public base::outbox {
  public:
    [[nodiscard]] base::byte_buffer& buffer() override { return buffer_; }
    void flush() override { buffer_.clear(); }
    void rows_written(std::uint64_t /*rows*/) override { buffer_.clear(); }
    [[nodiscard]] bool full() const override { return false; }

  private:
    base::byte_buffer buffer_;
};

class bench_session {
  public:
    bench_session() : input_(1 << 20, postgres::frame_reader::phase::messages) {
        if (client_.start(out_) != step::need_input) {
            std::abort();
        }
    }
    void send(const std::string& bytes) {
        input_.append(bytes);
        if (client_.run(input_, out_) != step::need_input) {
            std::abort();
        }
    }

  private:
    deadlines watch_;
    base::metrics_registry metrics_;
    cursor_registry cursors_{{}, metrics_};
    workload::governor load_{{}, metrics_};
    postgres::frame_reader input_;
    sink_outbox out_;
    conversation client_{{.engine = std::make_unique<instant_session>(),
                          .watch = &watch_,
                          .clock = &base::system_clock(),
                          .cursors = &cursors_,
                          .load = &load_,
                          .user = "postgres",
                          .database = "main"}};
};

std::string messages(std::initializer_list<const char*> lines) {
    std::string bytes;
    for (const char* line : lines) {
        bytes += testing::frontend_message(line);
    }
    return bytes;
}

void run(benchmark::State& state, const std::string& each, const std::string& first = {}) {
    bench_session session;
    session.send(first);
    for (auto _ : state) {
        session.send(each);
    }
}

void frames_only(benchmark::State& state) {
    run(state, messages({"S"}));
}
void prepared_select_1(benchmark::State& state) {
    run(state, messages({"B | s", "D P", "E", "S"}), messages({"P s | select 1", "S"}));
}
void extended_select_1(benchmark::State& state) {
    run(state, messages({"P | select 1", "B", "D P", "E", "S"}));
}
void simple_select_1(benchmark::State& state) {
    run(state, messages({"Q select 1"}));
}

BENCHMARK(frames_only);
BENCHMARK(prepared_select_1);
BENCHMARK(extended_select_1);
BENCHMARK(simple_select_1);

}  // namespace
}  // namespace sluice::session
