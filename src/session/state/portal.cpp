#include "session/state/portal.hpp"

#include <algorithm>
#include <utility>

namespace sluice::session {

namespace {

constexpr std::size_t kept_bytes_max = std::size_t{64} * 1024;  // memory that an unused portal may keep

}  // namespace

void bound_parameters::assign(std::span<const std::int16_t> formats,
                              std::span<const std::optional<std::string_view>> values) {
    clear();
    std::size_t total_bytes = 0;
    for (const auto& value : values) {
        total_bytes += value ? value->size() : 0;
    }
    // Reserves all bytes at once: the views below must not move.
    (void)bytes_.reserve(total_bytes);
    parameters_.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        backend::parameter parameter;
        if (!formats.empty()) {
            parameter.format = static_cast<backend::wire_format>(formats[formats.size() == 1 ? 0 : i]);
        }
        if (values[i]) {
            const std::size_t start = bytes_.size();
            bytes_.append(*values[i]);
            parameter.value = bytes_.view().substr(start);
        }
        parameters_.push_back(parameter);
    }
}

void bound_parameters::clear() {
    if (bytes_.capacity() > kept_bytes_max) {
        bytes_ = base::byte_buffer{};
    }
    bytes_.clear();
    parameters_.clear();
}

bound_parameters bound_parameters::copy() const {
    std::vector<std::int16_t> formats;
    std::vector<std::optional<std::string_view>> values;
    for (const backend::parameter& parameter : parameters_) {
        formats.push_back(static_cast<std::int16_t>(parameter.format));
        values.push_back(parameter.value);
    }
    bound_parameters twin;
    twin.assign(formats, values);
    return twin;
}

std::vector<std::int16_t> portal::format_codes() const {
    std::vector<std::int16_t> codes(formats.size());
    std::ranges::transform(formats, codes.begin(), [](auto format) { return static_cast<std::int16_t>(format); });
    return codes;
}

void portal::clear() {
    name.clear();
    source.reset();
    parameters.clear();
    requested_formats.clear();
    formats.clear();
    close_stream(phase::bound);
    profile = nullptr;
    created_us = 0;
    fetched = false;
    reader.reset();
    declared_as.reset();
    position = {};
    cursor.reset();
}

void portal::close_stream(phase next) {
    fetch.reset();
    if (cursor) {
        cursor->scroll = nullptr;
        cursor->ticket.release();
    }
    rows.reset();
    state = next;
}

std::shared_ptr<portal> portal_table::find(std::string_view name) const {
    if (name.empty()) {
        return unnamed_;
    }
    const auto found = named_.find(name);
    return found == named_.end() ? nullptr : found->second;
}

result<std::shared_ptr<portal>> portal_table::get(std::string_view name) const {
    if (auto found = find(name)) {
        return found;
    }
    return fail(sqlstates::invalid_cursor_name, "portal \"" + std::string(name) + "\" does not exist");
}

result<std::shared_ptr<portal>> portal_table::make(std::string_view name) {
    if (name.empty()) {
        erase(name);
        unnamed_ = spare_ ? std::exchange(spare_, nullptr) : std::make_shared<portal>();
        return unnamed_;
    }
    if (const auto found = named_.find(name); found != named_.end()) {
        if (found->second->state == portal::phase::expired) {
            found->second = std::make_shared<portal>();
            found->second->name = name;
            return found->second;
        }
        return fail(sqlstates::duplicate_cursor, "cursor \"" + std::string(name) + "\" already exists");
    }
    if (named_.size() >= named_max_) {
        return fail(error{.code = sqlstates::configuration_limit_exceeded,
                          .message = "too many portals",
                          .hint = "Close portals and cursors that are not used any more."});
    }
    auto entry = std::make_shared<portal>();
    entry->name = name;
    named_.emplace(name, entry);
    return entry;
}

bool portal_table::erase(std::string_view name) {
    if (!name.empty()) {
        const auto found = named_.find(name);
        if (found == named_.end()) {
            return false;
        }
        named_.erase(found);
        return true;
    }
    if (!unnamed_) {
        return false;
    }
    if (unnamed_.use_count() == 1) {
        unnamed_->clear();
        spare_ = std::move(unnamed_);
    }
    unnamed_.reset();
    return true;
}

void portal_table::clear() {
    erase({});
    named_.clear();
}

void portal_table::clear_except(const portal& running) {
    if (unnamed_.get() != &running) {
        erase({});
    }
    std::erase_if(named_, [&](const auto& item) { return item.second.get() != &running; });
}

void portal_table::end_transaction() {
    erase({});
    std::erase_if(named_, [](const auto& item) { return !item.second->cursor || !item.second->cursor->held; });
}

std::size_t portal_table::cursors() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        named_, [](const auto& item) { return item.second->cursor && item.second->state != portal::phase::expired; }));
}

void portal_table::lose_streams() {
    if (unnamed_) {
        unnamed_->close_stream(portal::phase::done);
    }
    for (auto& [name, entry] : named_) {
        if (entry->cursor && entry->state != portal::phase::expired) {
            entry->lost = true;
            entry->close_stream(portal::phase::expired);
        } else if (!entry->cursor) {
            entry->close_stream(portal::phase::done);
        }
    }
}

void portal_table::close_streams() {
    if (unnamed_) {
        unnamed_->close_stream(portal::phase::done);
    }
    for (auto& [name, entry] : named_) {
        if (!entry->cursor || !entry->cursor->held) {
            entry->close_stream(portal::phase::done);
        }
    }
}

}  // namespace sluice::session
