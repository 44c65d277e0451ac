#include "session/commands/completion.hpp"

#include <memory>
#include <string>
#include <utility>

namespace sluice::session {

result<> completion::complete(std::string_view tag, base::outbox& out) {
    if (settings_.profile_query()) {
        if (std::string operators = engine_.take_profile(); !operators.empty()) {
            running_.facts().operators = std::make_shared<const std::string>(std::move(operators));
        }
    }
    // The last statement of an implicit transaction is complete only when its commit has succeeded.
    if (protocol_.last && transaction_.current() == transaction::state::implicit) {
        TRY(transactions_.commit());
    }
    running_.stop_timer();
    running_.end(sqlstates::successful_completion);
    postgres::write_command_complete(out.buffer(), tag);
    return {};
}

}  // namespace sluice::session
