#include "apps/tagger/audio/taglib_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <sys/stat.h>
#include <taglib/tiostream.h>
#include <unistd.h>
#include <vector>

namespace sluice::tagger {

namespace {

constexpr long step_bytes = 256L * 1024;

}  // namespace

// Its offsets are longs, as TagLib's are; none is negative.
class descriptor_stream : public TagLib::IOStream {
  public:
    descriptor_stream(int descriptor, bool is_writable) : descriptor_(descriptor), is_writable_(is_writable) {
        struct stat about{};
        note(::fstat(descriptor, &about) == 0 ? 0 : errno);
        length_ = about.st_size;
    }

    [[nodiscard]] int failure() const { return failure_; }

    [[nodiscard]] TagLib::FileName name() const override { return ""; }
    [[nodiscard]] bool readOnly() const override { return !is_writable_; }
    [[nodiscard]] bool isOpen() const override { return true; }
    [[nodiscard]] long tell() const override { return at_; }
    [[nodiscard]] long length() override { return length_; }

    void seek(long offset, Position from) override {
        const long base = from == Beginning ? 0 : from == Current ? at_ : length_;
        at_ = std::max(0L, base + offset);
    }

    TagLib::ByteVector readBlock(unsigned long length) override {
        const auto there = static_cast<unsigned long>(std::max(0L, length_ - at_));
        TagLib::ByteVector block(static_cast<unsigned>(std::min({length, there, 0x7fffffffUL})), '\0');
        block.resize(static_cast<unsigned>(read_at(at_, std::span(block.data(), block.size()))));
        at_ += block.size();
        return block;
    }

    void writeBlock(const TagLib::ByteVector& data) override {
        write_at(at_, std::span(data.data(), data.size()));
        at_ += data.size();
    }

    void insert(const TagLib::ByteVector& data, unsigned long start, unsigned long replace) override {
        const long begin = std::min(static_cast<long>(start), length_);
        const long end = begin + std::min(static_cast<long>(replace), length_ - begin);
        move_rest(end, begin + static_cast<long>(data.size()));
        seek(begin, Beginning);
        writeBlock(data);
    }

    void removeBlock(unsigned long start, unsigned long length) override {
        const long begin = std::min(static_cast<long>(start), length_);
        move_rest(begin + std::min(static_cast<long>(length), length_ - begin), begin);
    }

    void truncate(long length) override {
        if (failure_ == 0) {
            note(::ftruncate(descriptor_, length) == 0 ? 0 : errno);
            length_ = length;
        }
    }

  private:
    void note(int code) { failure_ = failure_ == 0 ? code : failure_; }

    std::size_t read_at(long offset, std::span<char> into) {
        std::size_t filled = 0;
        while (filled < into.size()) {
            const auto got =
                ::pread(descriptor_, into.data() + filled, into.size() - filled, offset + static_cast<long>(filled));
            if (got == 0 || (got < 0 && errno != EINTR)) {
                note(got == 0 ? 0 : errno);
                break;
            }
            filled += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
        }
        return filled;
    }

    void write_at(long offset, std::span<const char> bytes) {
        while (failure_ == 0 && !bytes.empty()) {
            const auto put = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
            if (put < 0) {
                note(errno == EINTR ? 0 : errno);
                continue;
            }
            bytes = bytes.subspan(static_cast<std::size_t>(put));
            offset += put;
            length_ = std::max(length_, offset);
        }
    }

    // Moves the bytes from `from` to the end, so that they begin at `to`.
    void move_rest(long from, long to) {
        const long count = length_ - from;
        std::vector<char> block(static_cast<std::size_t>(std::clamp(count, 0L, step_bytes)));
        for (long done = 0; done < count && failure_ == 0 && from != to;) {
            const long size = std::min(step_bytes, count - done);
            // When moving towards the end it copies backwards, so that no byte is overwritten before it was read.
            const long offset = to > from ? count - done - size : done;
            const auto part = std::span(block).first(static_cast<std::size_t>(size));
            if (read_at(from + offset, part) != part.size()) {
                note(EIO);
            }
            write_at(to + offset, part);
            done += size;
        }
        if (to < from) {
            truncate(to + count);
        }
    }

    int descriptor_;
    bool is_writable_;
    int failure_ = 0;
    long at_ = 0;
    long length_ = 0;
};

taglib_stream::taglib_stream(int descriptor, bool is_writable)
    : stream_(std::make_unique<descriptor_stream>(descriptor, is_writable)) {}
taglib_stream::~taglib_stream() = default;

TagLib::IOStream& taglib_stream::get() const {
    return *stream_;
}

int taglib_stream::failure() const {
    return stream_->failure();
}

}  // namespace sluice::tagger
