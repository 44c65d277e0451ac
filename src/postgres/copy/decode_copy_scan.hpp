// decode_copy_scan.hpp - finds the special bytes of COPY data, 64 bytes at a time.
//
// Use:     special_cursor cursor(first, last, {',', '\n', '\r', '"', '"'});
//          for (const char* at = cursor.next(); at != last; at = cursor.next()) ...
//          cursor.plain(): no zero byte and none above 0x7f in the bytes read so far
// Source:  comparing whole registers and walking the bits of the result is an idea of simdjson (Langdale, Lemire 2019).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sluice::postgres {

class special_cursor {
  public:
    static constexpr std::size_t specials = 5;

    special_cursor(const char* first, const char* last, std::array<char, specials> characters) : last_(last) {
#if defined(__SSE2__)
        for (std::size_t i = 0; i < specials; ++i) {
            needles_[i] = _mm_set1_epi8(characters[i]);
        }
#else
        needles_ = characters;
#endif
        load(first);
    }

    // The next special character, or the end.
    [[nodiscard]] const char* next() {
        while (mask_ == 0) {
            if (static_cast<std::size_t>(last_ - block_) <= block_bytes) {
                return last_;
            }
            load(block_ + block_bytes);
        }
        const int bit = std::countr_zero(mask_);
        mask_ &= mask_ - 1;
        return block_ + bit;
    }
    [[nodiscard]] bool plain() const { return plain_; }

  private:
    static constexpr std::size_t block_bytes = 64;

    void load(const char* block) {
        block_ = block;
        const auto left = static_cast<std::size_t>(last_ - block);
        if (left >= block_bytes) [[likely]] {
            mask_ = compare(block);
            return;
        }
        // Pads with spaces; a delimiter may be a space, so the bits behind the end are cleared as well.
        std::array<char, block_bytes> padded;
        padded.fill(' ');
        if (left > 0) {
            std::memcpy(padded.data(), block, left);
        }
        mask_ = compare(padded.data()) & ((std::uint64_t{1} << left) - 1);
    }

#if defined(__SSE2__)
    [[nodiscard]] std::uint64_t compare(const char* block) {
        std::uint64_t mask = 0;
        __m128i smallest = _mm_set1_epi8(0x7f);
        for (unsigned i = 0; i < 4; ++i) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + std::size_t{16} * i));
            __m128i hits = _mm_cmpeq_epi8(bytes, needles_[0]);
            for (std::size_t needle = 1; needle < specials; ++needle) {
                hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, needles_[needle]));
            }
            mask |= std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(hits))} << (16 * i);
            // As signed bytes, only 1 to 0x7f are above zero.
            smallest = _mm_and_si128(smallest, _mm_cmpgt_epi8(bytes, _mm_setzero_si128()));
        }
        plain_ = plain_ && _mm_movemask_epi8(_mm_cmpeq_epi8(smallest, _mm_setzero_si128())) == 0;
        return mask;
    }
    std::array<__m128i, specials> needles_;
#else
    [[nodiscard]] std::uint64_t compare(const char* block) {
        std::uint64_t mask = 0;
        for (unsigned i = 0; i < block_bytes; ++i) {
            for (const char needle : needles_) {
                mask |= std::uint64_t{block[i] == needle} << i;
            }
            plain_ = plain_ && block[i] > 0 && static_cast<unsigned char>(block[i]) < 0x80;
        }
        return mask;
    }
    std::array<char, specials> needles_;
#endif

    const char* last_;
    const char* block_ = nullptr;
    std::uint64_t mask_ = 0;
    bool plain_ = true;
};

}  // namespace sluice::postgres
