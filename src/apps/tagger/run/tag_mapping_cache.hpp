// tag_mapping_cache.hpp - maps tags outside the vocabulary to tags inside; each is asked for once and kept.
//
// Problem: a model writes "Hip_Hop" and "melancholia"; another batch does so at the same moment, and again next month.
// Use:     TRY_ASSIGN(auto mappings, tag_mapping_cache::load(database, words));
//          mappings->find(kind, "melancholia")                        // none: not known; empty: no tag comes close
//          TRY(mappings->resolve(unknown, [&](auto missing) { return ask_model(missing); }));
// Rule:    loaded once. resolve() is cache-aside: unknown tags go into one call of `ask`, except those that another
//          caller is asking for; it waits for these. Answers are written through: into the database, then here. A
//          replacement outside the vocabulary is not kept; until the process ends its tag counts as one without a
//          match, so that it is not paid for again in each batch.
// Waits:   only for calls under way, each bounded by its own limits. A waiting caller has no open call of its own.
// Memory:  about 100 bytes a mapping; at most size_max mappings, the rest stays in the database.
// Threads: any; readers do not wait for each other.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apps/errors/error.hpp"
#include "apps/jobs/work.hpp"
#include "apps/tagger/model/answer.hpp"
#include "apps/tagger/tags/vocabulary.hpp"
#include "base/core/clock.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::tagger {

class tag_mapping_cache {
  public:
    static constexpr std::size_t size_max = 500'000;

    // Both arguments outlive it.
    static result<std::unique_ptr<tag_mapping_cache>> load(sqlite::database& database, const vocabulary& words,
                                                           const base::clock& time = base::system_clock());
    tag_mapping_cache(const tag_mapping_cache&) = delete;
    tag_mapping_cache& operator=(const tag_mapping_cache&) = delete;
    ~tag_mapping_cache() = default;

    [[nodiscard]] std::optional<std::string> find(tag_kind kind, std::string_view written) const;
    using asker = std::function<jobs::work_result<std::vector<tag_mapping>>(std::span<const unknown_tag> missing)>;
    // Afterwards find() knows all tags that could be resolved. An error is that of `ask`; tags that other callers
    // failed to resolve stay unknown.
    [[nodiscard]] jobs::work_result<> resolve(std::span<const unknown_tag> unknown, const asker& ask);
    result<> store(std::span<const tag_mapping> mappings);
    [[nodiscard]] std::size_t size() const;

  private:
    tag_mapping_cache(sqlite::database& database, const vocabulary& words, const base::clock& time)
        : database_(database), words_(words), time_(time) {}

    class flight;
    result<> read_all();
    void remember(tag_kind kind, const std::string& tag, const std::string& replacement);
    // Gives up the tags that the answer did not cover.
    void give_up(std::span<const unknown_tag> asked);
    // In the vocabulary's spelling; empty stays empty; none: the vocabulary has no such tag.
    [[nodiscard]] std::optional<std::string> valid(tag_kind kind, const std::string& replacement) const;

    sqlite::database& database_;
    const vocabulary& words_;
    const base::clock& time_;
    mutable std::shared_mutex mutex_;
    std::unordered_map<std::string, std::string> replacements_;  // keys are "kind:tag"

    std::mutex flights_mutex_;
    std::condition_variable landed_;
    std::set<unknown_tag> in_flight_;
};

}  // namespace sluice::tagger
