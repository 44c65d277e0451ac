// lease_book.hpp - records the connections that the calling thread holds, so that it never waits for itself.
//
// Problem: a function that is called inside a transaction, and asks for a connection again, would wait for its own
//          caller's connection: a deadlock of one thread.
// Use:     call_frame mine(book_owner, db, access::write);             // on the stack, while a closure runs
//          call_frame::find(owner)                                    // of this thread; null: none
//          lease_book book; book.add(mode); book.remove(thread, mode); // connections lent without a closure
// Threads: a frame belongs to the thread that made it; any thread may use a lease_book.
#pragma once

#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "sqlite/connection/connection.hpp"

namespace sluice::sqlite {

// The frames of one thread form a stack, as the calls do.
class call_frame {
  public:
    call_frame(const void* owner, connection& db, access mode);
    call_frame(const call_frame&) = delete;
    call_frame& operator=(const call_frame&) = delete;
    ~call_frame();

    [[nodiscard]] static call_frame* find(const void* owner);
    [[nodiscard]] connection& db() const { return db_; }
    [[nodiscard]] access mode() const { return mode_; }

    int savepoints = 0;  // open savepoints in the frame's transaction

  private:
    const void* owner_;
    connection& db_;
    access mode_;
    call_frame* outer_;
};

class lease_book {
  public:
    [[nodiscard]] std::thread::id add(access mode);
    void remove(std::thread::id thread, access mode);
    // Number of connections of this kind that the calling thread took and has not given back.
    [[nodiscard]] std::size_t count(access mode) const;

  private:
    struct line {
        std::thread::id thread;
        access mode;
        friend bool operator==(const line&, const line&) = default;
    };
    mutable std::mutex mutex_;
    std::vector<line> lines_;
};

}  // namespace sluice::sqlite
