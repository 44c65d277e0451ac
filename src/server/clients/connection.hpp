// connection.hpp - the life of one client's socket, from accept to close.
//
//   greeting ──authenticated──► session ──ended──► lingering ──► closed
//      │ refused, cancel request, timeout ────────────▲
//      └ vanished ──────────────────────────────────────────────► closed
//
// Problem: bytes come and go on the io thread while a session works elsewhere; a socket may only be closed when no
//          thread uses it, and a refused client must be able to read the reason.
// Use:     loop->adopt(make_connection({...}));   // takes the descriptor
// Reading: goes on while a statement runs, so that a vanished client is noticed, up to input_bytes_max.
// Threads: the io_loop's thread; a session's direct sends use the descriptor from executor threads.
// Ends:    lingering waits until the client has closed too; otherwise unread input would make the kernel drop the last
//          message (RFC 1122, 4.2.2.13).
#pragma once

#include <memory>

#include "server/clients/context.hpp"
#include "server/net/io_loop.hpp"

namespace sluice::server {

struct connection_params {
    std::shared_ptr<io_loop> loop;    // shared: see io_loop.hpp
    std::shared_ptr<context> shared;  // shared: see context.hpp
    int socket = -1;                  // connected, non-blocking; owned from now on
    bool refused = false;  // there are no descriptors left: the client is told so; cancel requests are still served
};

[[nodiscard]] std::shared_ptr<connection> make_connection(connection_params params);

}  // namespace sluice::server
