// completion.hpp - completes a statement that succeeded: its profile, its transaction, its record, CommandComplete.
#pragma once

#include <string_view>

#include "backend/backend.hpp"
#include "base/core/result.hpp"
#include "base/flow/outbox.hpp"
#include "session/commands/running_statement.hpp"
#include "session/commands/transaction_commands.hpp"
#include "session/settings/settings.hpp"
#include "session/state/transaction.hpp"

namespace sluice::session {

// The protocol of the statement under way.
struct protocol_state {
    bool simple = false;   // a simple query is under way
    bool several = false;  // it has more than one statement
    bool last = false;     // the last of them runs
};

class completion {
  public:
    completion(backend::session& engine, const settings& of_session, const transaction& current,
               transaction_commands& transactions, running_statement& running, const protocol_state& protocol)
        : engine_(engine),
          settings_(of_session),
          transaction_(current),
          transactions_(transactions),
          running_(running),
          protocol_(protocol) {}

    result<> complete(std::string_view tag, base::outbox& out);

  private:
    backend::session& engine_;
    const settings& settings_;
    const transaction& transaction_;
    transaction_commands& transactions_;
    running_statement& running_;
    const protocol_state& protocol_;
};

}  // namespace sluice::session
