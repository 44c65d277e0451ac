#include "cli/terminal/bar.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace sluice::cli {

std::string bar_text(double share, std::size_t width, const output_style& style) {
    constexpr std::array<std::string_view, 8> parts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const std::size_t steps = style.is_utf8 ? parts.size() : 1;
    const double wanted = std::clamp(std::isnan(share) ? 0.0 : share, 0.0, 1.0) * static_cast<double>(width * steps);
    auto filled = static_cast<std::size_t>(std::lround(wanted));
    filled = wanted > 0 ? std::max<std::size_t>(filled, 1) : filled;
    std::string text;
    for (std::size_t i = 0; i < filled / steps; ++i) {
        text += style.is_utf8 ? "█" : "#";
    }
    text += parts.at(filled % steps);
    return text.append(width - (filled + steps - 1) / steps, ' ');
}

}  // namespace sluice::cli
