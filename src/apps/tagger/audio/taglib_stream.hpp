// taglib_stream.hpp - a stream for TagLib that keeps the system's errors.
//
// Problem: TagLib's own stream takes a full disk for success, and waits for FIFOs.
// Use:     const taglib_stream stream(descriptor, is_writable);   MPEG::File file(&stream.get(), ...);   file.save();
//          if (const int code = stream.failure(); code != 0) ...
// Threads: one at a time.
// Errors:  errno of the first failed call; after it nothing more is written.
#pragma once

#include <memory>

namespace TagLib {
class IOStream;  // NOLINT(readability-identifier-naming): TagLib names it
}

namespace sluice::tagger {

class descriptor_stream;

class taglib_stream {
  public:
    // The caller keeps the descriptor.
    taglib_stream(int descriptor, bool is_writable);
    taglib_stream(const taglib_stream&) = delete;
    taglib_stream& operator=(const taglib_stream&) = delete;
    ~taglib_stream();

    [[nodiscard]] TagLib::IOStream& get() const;
    [[nodiscard]] int failure() const;

  private:
    std::unique_ptr<descriptor_stream> stream_;
};

}  // namespace sluice::tagger
