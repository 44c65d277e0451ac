// tagger_test_support.hpp - for tests: a library's database in memory, and recordings in it.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>

#include "apps/jobs/jobs_test_support.hpp"
#include "apps/tagger/library/library.hpp"
#include "apps/tagger/library/schema.hpp"
#include "sqlite/faults/mock_database.hpp"

namespace sluice::tagger {

using jobs::must;

class library_database {
  public:
    library_database() : held_(sqlite::create_test_database()) { must(sqlite::migrate(*held_, tagger_schema())); }
    sqlite::database& operator*() const { return *held_; }
    sqlite::database* operator->() const { return held_.get(); }

    // Adds a recording with this hash of its sound, in one file of that name. Returns its recording_id.
    std::int64_t add(const std::string& hash, const std::string& path, const track_info& track = {}) const {
        return must(held_->transaction([&](sqlite::connection& db) -> result<std::int64_t> {
            TRY_ASSIGN(
                const auto recording_id,
                store_recording(db, {.format = audio_format::mp3, .sha256 = hash, .size_bytes = 1000}, track, 1));
            TRY(store_audio_file(db, {.path = path, .size_bytes = 1100, .modified_ns = 5, .inode = 7}, recording_id,
                                 track));
            return recording_id;
        }));
    }
    tag_set tags_of(std::int64_t recording_id) const {
        return must(held_->execute([&](sqlite::connection& db) { return get_tags(db, recording_id); }));
    }

  private:
    std::unique_ptr<sqlite::database> held_;
};

inline tag_set make_tags(std::vector<std::string> genre, std::vector<std::string> mood,
                         std::vector<std::string> occasion, std::vector<std::string> keyword) {
    tag_set tags;
    tags[tag_kind::genre] = std::move(genre);
    tags[tag_kind::mood] = std::move(mood);
    tags[tag_kind::occasion] = std::move(occasion);
    tags[tag_kind::keyword] = std::move(keyword);
    return tags;
}

// Tags that are clean by the rule and the default vocabulary.
inline tag_set clean_tags() {
    return make_tags({"rock:indie"}, {"calm"}, {"study", "work", "reading"}, {"guitar", "drums", "bass", "slow"});
}

}  // namespace sluice::tagger
