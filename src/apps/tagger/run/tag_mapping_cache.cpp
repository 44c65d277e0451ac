#include "apps/tagger/run/tag_mapping_cache.hpp"

#include <algorithm>
#include <utility>

namespace sluice::tagger {

namespace {

std::string key_of(tag_kind kind, std::string_view tag) {
    std::string key(to_text(kind));
    key += ':';
    key += tag;
    return key;
}

}  // namespace

// The tags that one caller asks for, until it has an answer or fails.
class tag_mapping_cache::flight {
  public:
    explicit flight(tag_mapping_cache& owner) : owner_(owner) {}
    flight(const flight&) = delete;
    flight& operator=(const flight&) = delete;
    ~flight() { land(); }

    void begin(std::span<const unknown_tag> unknown) {
        const std::scoped_lock lock(owner_.flights_mutex_);
        for (const auto& each : unknown) {
            if (owner_.find(each.kind, each.tag)) {
                continue;  // another caller learned it meanwhile
            }
            (owner_.in_flight_.insert(each).second ? mine_ : others_).push_back(each);
        }
    }
    void land() {
        const std::scoped_lock lock(owner_.flights_mutex_);
        for (const auto& each : mine_) {
            owner_.in_flight_.erase(each);
        }
        mine_.clear();
        owner_.landed_.notify_all();
    }
    void wait_for_others() {
        std::unique_lock lock(owner_.flights_mutex_);
        owner_.landed_.wait(lock, [this] {
            return std::ranges::none_of(others_, [this](const auto& each) { return owner_.in_flight_.contains(each); });
        });
    }
    [[nodiscard]] const std::vector<unknown_tag>& mine() const { return mine_; }

  private:
    tag_mapping_cache& owner_;
    std::vector<unknown_tag> mine_;
    std::vector<unknown_tag> others_;
};

result<std::unique_ptr<tag_mapping_cache>> tag_mapping_cache::load(sqlite::database& database, const vocabulary& words,
                                                                   const base::clock& time) {
    std::unique_ptr<tag_mapping_cache> made(new tag_mapping_cache(database, words, time));
    TRY(made->read_all());
    return made;
}

result<> tag_mapping_cache::read_all() {
    TRY(database_.execute([&](sqlite::connection& db) {
        return db.each(
            "SELECT kind, invalid_tag, coalesce(valid_tag, '') FROM tag_mappings LIMIT ?1",
            [&](const sqlite::row& row) {
                if (const auto kind = parse_tag_kind(row.get<std::string_view>(0))) {
                    remember(*kind, row.get<std::string>(1), row.get<std::string>(2));
                }
            },
            static_cast<std::int64_t>(size_max));
    }));
    return {};
}

std::optional<std::string> tag_mapping_cache::valid(tag_kind kind, const std::string& replacement) const {
    if (replacement.empty()) {
        return std::string();
    }
    const auto* known = words_.find(kind, replacement);
    return known == nullptr ? std::nullopt : std::optional(*known);
}

void tag_mapping_cache::remember(tag_kind kind, const std::string& tag, const std::string& replacement) {
    const auto known = valid(kind, replacement);  // the vocabulary may have changed since
    const std::scoped_lock lock(mutex_);
    if (known && replacements_.size() < size_max) {
        replacements_.insert_or_assign(key_of(kind, tag), *known);
    }
}

void tag_mapping_cache::give_up(std::span<const unknown_tag> asked) {
    const std::scoped_lock lock(mutex_);
    for (const auto& each : asked) {
        if (replacements_.size() < size_max) {
            replacements_.try_emplace(key_of(each.kind, each.tag));
        }
    }
}

std::optional<std::string> tag_mapping_cache::find(tag_kind kind, std::string_view written) const {
    const auto key = key_of(kind, normalized_tag(written));
    const std::shared_lock lock(mutex_);
    const auto found = replacements_.find(key);
    return found == replacements_.end() ? std::nullopt : std::optional(found->second);
}

std::size_t tag_mapping_cache::size() const {
    const std::shared_lock lock(mutex_);
    return replacements_.size();
}

result<> tag_mapping_cache::store(std::span<const tag_mapping> mappings) {
    TRY(database_.transaction([&](sqlite::connection& db) -> result<> {
        for (const auto& each : mappings) {
            const auto known = valid(each.unknown.kind, each.replacement);
            if (!known) {
                continue;
            }
            const auto replacement = known->empty() ? std::nullopt : std::optional<std::string_view>(*known);
            TRY(
                db.run("INSERT INTO tag_mappings(kind, invalid_tag, valid_tag, date) VALUES(?1, ?2, ?3, ?4) "
                       "ON CONFLICT DO UPDATE SET valid_tag = excluded.valid_tag, date = excluded.date",
                       to_text(each.unknown.kind), each.unknown.tag, replacement, time_.unix_ms()));
        }
        return {};
    }));
    for (const auto& each : mappings) {
        remember(each.unknown.kind, each.unknown.tag, each.replacement);
    }
    return {};
}

jobs::work_result<> tag_mapping_cache::resolve(std::span<const unknown_tag> unknown, const asker& ask) {
    flight mine(*this);
    mine.begin(unknown);
    jobs::work_result<> outcome;
    if (!mine.mine().empty()) {
        auto answered = ask(mine.mine());
        if (!answered) {
            outcome = std::unexpected(std::move(answered).error());
        } else if (const auto stored = store(*answered); !stored) {
            outcome = std::unexpected(
                jobs::work_failure{.what = jobs::failure_class::interrupted, .reason = stored.error().message});
        }
        if (outcome) {
            give_up(mine.mine());
        }
        mine.land();
    }
    mine.wait_for_others();
    return outcome;
}

}  // namespace sluice::tagger
