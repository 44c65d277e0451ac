#include "engines/duckdb/statement/plan_cache.hpp"

#include <functional>

namespace sluice::duckdb {
namespace {

// The declared types, then the text; the number of types comes first, so the two cannot be confused.
void make_key(std::string_view text, std::span<const backend::oid> declared, std::string& key) {
    key.clear();
    const auto append = [&key](std::uint32_t number) {
        key.append(reinterpret_cast<const char*>(&number), sizeof number);
    };
    append(static_cast<std::uint32_t>(declared.size()));
    for (const backend::oid type : declared) {
        append(type);
    }
    key += text;
}

}  // namespace

std::shared_ptr<duckdb_statement> plan_cache::find(std::string_view text, std::span<const backend::oid> declared) {
    if (entries_.empty() || text.size() > text_bytes_max) {
        return nullptr;
    }
    make_key(text, declared, key_);
    const auto found = by_key_.find(key_);
    if (found == by_key_.end()) {
        return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->second;
}

void plan_cache::add(const std::shared_ptr<duckdb_statement>& statement) {
    if (entries_max_ == 0 || statement->text.size() > text_bytes_max) {
        return;
    }
    make_key(statement->text, statement->declared, key_);
    if (const auto found = by_key_.find(key_); found != by_key_.end()) {
        found->second->second = statement;
        return;
    }
    if (!seen_) {
        seen_ = std::make_unique<hash_table>();
    }
    const std::uint64_t hash = std::hash<std::string>{}(key_);
    std::uint32_t& seen = (*seen_)[hash % seen_->size()];
    if (const auto kept = static_cast<std::uint32_t>(hash >> 32U); seen != kept) {
        seen = kept;
        return;
    }
    entries_.emplace_front(key_, statement);
    by_key_.emplace(entries_.front().first, entries_.begin());
    if (entries_.size() > entries_max_) {
        by_key_.erase(entries_.back().first);
        entries_.pop_back();
    }
}

void plan_cache::clear() {
    by_key_.clear();
    entries_.clear();
}

}  // namespace sluice::duckdb
