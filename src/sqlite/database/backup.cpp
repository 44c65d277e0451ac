#include "sqlite/database/backup.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <sqlite3.h>
#include <utility>

#include "base/os/durable.hpp"

namespace sluice::sqlite {

namespace {

error failure(sluice::error cause) {
    namespace codes = sqlstates;
    const bool is_closed_to_us = cause.code == codes::undefined_file || cause.code == codes::insufficient_privilege ||
                                 cause.code == codes::insufficient_resources;
    return {.kind = cause.code == codes::disk_full ? error_kind::full
                    : is_closed_to_us              ? error_kind::cannot_open
                                                   : error_kind::io,
            .message = std::move(cause.message)};
}

struct closer {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
    void operator()(sqlite3_backup* running) const { sqlite3_backup_finish(running); }
};

error failure(sqlite3* handle, int code, const std::string& target) {
    auto cause = to_error(code, sqlite3_errmsg(handle));
    cause.message = fmt::format("copying to \"{}\": {}", target, cause.message);
    return cause;
}

bool is_over(const call_options& options, std::chrono::steady_clock::time_point start) {
    return options.timeout && std::chrono::steady_clock::now() - start >= *options.timeout;
}

result<> copy_pages(sqlite3* from, sqlite3* into, const backup_options& options, const std::string& target) {
    const std::unique_ptr<sqlite3_backup, closer> running(sqlite3_backup_init(into, "main", from, "main"));
    if (running == nullptr) {
        return std::unexpected(failure(into, sqlite3_extended_errcode(into), target));
    }
    const auto start = std::chrono::steady_clock::now();
    for (;;) {
        const int code = sqlite3_backup_step(running.get(), static_cast<int>(options.pages_a_step));
        if (options.progress) {
            const int pages = sqlite3_backup_pagecount(running.get());
            const int left = sqlite3_backup_remaining(running.get());
            options.progress(static_cast<std::size_t>(pages - left), static_cast<std::size_t>(pages));
        }
        if (code == SQLITE_DONE) {
            return {};
        }
        if (code != SQLITE_OK) {
            return std::unexpected(failure(into, code, target));
        }
        if (options.call.cancel != nullptr && options.call.cancel->requested()) {
            return fail(error_kind::cancelled, options.call.cancel->to_error().message);
        }
        if (is_over(options.call, start)) {
            return fail(error_kind::timed_out, "the copy took longer than its timeout");
        }
    }
}

result<> copy_into(connection& db, const std::string& path, const backup_options& options, const std::string& target) {
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(
        path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        nullptr);
    const std::unique_ptr<sqlite3, closer> into(raw);
    if (code != SQLITE_OK) {
        return std::unexpected(failure(raw, code, target));
    }
    // One snapshot for all steps: without an open transaction each commit by others would restart the copy.
    TRY(db.run_script("BEGIN; SELECT count(*) FROM sqlite_schema"));
    return copy_pages(db.handle(), into.get(), options,
                      target);  // the transaction ends as the connection is given back
}

}  // namespace

result<> back_up(database& manager, const std::string& target, const backup_options& options) {
    auto draft = base::new_file::create(target, {.is_named = true});
    if (!draft) {
        return std::unexpected(failure(std::move(draft).error()));
    }
    const std::string path = draft->path();
    auto copied = manager.execute([&](connection& db) { return copy_into(db, path, options, target); }, options.call);
    if (!copied) {
        std::error_code nothing;
        std::filesystem::remove(path + "-journal", nothing);
        return copied;
    }
    auto named = draft->become(base::if_present::replace);
    return named ? result<>() : std::unexpected(failure(std::move(named).error()));
}

result<std::vector<std::string>> find_damage(database& manager, std::size_t lines_max, const call_options& options) {
    return manager.execute(
        [&](connection& db) -> result<std::vector<std::string>> {
            TRY_ASSIGN(auto lines, db.list<std::string>(fmt::format("PRAGMA integrity_check({})", lines_max)));
            std::erase(lines, "ok");
            TRY(db.each("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check", [&](const row& each) {
                lines.push_back(fmt::format("row {} of table {} refers to a row of {} that does not exist",
                                            each.get<std::optional<std::int64_t>>(1).value_or(0),
                                            each.get<std::string_view>(0), each.get<std::string_view>(2)));
                return lines.size() < lines_max;
            }));
            return lines;
        },
        options);
}

}  // namespace sluice::sqlite
