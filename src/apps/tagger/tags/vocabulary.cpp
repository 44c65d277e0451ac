#include "apps/tagger/tags/vocabulary.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <toml++/toml.h>

#include "base/core/assert.hpp"
#include "base/os/file_failure.hpp"
#include "base/text/ascii.hpp"

namespace sluice::tagger {

namespace {

constexpr std::uintmax_t file_bytes_max = std::uintmax_t{4} * 1024 * 1024;

std::unexpected<error> refuse(std::string_view source, std::uint32_t line, std::string_view what) {
    return fail(error_kind::invalid,
                line == 0 ? fmt::format("{}: {}", source, what) : fmt::format("{}:{}: {}", source, line, what));
}

std::uint32_t line_of(const toml::node& node) {
    return node.source().begin.line;
}

// A genre has a parent, or is one. A semicolon separates tags within a field, so it is not allowed.
bool is_well_formed(tag_kind kind, std::string_view tag) {
    const auto colons = std::ranges::count(tag, ':');
    if (std::ranges::any_of(tag, [](char c) { return c == ';' || base::is_control(c); })) {
        return false;
    }
    const bool has_gap = tag.starts_with(':') || tag.ends_with(':');
    return !tag.empty() && !has_gap && colons <= (kind == tag_kind::genre ? 1 : 0);
}

}  // namespace

std::string normalized_tag(std::string_view written) {
    std::string text;
    bool is_after_gap = true;  // at the front, and after a colon
    for (const char each : written) {
        const bool is_gap = each == ' ' || each == '-' || each == '_' || each == '\t' || each == '\n' || each == '\r';
        if (is_gap) {
            if (!is_after_gap) {
                text += ' ';
                is_after_gap = true;
            }
            continue;
        }
        if (each == ':') {
            while (text.ends_with(' ')) {
                text.pop_back();
            }
        }
        text += base::to_lower(each);
        is_after_gap = each == ':';
    }
    while (text.ends_with(' ')) {
        text.pop_back();
    }
    return text;
}

result<vocabulary> vocabulary::parse(std::string_view toml, std::string_view source) {
    const auto parsed = [&]() -> result<toml::table> {
        try {
            return toml::parse(toml);
        } catch (const toml::parse_error& wrong) {
            return refuse(source, wrong.source().begin.line, wrong.description());
        }
    }();
    TRY(parsed);
    vocabulary made;
    for (const auto& [name, node] : *parsed) {
        const auto kind = parse_tag_kind(name.str());
        const auto* list = node.as_array();
        if (!kind || list == nullptr) {
            return refuse(source, line_of(node),
                          kind ? fmt::format("{} must be an array of texts", name.str())
                               : fmt::format("\"{}\" is none of genre, mood, occasion, keyword", name.str()));
        }
        for (const auto& each : *list) {
            const auto* text = each.as_string();
            if (text == nullptr) {
                return refuse(source, line_of(each), "a tag must be a text");
            }
            if (const auto added = made.add(*kind, text->get()); !added) {
                return refuse(source, line_of(each), added.error().message);
            }
        }
    }
    for (const tag_kind kind : tag_kinds) {
        const auto at = static_cast<std::size_t>(kind);
        if (made.lists_[at].size() < tags_min[at]) {
            return refuse(source, 0, fmt::format("{} needs at least {} tags", to_text(kind), tags_min[at]));
        }
    }
    return made;
}

result<> vocabulary::add(tag_kind kind, std::string_view written) {
    const auto at = static_cast<std::size_t>(kind);
    const auto tag = normalized_tag(written);
    if (!is_well_formed(kind, tag) || tag.size() > tag_bytes_max) {
        return fail(error_kind::invalid, fmt::format("\"{}\" cannot be a tag of kind {}", written, to_text(kind)));
    }
    if (!places_[at].emplace(tag, lists_[at].size()).second) {
        return fail(error_kind::invalid, fmt::format("\"{}\" is listed twice", tag));
    }
    if (lists_[at].size() >= size_max) {
        return fail(error_kind::invalid, fmt::format("more than {} tags of kind {}", size_max, to_text(kind)));
    }
    lists_[at].push_back(tag);
    return {};
}

result<vocabulary> vocabulary::load(const std::filesystem::path& file) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(file, failed);
    if (failed) {
        return fail(error_kind::not_found, fmt::format("cannot read {}: {}", file.string(), failed.message()));
    }
    if (size > file_bytes_max) {
        return refuse(file.string(), 0, "is too large for a vocabulary");
    }
    std::ifstream opened(file, std::ios::binary);
    std::string text(size, '\0');
    if (!opened.read(text.data(), static_cast<std::streamsize>(size))) {
        return base::file_failure("read", file, errno);
    }
    return parse(text, file.string());
}

const std::string* vocabulary::find(tag_kind kind, std::string_view written) const {
    const auto at = static_cast<std::size_t>(kind);
    const auto found = places_[at].find(normalized_tag(written));
    return found == places_[at].end() ? nullptr : &lists_[at][found->second];
}

const vocabulary& default_vocabulary() {
    static const vocabulary words = [] {
        auto parsed = vocabulary::parse(default_vocabulary_toml(), "the default vocabulary");
        SLUICE_ASSERT(parsed.has_value());
        return std::move(*parsed);
    }();
    return words;
}

}  // namespace sluice::tagger
