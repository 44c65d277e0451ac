// tag_handler.hpp - the work of the tagging job: asks the model about a batch of recordings, and makes clean tags of it.
//
// Steps:   what is known of the recordings → prompt → one call → what can be read → each tag into the vocabulary: as it is
//          spelled there, else by a mapping that is known, else by one call for all that are not → the rule of tags.hpp.
// Rule:    an item is done only with tags that the vocabulary has, and enough of each kind. Answers about other recordings
//          are left aside; two different answers about one are none.
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
    std::function<void()> files_queued;  // after a commit that left files to write; may be empty
};

class tag_handler final : public jobs::batch_handler {
  public:
    explicit tag_handler(tag_handler_params params) : params_(std::move(params)) {}

    [[nodiscard]] jobs::work_result<jobs::work_answer> work(const jobs::work_call& call) override;
    result<> commit(sqlite::connection& db, const jobs::commit_call& call, const jobs::work_item& item,
                    std::string_view result) override;
    // All of it in the vocabulary, which may have changed since, and enough.
    [[nodiscard]] bool accepts(std::string_view result) const override;
    [[nodiscard]] std::string name_of(const jobs::work_item& item) const override;
    void committed(std::span<const jobs::work_item> items) override;

  private:
    [[nodiscard]] jobs::work_result<std::vector<described_recording>> describe(
        std::span<const jobs::work_item> items) const;
    [[nodiscard]] jobs::work_result<model_reply> ask(const jobs::work_call& call, const prompt& asked) const;
    // Of all answers together; a failure is told only if the run is to end.
    [[nodiscard]] jobs::work_result<> learn_mappings(const jobs::work_call& call,
                                                     const std::vector<tag_answer_item>& items) const;
    [[nodiscard]] tag_set cleaned(const tag_set& written, std::string& left_out) const;
    void judge(const std::vector<const tag_answer_item*>& said, std::size_t index, jobs::work_answer& answer) const;

    const tag_handler_params params_;
};

}  // namespace sluice::tagger
