// session_script.hpp - a session with a fake engine behind it, driven by a transcript.
//
// Use:     session_script script;
//          EXPECT_EQ(script.play(transcript), clean(transcript));
//          A transcript has lines "> message" (lines that follow each other arrive together) and "< reply", in the
//          language of wire_text.hpp, and perhaps "= call; call" for the engine's calls since the last such line.
//          play() returns the same transcript with the actual replies and calls.
// Source:  the replies in the tests are those of a PostgreSQL 15 server to the same messages.
// Threads: one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/clock.hpp"
#include "postgres/wire/frame.hpp"
#include "session/conversation/conversation.hpp"
#include "session/state/cursor_registry.hpp"
#include "settings/client_settings.hpp"
#include "testing/fake_engine.hpp"
#include "testing/recording_outbox.hpp"

namespace sluice::testing {

struct session_script_params {
    std::vector<std::pair<std::string, std::string>> startup_options;
    std::vector<std::pair<std::string, std::string>> setting_defaults;
    std::size_t statements_max = base::default_of(settings::statements_max);
    session::cursor_limits cursors;
    workload::workload_params load;             // with the script's clock
    std::unique_ptr<backend::session> instead;  // in place of the fake engine's session
};

class session_script {
  public:
    explicit session_script(session_script_params params = {});

    // The session's first messages.
    [[nodiscard]] std::vector<std::string> start();
    // Sends messages and reads all replies. Calls start() first if needed.
    [[nodiscard]] std::vector<std::string> send(std::string_view message_lines);
    [[nodiscard]] std::string play(std::string_view transcript);

    // One call of run() with the present `input`.
    session::step step_once() { return client_->run(input, out); }

    fake_engine engine;
    base::manual_clock clock;
    session::deadlines watch;
    base::metrics_registry metrics;
    session::cursor_registry cursors;
    workload::governor load;
    int wakes = 0;  // calls of session_params::wake
    recording_outbox out;
    postgres::frame_reader input;

    [[nodiscard]] session::conversation& client() { return *client_; }
    [[nodiscard]] base::cancel_token& cancel() { return *cancel_; }
    [[nodiscard]] bool closed() const { return closed_; }

  private:
    base::cancel_token* cancel_ = nullptr;
    std::unique_ptr<session::conversation> client_;
    bool started_ = false;
    bool closed_ = false;
};

// A transcript without blanks around its lines, and without empty lines and comments (#).
[[nodiscard]] std::string clean(std::string_view transcript);

}  // namespace sluice::testing
