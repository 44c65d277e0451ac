#include "apps/tagger/run/tag_handler.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <set>

#include "apps/tagger/library/library.hpp"

namespace sluice::tagger {

namespace {

using jobs::failure_class;
using jobs::work_failure;

std::unexpected<work_failure> database_failed(const error& cause) {
    return std::unexpected(
        work_failure{.what = failure_class::interrupted, .reason = "the database: " + cause.message});
}

// The recording's id, from a tag item's payload.
std::int64_t recording_of(const jobs::work_item& item) {
    std::int64_t recording_id = 0;
    (void)std::from_chars(item.payload.data(), item.payload.data() + item.payload.size(), recording_id);
    return recording_id;
}

described_recording from_row(const sqlite::row& row, std::string id) {
    const std::filesystem::path path(row.get<std::string>(0));
    return {.id = std::move(id),
            .file_name = path.filename().string(),
            .folder = path.parent_path().filename().string(),
            .track = {.title = row.get<std::string>(1),
                      .artist = row.get<std::string>(2),
                      .album = row.get<std::string>(3),
                      .comment = row.get<std::string>(4),
                      .genre = row.get<std::string>(5),
                      .year = row.get<std::int64_t>(6),
                      .duration_ms = row.get<std::int64_t>(7)}};
}

}  // namespace

jobs::work_result<std::vector<described_recording>> tag_handler::describe(
    std::span<const jobs::work_item> items) const {
    std::vector<described_recording> recordings;
    const auto read = params_.database->execute([&](sqlite::connection& db) -> result<> {
        for (const auto& item : items) {
            described_recording found{.id = short_id(item.key), .file_name = {}, .folder = {}, .track = {}};
            TRY(db.each(
                "SELECT path, title, artist, album, comment, genre, year, duration_ms FROM audio_files "
                "JOIN recordings USING(recording_id) WHERE recording_id = ?1 ORDER BY is_missing, file_id LIMIT 1",
                [&](const sqlite::row& row) { found = from_row(row, std::move(found.id)); }, recording_of(item)));
            recordings.push_back(std::move(found));
        }
        return {};
    });
    if (!read) {
        return database_failed(read.error());
    }
    return recordings;
}

jobs::work_result<model_reply> tag_handler::ask(const jobs::work_call& call, const prompt& asked) const {
    return call.gate->call<model_reply>({.tokens = estimate_tokens(asked)}, [&](const base::cancel_token& stop) {
        return params_.model->complete(asked, stop);
    });
}

jobs::work_result<> tag_handler::learn_mappings(const jobs::work_call& call,
                                                const std::vector<tag_answer_item>& items) const {
    std::set<unknown_tag> unknown;
    for (const auto& item : items) {
        for (const tag_kind kind : tag_kinds) {
            for (const auto& tag : item.tags[kind]) {
                if (params_.words->find(kind, tag) == nullptr && !params_.mappings->find(kind, tag)) {
                    unknown.insert({.kind = kind, .tag = normalized_tag(tag)});
                }
            }
        }
    }
    if (unknown.empty()) {
        return {};
    }
    const std::vector<unknown_tag> missing(unknown.begin(), unknown.end());
    const auto ask_for = [&](std::span<const unknown_tag> those) -> jobs::work_result<std::vector<tag_mapping>> {
        TRY_ASSIGN(const auto reply, ask(call, mapping_prompt(those, *params_.words)));
        return read_mapping_answer(reply.text);
    };
    const auto learned = params_.mappings->resolve(missing, ask_for);
    if (!learned && learned.error().what == failure_class::interrupted) {
        return learned;
    }
    return {};  // unknown tags are left out; an item that is then incomplete is asked again
}

tag_set tag_handler::cleaned(const tag_set& written, std::string& left_out) const {
    tag_set clean;
    for (std::size_t i = 0; i < tag_kinds.size(); ++i) {
        auto& kept = clean[tag_kinds[i]];
        for (const auto& tag : written[tag_kinds[i]]) {
            const auto* known = params_.words->find(tag_kinds[i], tag);
            const auto mapped = known != nullptr ? std::optional(*known) : params_.mappings->find(tag_kinds[i], tag);
            if (!mapped || mapped->empty()) {
                left_out += fmt::format("{}{} \"{}\"", left_out.empty() ? "" : ", ", to_text(tag_kinds[i]), tag);
            } else if (kept.size() < tags_max[i] && std::ranges::find(kept, *mapped) == kept.end()) {
                kept.push_back(*mapped);
            }
        }
    }
    return clean;
}

void tag_handler::judge(const std::vector<const tag_answer_item*>& said, std::size_t index,
                        jobs::work_answer& answer) const {
    if (said.empty()) {
        answer.bad.push_back({.index = index, .reason = "the answer does not have its id", .raw = {}});
        return;
    }
    const auto raw = to_json(said.front()->tags);
    if (std::ranges::any_of(said, [&](const auto* each) { return each->tags != said.front()->tags; })) {
        answer.bad.push_back({.index = index, .reason = "answered more than once, and not the same", .raw = raw});
        return;
    }
    std::string left_out;
    const auto clean = cleaned(said.front()->tags, left_out);
    if (auto missing = what_is_missing(clean); !missing.empty()) {
        if (!left_out.empty()) {
            missing += fmt::format("; not in the vocabulary: {}", left_out);
        }
        answer.bad.push_back({.index = index, .reason = std::move(missing), .raw = raw});
        return;
    }
    answer.done.push_back({.index = index, .result = to_json(clean)});
}

jobs::work_result<jobs::work_answer> tag_handler::work(const jobs::work_call& call) {
    TRY_ASSIGN(const auto recordings, describe(call.items));
    TRY_ASSIGN(const auto reply, ask(call, tagging_prompt({.recordings = recordings,
                                                           .words = params_.words,
                                                           .complaint = call.complaint,
                                                           .rejected_answer = call.rejected_answer})));
    auto read = read_tag_answer(reply.text);
    std::map<std::string, std::vector<const tag_answer_item*>> by_id;
    std::erase_if(read.items, [&](const auto& item) {
        return std::ranges::find(recordings, item.id, &described_recording::id) == recordings.end();
    });
    if (read.items.empty()) {
        const auto why = reply.is_cut           ? "the answer was cut off"
                         : read.problem.empty() ? "the answer is about none of the recordings"
                                                : "the answer cannot be read: " + read.problem;
        return std::unexpected(work_failure{.what = failure_class::unusable, .reason = why, .raw = reply.text});
    }
    for (const auto& item : read.items) {
        by_id[item.id].push_back(&item);
    }
    TRY(learn_mappings(call, read.items));
    jobs::work_answer answer{.done = {}, .bad = {}, .raw = reply.text};
    for (std::size_t i = 0; i < recordings.size(); ++i) {
        judge(by_id[recordings[i].id], i, answer);
    }
    return answer;
}

result<> tag_handler::commit(sqlite::connection& db, const jobs::commit_call& call, const jobs::work_item& item,
                             std::string_view result) {
    const auto tags = tags_from_json(result);
    if (!tags) {
        return fail(error_kind::storage, fmt::format("the answer of item {} is damaged", item.item_id));
    }
    const std::int64_t recording_id = recording_of(item);
    TRY(replace_tags(
        db, {.recording_id = recording_id, .tags = *tags, .tag_run_id = params_.tag_run_id, .now_ms = call.now_ms}));
    if (params_.writes_files) {
        TRY(queue_recording_writes(db, recording_id, params_.tag_run_id, *tags, call.now_ms));
    }
    return {};
}

bool tag_handler::accepts(std::string_view result) const {
    const auto tags = tags_from_json(result);
    return tags && what_is_missing(*tags).empty() && std::ranges::all_of(tag_kinds, [&](tag_kind kind) {
               return std::ranges::all_of((*tags)[kind],
                                          [&](const auto& tag) { return params_.words->find(kind, tag) != nullptr; });
           });
}

std::string tag_handler::name_of(const jobs::work_item& item) const {
    return short_id(item.key);
}

void tag_handler::committed(std::span<const jobs::work_item> /*items*/) {
    if (params_.writes_files && params_.files_queued) {
        params_.files_queued();
    }
}

}  // namespace sluice::tagger
