// copy_commands.hpp - COPY ... FROM STDIN and COPY ... TO STDOUT, in both protocols.
//
// States:  idle ── start ──► taking data (FROM) ── CopyDone, CopyFail ──► idle. The portal runner reads TO as rows.
// Threads: as for the conversation: one at a time.
#pragma once

#include <memory>
#include <optional>

#include "backend/backend.hpp"
#include "base/core/result.hpp"
#include "base/flow/outbox.hpp"
#include "postgres/wire/frame.hpp"
#include "session/commands/completion.hpp"
#include "session/commands/portal_runner.hpp"
#include "session/commands/transaction_commands.hpp"
#include "session/state/portal.hpp"
#include "session/state/transaction.hpp"

namespace sluice::session {

class copy_commands {
  public:
    copy_commands(backend::session& engine, transaction& within, const transaction_commands& transactions,
                  portal_runner& runner, completion& end)
        : engine_(engine), transaction_(within), transactions_(transactions), runner_(runner), end_(end) {}

    result<> start(const std::shared_ptr<portal>& entry, base::outbox& out);
    [[nodiscard]] bool takes_data() const { return taking_.has_value(); }
    // Handles a message that came while data is taken.
    result<> on_frame(const postgres::frame& frame, base::outbox& out);
    // Undoes the rows taken so far.
    void drop() { taking_.reset(); }

  private:
    struct taking {
        std::unique_ptr<backend::copy_sink> sink;
        std::shared_ptr<portal> answered;
    };

    result<> start_in(const std::shared_ptr<portal>& entry, base::outbox& out);
    result<> start_out(const std::shared_ptr<portal>& entry, base::outbox& out);
    result<> finish(const taking& done, base::outbox& out);

    backend::session& engine_;
    transaction& transaction_;
    const transaction_commands& transactions_;
    portal_runner& runner_;
    completion& end_;
    std::optional<taking> taking_;
};

}  // namespace sluice::session
