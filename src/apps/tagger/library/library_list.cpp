#include "apps/tagger/library/library_list.hpp"

#include "apps/tagger/library/library.hpp"

namespace sluice::tagger {

namespace {

constexpr std::string_view columns =
    "SELECT f.file_id, f.recording_id, f.path, f.artist, f.title, f.album, r.duration_ms "
    "FROM audio_files f JOIN recordings r USING(recording_id) ";

}  // namespace

listed_file listed_file::from_row(const sqlite::row& row) {
    return {.file_id = row.get<std::int64_t>(0),
            .recording_id = row.get<std::int64_t>(1),
            .path = row.get<std::string>(2),
            .artist = row.get<std::string>(3),
            .title = row.get<std::string>(4),
            .album = row.get<std::string>(5),
            .duration_ms = row.get<std::int64_t>(6),
            .tags = {}};
}

result<> each_listed_file(sqlite::database& database, const file_condition& condition,
                          const std::function<result<>(const listed_file& file)>& on_file) {
    const auto sql = std::string(columns) + "WHERE f.is_missing = 0 AND " + condition.sql + " ORDER BY f.path";
    return database.execute([&](sqlite::connection& db) -> result<> {
        TRY_ASSIGN(auto files, db.prepare(sql));
        TRY(files.bind(condition.parameter));
        for (;;) {
            TRY_ASSIGN(const bool found, files.step());
            if (!found) {
                return {};
            }
            const auto row = files.current();
            auto file = listed_file::from_row(row);
            TRY(row.check());
            TRY_ASSIGN(file.tags, get_tags(db, file.recording_id));
            TRY(on_file(file));
        }
    });
}

result<std::optional<listed_file>> find_file(sqlite::connection& db, std::string_view path) {
    TRY_ASSIGN(auto found, db.find<listed_file>(std::string(columns) + "WHERE f.path = ?1", path));
    return found;
}

}  // namespace sluice::tagger
