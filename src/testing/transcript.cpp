#include "testing/transcript.hpp"

#include <ostream>

#include "testing/scripted_engine.hpp"
#include "testing/standard_answers.hpp"

namespace sluice::testing {

namespace {

// Splits "a; b".
std::vector<std::string> split_calls(std::string_view text) {
    std::vector<std::string> calls;
    while (!text.empty()) {
        const std::size_t end = text.find("; ");
        if (const std::string_view call = text.substr(0, end); !call.starts_with("set_formats")) {
            calls.emplace_back(call);
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    }
    return calls;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const transcript& shown) {
    return out << shown.name;
}

std::string play(const transcript& script) {
    session_script played;
    script_standard_answers(played.engine);
    return played.play(script.text);
}

std::string replies_only(std::string_view text) {
    std::string replies;
    const std::string cleaned = clean(text);
    for (std::size_t at = 0; at < cleaned.size();) {
        const std::size_t end = cleaned.find('\n', at) + 1;
        replies += cleaned[at] == '=' ? "" : cleaned.substr(at, end - at);
        at = end;
    }
    return replies;
}

std::string play_scripted(const transcript& script) {
    const std::string messages = replies_only(script.text);
    session_script recorded;
    script_standard_answers(recorded.engine);
    (void)recorded.play(messages);
    scripted_engine engine(recorded.engine, split_calls(recorded.engine.take_calls()));
    session_script played({.instead = engine.open()});
    const std::string replies = played.play(messages);
    return engine.complaint().empty() ? replies : replies + engine.complaint() + "\n";
}

}  // namespace sluice::testing
