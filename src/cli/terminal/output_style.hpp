// output_style.hpp - the style of printed text: for a terminal of some width, or plain for a pipe and a file.
//
// Problem: colours and shortened columns help a person and break a script.
// Use:     const auto style = style_of_stdout();  painted("released", meaning::good, style)
// Rules:   colours only on a terminal, and not with NO_COLOR (no-color.org) or TERM=dumb. Characters beyond ASCII when
//          the first of LC_ALL, LC_CTYPE and LANG that is set names UTF-8. COLUMNS beats the terminal's own width.
// Threads: any; plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::cli {

struct output_style {
    bool is_terminal = false;
    std::size_t width = 0;  // columns of the terminal; 0: unknown, nothing is shortened
    bool has_color = false;
    bool is_utf8 = true;
};

enum class meaning : std::uint8_t { plain, strong, dim, good, warning, bad };

// `lookup` is getenv, or a test's map; it returns null for a variable that is not set.
[[nodiscard]] output_style style_of(bool is_terminal, std::size_t width,
                                    const std::function<const char*(const char*)>& lookup);
[[nodiscard]] output_style style_of_stdout();
[[nodiscard]] output_style style_of_stderr();

[[nodiscard]] std::string painted(std::string_view text, meaning sense, const output_style& style);

}  // namespace sluice::cli
