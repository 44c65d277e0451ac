// portal.hpp - portals: a bound statement and how far it has been run, by name. SQL cursors are portals too.
//
// Problem: rows are fetched in as many steps as the client likes, by Execute or by FETCH, and a portal ends where its
//          transaction ends.
// States:  bound → open (rows can be fetched) → drained (answers 0 rows from now on)
//          bound → done (a statement without rows has run; it cannot be run again)
//          open → done (it failed), → expired (a cursor that was idle for too long; only its name is left)
// Order:   code that runs a portal holds a shared_ptr to it, since the statement may drop the portal that runs it.
// Bounds:  named_max named portals; 53400 beyond.
// Threads: one at a time.
// Source:  PostgreSQL 15 manual, 55.2.3 and DECLARE; states as its portals behave.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.hpp"
#include "base/core/byte_buffer.hpp"
#include "base/core/result.hpp"
#include "session/state/cursor.hpp"
#include "session/state/prepared.hpp"
#include "workload/query_profile.hpp"

namespace sluice::session {

// The values of Bind, kept as long as the portal may need them.
class bound_parameters {
  public:
    // `formats` has none, one or as many entries as `values`.
    void assign(std::span<const std::int16_t> formats, std::span<const std::optional<std::string_view>> values);
    void clear();
    [[nodiscard]] std::span<const backend::parameter> view() const { return parameters_; }
    [[nodiscard]] bound_parameters copy() const;

  private:
    base::byte_buffer bytes_;
    std::vector<backend::parameter> parameters_;  // point into bytes_
};

struct portal {
    enum class phase : std::uint8_t { bound, open, drained, done, expired };

    std::string name;
    std::shared_ptr<const prepared> source;
    bound_parameters parameters;
    std::vector<std::int16_t> requested_formats;  // none (text), one for all columns, or one for each
    std::vector<backend::wire_format> formats;    // of the rows in the stream, once it is open
    std::unique_ptr<backend::row_stream> rows;
    phase state = phase::bound;
    const workload::query_profile* profile = nullptr;  // the profile at its opening

    std::int64_t created_us = 0;  // since 1970, UTC

    cursor_position position;                     // of the rows
    std::optional<sql_cursor> cursor;             // made by DECLARE
    std::shared_ptr<const prepared> declared_as;  // by the DECLARE
    bool lost = false;                            // the engine has lost its rows
    bool fetched = false;                         // a FETCH has chosen the format of its rows
    std::weak_ptr<portal> reader;                 // the portal whose FETCH is not finished
    std::optional<running_fetch> fetch;           // the rest of this FETCH

    // The whole text of its query, as pg_cursors shows it.
    [[nodiscard]] std::string_view statement_text() const { return (declared_as ? declared_as : source)->query->text; }

    [[nodiscard]] backend::wire_format format(std::size_t column) const {
        if (requested_formats.empty()) {
            return backend::wire_format::text;
        }
        return static_cast<backend::wire_format>(requested_formats[requested_formats.size() == 1 ? 0 : column]);
    }
    // The formats of the open stream, as codes of the wire.
    [[nodiscard]] std::vector<std::int16_t> format_codes() const;
    // Clears everything but keeps the memory, for the next Bind.
    void clear();
    // Ends the stream and everything that depends on it; the name stays.
    void close_stream(phase next);
};

class portal_table {
  public:
    explicit portal_table(std::size_t named_max) : named_max_(named_max) {}

    [[nodiscard]] std::shared_ptr<portal> find(std::string_view name) const;
    // 34000 `portal "x" does not exist` when there is none.
    result<std::shared_ptr<portal>> get(std::string_view name) const;
    // Makes an empty portal of that name. The unnamed one is replaced; 42P03 a name in use, 53400 too many.
    result<std::shared_ptr<portal>> make(std::string_view name);
    bool erase(std::string_view name);
    void clear();
    // The transaction has failed: names stay, streams end, except those held since an earlier transaction.
    void close_streams();
    [[nodiscard]] const std::shared_ptr<portal>& unnamed() const { return unnamed_; }
    // The engine has lost all streams: they end, held ones too. Cursors keep their names.
    void lose_streams();
    // CLOSE ALL; the portal that runs it stays.
    void clear_except(const portal& running);
    // Drops the portals that do not outlive their transaction.
    void end_transaction();
    [[nodiscard]] std::size_t cursors() const;
    [[nodiscard]] const by_name<std::shared_ptr<portal>>& named() const { return named_; }

  private:
    std::size_t named_max_;
    std::shared_ptr<portal> unnamed_;
    std::shared_ptr<portal> spare_;  // the last unnamed portal, kept for its memory
    by_name<std::shared_ptr<portal>> named_;
};

}  // namespace sluice::session
