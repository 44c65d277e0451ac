// csv_bytes.hpp - byte rules of csv_reader and csv_writer: broken UTF-8, separators, formulas.
//
// Use:     utf8_watch watch;  if (!watch.take(byte)) { broken }        // byte by byte, so that pieces may end anywhere
// Source:  Unicode 15, table 3-7 (well-formed byte sequences).
// Threads: none; plain values.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::base {

class utf8_watch {
  public:
    // False: this byte cannot follow the earlier ones.
    [[nodiscard]] bool take(unsigned char byte) {
        if (missing_ == 0) {
            return byte < 0x80 || begin(byte);
        }
        const bool fits = byte >= low_ && byte <= high_;
        low_ = 0x80;
        high_ = 0xbf;
        --missing_;
        return fits;
    }
    // Bytes taken of an unfinished character; 0 between characters.
    [[nodiscard]] std::size_t bytes_open() const { return missing_ == 0 ? 0 : length_ - missing_; }

  private:
    bool begin(unsigned char byte) {
        if (byte < 0xc2 || byte > 0xf4) {
            return false;
        }
        length_ = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        missing_ = length_ - 1;
        // Excludes overlong forms, surrogates and code points above U+10FFFF.
        low_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
        high_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
        return true;
    }

    std::size_t length_ = 0;
    std::size_t missing_ = 0;
    unsigned char low_ = 0x80;
    unsigned char high_ = 0xbf;
};

inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

// The most frequent of , ; and tab outside quotes; comma if there is none.
[[nodiscard]] char separator_of(std::string_view header);

// True if a spreadsheet would compute it, after any number of apostrophes.
[[nodiscard]] bool looks_like_formula(std::string_view text);
// True for numbers such as -12.5e3, which begin like formulas.
[[nodiscard]] bool is_number(std::string_view text);

}  // namespace sluice::base
