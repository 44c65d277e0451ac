#include "testing/session_script.hpp"

#include "testing/wire_text.hpp"

namespace sluice::testing {

namespace {

constexpr std::size_t message_bytes_max = std::size_t{64} * 1024 * 1024;

std::vector<std::string> clean_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos || line[begin] == '#') {
            continue;
        }
        line = line.substr(begin, line.find_last_not_of(" \t") - begin + 1);
        lines.emplace_back(line);
    }
    return lines;
}

workload::workload_params with_clock(workload::workload_params params, base::clock& time) {
    params.admission.time = &time;
    params.log.time = &time;
    return params;
}

}  // namespace

std::string clean(std::string_view transcript) {
    std::string text;
    for (const std::string& line : clean_lines(transcript)) {
        text += line + "\n";
    }
    return text;
}

session_script::session_script(session_script_params params)
    : cursors(params.cursors, metrics, clock),
      load(with_clock(std::move(params.load), clock), metrics),
      input(message_bytes_max, postgres::frame_reader::phase::messages) {
    auto backend = params.instead ? std::move(params.instead) : engine.open();
    cancel_ = &backend->cancel();
    client_ = std::make_unique<session::conversation>(
        session::conversation_params{.engine = std::move(backend),
                                     .watch = &watch,
                                     .clock = &clock,
                                     .cursors = &cursors,
                                     .load = &load,
                                     .wake = [this] { ++wakes; },
                                     .user = "postgres",
                                     .database = "main",
                                     .startup_options = std::move(params.startup_options),
                                     .setting_defaults = std::move(params.setting_defaults),
                                     .process_id = 42,
                                     .secret_key = 4711,
                                     .statements_max = params.statements_max});
}

std::vector<std::string> session_script::start() {
    started_ = true;
    closed_ = client_->start(out) == session::step::closed;
    return backend_lines(out.take());
}

std::vector<std::string> session_script::send(std::string_view message_lines) {
    if (!started_) {
        (void)start();
    }
    for (const std::string& line : clean_lines(message_lines)) {
        input.append(frontend_message(line));
    }
    std::string replies;
    session::step last = session::step::blocked;
    while (last == session::step::blocked && !client_->waits()) {
        last = step_once();
        // A client waits for bytes that it can see: only bytes that were handed over count.
        replies += out.take();
    }
    closed_ = closed_ || last == session::step::closed;
    return backend_lines(replies);
}

std::string session_script::play(std::string_view transcript) {
    std::string played;
    std::string batch;
    const auto run_batch = [&] {
        if (batch.empty()) {
            return;
        }
        for (const std::string& reply : send(std::exchange(batch, {}))) {
            played += "< " + reply + "\n";
        }
        if (closed_) {
            played += "< (closed)\n";
        }
    };
    for (const std::string& line : clean_lines(transcript)) {
        if (line.front() == '<') {
            run_batch();
        } else if (line.front() == '=') {
            run_batch();
            const std::string calls = engine.take_calls();
            played += calls.empty() ? "=\n" : "= " + calls + "\n";
        } else {
            batch += line.substr(2) + "\n";
            played += line + "\n";
        }
    }
    run_batch();
    return played;
}

}  // namespace sluice::testing
