// tag_handler.hpp - the handler of the tagging job: asks the model about a batch of recordings, and cleans the tags.
//
// Steps:   data of recordings → prompt → one call → readable part of the answer → each tag into the vocabulary: as
//          spelled there, else by a known mapping, else by one more call for all unknown tags → the rule of tags.hpp.
// Rule:    an item is done only with tags of the vocabulary, and enough of each kind. Answers about other recordings
//          are ignored; two different answers about one recording count as none.
// Threads: work() any; commit() inside of the batch's transaction.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "apps/jobs/call_gate.hpp"
#include "apps/jobs/work.hpp"
#include "apps/tagger/model/answer.hpp"
#include "apps/tagger/model/model_client.hpp"
#include "apps/tagger/run/tag_mapping_cache.hpp"
#include "apps/tagger/tags/vocabulary.hpp"

namespace sluice::tagger {

struct tag_handler_params {
    sqlite::database* database = nullptr;
    model_client* model = nullptr;
    const vocabulary* words = nullptr;
    tag_mapping_cache* mappings = nullptr;
    std::int64_t tag_run_id = 0;
    bool writes_files = false;
    std::function<void()> files_queued;  // called after a commit that queued files; may be empty
};

class tag_handler final : public jobs::batch_handler {
  public:
    explicit tag_handler(tag_handler_params params) : params_(std::move(params)) {}

    [[nodiscard]] jobs::work_result<jobs::work_answer> work(const jobs::work_call& call) override;
    result<> commit(sqlite::connection& db, const jobs::commit_call& call, const jobs::work_item& item,
                    std::string_view result) override;
    // True if all tags are in the vocabulary, which may have changed since, and there are enough.
    [[nodiscard]] bool accepts(std::string_view result) const override;
    [[nodiscard]] std::string name_of(const jobs::work_item& item) const override;
    void committed(std::span<const jobs::work_item> items) override;

  private:
    [[nodiscard]] jobs::work_result<std::vector<described_recording>> describe(
        std::span<const jobs::work_item> items) const;
    [[nodiscard]] jobs::work_result<model_reply> ask(const jobs::work_call& call, const prompt& asked) const;
    // Learns from all answers together; fails only if the run is to end.
    [[nodiscard]] jobs::work_result<> learn_mappings(const jobs::work_call& call,
                                                     const std::vector<tag_answer_item>& items) const;
    [[nodiscard]] tag_set cleaned(const tag_set& written, std::string& left_out) const;
    void judge(const std::vector<const tag_answer_item*>& said, std::size_t index, jobs::work_answer& answer) const;

    const tag_handler_params params_;
};

}  // namespace sluice::tagger
