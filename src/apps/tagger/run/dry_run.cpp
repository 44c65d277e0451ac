#include "apps/tagger/run/dry_run.hpp"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "apps/tagger/audio/audio_payload.hpp"
#include "apps/tagger/audio/audio_tags.hpp"
#include "apps/tagger/library/library.hpp"
#include "apps/tagger/model/prompts.hpp"
#include "base/text/display_width.hpp"

namespace sluice::tagger {

namespace {

class planner {
  public:
    explicit planner(const plan_params& params) : params_(params) {}

    result<folder_plan> run() {
        result<> outcome;
        TRY(find_audio(
            {.folder = params_.folder},
            [&](const found_file& file) {
                outcome = look_at(file);
                return outcome && (!params_.goes_on || params_.goes_on());
            },
            [&](const scan_problem& problem) { tell(problem); }));
        TRY(outcome);
        return plan_;
    }

  private:
    void tell(const scan_problem& problem) {
        ++plan_.problems;
        if (params_.told) {
            params_.told(problem);
        }
    }

    result<> look_at(const found_file& file) {
        ++plan_.files;
        TRY_ASSIGN(auto hash, known_hash(file));
        if (!hash) {
            const auto sound = read_payload(file.path);
            if (!sound) {
                tell({.path = base::visible(file.path.string()), .reason = sound.error().message});
                return {};
            }
            hash = sound->sha256;
        }
        if (!seen_.insert(*hash).second) {
            return {};
        }
        ++plan_.recordings;
        TRY_ASSIGN(const auto state, state_of(*hash));
        ++(state == "done" ? plan_.done : state == "dead" && !params_.retries_dead ? plan_.dead : plan_.to_ask);
        return {};
    }

    result<std::optional<std::string>> known_hash(const found_file& file) {
        if (params_.database == nullptr) {
            return std::nullopt;
        }
        TRY_ASSIGN(auto found, params_.database->find<std::string>(
                                   "SELECT audio_hash FROM audio_files JOIN recordings USING(recording_id) "
                                   "WHERE path = ?1 AND size_bytes = ?2 AND modified_ns = ?3 AND inode = ?4",
                                   file.path.string(), static_cast<std::int64_t>(file.size_bytes), file.modified_ns,
                                   static_cast<std::int64_t>(file.inode)));
        return found;
    }

    // The state as enqueue() would see it: items dead for a passing reason are asked again.
    result<std::string> state_of(const std::string& hash) {
        if (params_.database == nullptr) {
            return std::string();
        }
        TRY_ASSIGN(auto found,
                   params_.database->find<std::string>("SELECT iif(is_passing, 'pending', state) FROM job_items "
                                                       "LEFT JOIN job_dead_letters USING(item_id) WHERE key = ?1",
                                                       item_key(hash, params_.model)));
        return std::move(found).value_or("");
    }

    const plan_params& params_;
    folder_plan plan_;
    std::set<std::string> seen_;
};

struct tagged_file {
    std::int64_t recording_id = 0;
    std::string path;

    static tagged_file from_row(const sqlite::row& row) {
        return {.recording_id = row.get<std::int64_t>(0), .path = row.get<std::string>(1)};
    }
};

result<std::vector<tagged_file>> tagged_files(const compare_params& params) {
    constexpr std::string_view all =
        "SELECT recording_id, path FROM audio_files WHERE is_missing = 0 AND (?1 = '' OR (path >= ?1 || '/' AND path < "
        "?1 "
        "|| '0') OR path = ?1) AND EXISTS(SELECT 1 FROM tags WHERE tags.recording_id = audio_files.recording_id) "
        "ORDER BY path";
    TRY_ASSIGN(auto files, params.database->list<tagged_file>(all, params.folder.string()));
    return files;
}

}  // namespace

result<folder_plan> plan_folder(const plan_params& params) {
    return planner(params).run();
}

result<std::int64_t> compare_files(const compare_params& params,
                                   const std::function<void(const file_difference&)>& on_difference) {
    TRY_ASSIGN(const auto files, tagged_files(params));
    std::int64_t same = 0;
    for (const auto& file : files) {
        TRY_ASSIGN(auto after,
                   params.database->execute([&](sqlite::connection& db) { return get_tags(db, file.recording_id); }));
        auto before = read_file_tags(file.path);
        if (!before) {
            if (params.told) {
                params.told({.path = base::visible(file.path), .reason = before.error().message});
            }
            continue;
        }
        if (has_same_tags(*before, after)) {
            ++same;
            continue;
        }
        on_difference({.path = file.path, .before = std::move(*before), .after = std::move(after)});
    }
    return same;
}

}  // namespace sluice::tagger
