#include "testing/transcript.hpp"

#include <ostream>

#include "testing/standard_answers.hpp"

namespace sluice::testing {

std::ostream& operator<<(std::ostream& out, const transcript& shown) {
    return out << shown.name;
}

std::string play(const transcript& script) {
    session_script played;
    script_standard_answers(played.engine);
    return played.play(script.text);
}

}  // namespace sluice::testing
