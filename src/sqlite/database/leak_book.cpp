#include "sqlite/database/leak_book.hpp"

#include <array>
#include <cstdlib>
#include <execinfo.h>
#include <memory>

namespace sluice::sqlite {

std::uint64_t leak_book::record() {
    std::array<void*, frames_max> frames{};
    const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
    const std::scoped_lock lock(mutex_);
    stacks_.emplace(++last_, std::vector<void*>(frames.begin(), frames.begin() + count));
    return last_;
}

void leak_book::erase(std::uint64_t stack) {
    const std::scoped_lock lock(mutex_);
    stacks_.erase(stack);
}

std::string leak_book::describe(std::uint64_t stack) const {
    std::vector<void*> frames;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = stacks_.find(stack);
        if (found == stacks_.end()) {
            return {};
        }
        frames = found->second;
    }
    const std::unique_ptr<char*, decltype(&std::free)> lines(
        backtrace_symbols(frames.data(), static_cast<int>(frames.size())), std::free);
    std::string text;
    for (std::size_t i = 0; lines != nullptr && i < frames.size(); ++i) {
        text.append(text.empty() ? "" : "\n").append(lines.get()[i]);
    }
    return text;
}

}  // namespace sluice::sqlite
