// Any bytes, in any pieces, from an authenticated client whose engine answers and fails at random.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/core/assert.hpp"
#include "testing/session_script.hpp"
#include "testing/standard_answers.hpp"
#include "testing/wire_text.hpp"

namespace {

using sluice::session::step;

// Faults and pauses are drawn from the input too, so that a finding can be replayed.
class source {
  public:
    explicit source(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }
    std::uint8_t byte() {
        if (rest_.empty()) {
            return 0;
        }
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    std::string_view bytes(std::size_t count) {
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(taken.size());
        return taken;
    }

  private:
    std::string_view rest_;
};

sluice::error fault() {
    return {.code = sluice::sqlstates::io_error, .message = "injected"};
}

// Well-formed messages by number, so that the fuzzer gets past the first syntax error.
constexpr const char* known_messages[] = {
    "Q select 1",
    "Q select generate_series(1,9); select 1/0",
    "Q begin; insert into t values(1)",
    "Q commit",
    "Q rollback; select 2",
    "Q copy t from stdin",
    "Q copy t to stdout; select 1",
    "Q declare c cursor for select generate_series(1,9)",
    "Q fetch 2 c; move 1 c; close c",
    "Q set application_name='x'; discard all",
    "P | select generate_series(1,9)",
    "P s | select $1::int",
    "P i | insert into t values(1),(2),(3) returning a",
    "P f | fetch 3 c",
    "P | copy t from stdin",
    "P b | begin",
    "P e | commit",
    "P d | discard all",
    "B",
    "B p | s | 5",
    "B | i",
    "B | f",
    "B p | b",
    "B | e",
    "B | d",
    "D Ss",
    "D Pp",
    "D Pc",
    "E | 2",
    "E",
    "E p",
    "E c | 1",
    "C Ss",
    "C Pp",
    "H",
    "S",
    "d 1\\n",
    "c",
    "f x",
    "F",
};

void drain(sluice::testing::session_script& script) {
    // Each round either makes progress or waits for input; an endless round is a defect.
    for (int rounds = 0; script.step_once() == step::blocked; ++rounds) {
        SLUICE_ASSERT(rounds < 10'000);
        (void)sluice::testing::backend_lines(script.out.take());
    }
    (void)sluice::testing::backend_lines(script.out.take());
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    sluice::testing::session_script script({.statements_max = 8});
    sluice::testing::script_standard_answers(script.engine);
    source input({reinterpret_cast<const char*>(data), size});
    (void)script.start();
    while (!input.empty()) {
        const std::uint8_t choice = input.byte();
        if (choice < std::size(known_messages)) {
            script.input.append(sluice::testing::frontend_message(known_messages[choice]));
            continue;
        }
        switch (choice % 8) {
            case 0:
                script.engine.fail_next("commit", fault());
                break;
            case 1:
                script.engine.fail_next("copy_finish", fault());
                break;
            case 2:
                script.cancel().request(sluice::base::cancel_reason::user);
                break;
            case 3:
                script.out.set_capacity(input.byte() + 1U);
                break;
            case 4: {
                const char type = static_cast<char>(input.byte());
                const std::size_t length = input.byte();
                script.input.append(sluice::testing::frame_bytes(type, input.bytes(length)));
                break;
            }
            case 5:
                script.input.append(input.bytes(input.byte() % 16U));
                break;
            default:
                drain(script);
                break;
        }
    }
    drain(script);
    return 0;
}
