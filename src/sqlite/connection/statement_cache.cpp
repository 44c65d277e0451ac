#include "sqlite/connection/statement_cache.hpp"

#include <sqlite3.h>
#include <utility>

namespace sluice::sqlite {

cached_statement::cached_statement(sqlite3_stmt* compiled, std::string_view text, statement_effects left)
    : handle(compiled), sql(text), effects(std::move(left)), is_read_only(sqlite3_stmt_readonly(compiled) != 0) {}

void cached_statement::finalize() {
    sqlite3_finalize(std::exchange(handle, nullptr));
}

std::shared_ptr<cached_statement> statement_cache::take(std::string_view sql) {
    const auto found = by_sql_.find(sql);
    if (found == by_sql_.end() || (*found->second)->is_in_use) {
        return nullptr;
    }
    ++in_use_;
    entries_.splice(entries_.begin(), entries_, found->second);
    entries_.front()->is_in_use = true;
    return entries_.front();
}

void statement_cache::add(const std::shared_ptr<cached_statement>& made) {
    ++in_use_;
    if (size_max_ == 0 || by_sql_.contains(made->sql)) {
        std::erase_if(strays_, [](const auto& each) { return each.expired(); });
        strays_.push_back(made);
        return;
    }
    shrink(size_max_ - 1);
    made->is_kept = true;
    entries_.push_front(made);
    by_sql_.emplace(made->sql, entries_.begin());
}

void statement_cache::give_back(cached_statement& used) {
    used.is_in_use = false;
    --in_use_;
}

bool statement_cache::revoke() {
    if (in_use_ == 0) [[likely]] {
        return false;
    }
    for (auto each = entries_.begin(); each != entries_.end();) {
        const auto here = each++;
        if ((*here)->is_in_use) {
            (*here)->finalize();
            by_sql_.erase((*here)->sql);
            entries_.erase(here);
        }
    }
    for (const auto& each : strays_) {
        if (const auto stray = each.lock()) {
            stray->finalize();
        }
    }
    strays_.clear();
    in_use_ = 0;
    return true;
}

void statement_cache::resize(std::size_t size_max) {
    size_max_ = size_max;
    shrink(size_max);
}

void statement_cache::clear() {
    shrink(0);
}

// A statement in use stays with its user, as a stray.
void statement_cache::shrink(std::size_t size_max) {
    while (entries_.size() > size_max) {
        const auto& oldest = entries_.back();
        oldest->is_kept = false;
        by_sql_.erase(oldest->sql);
        if (oldest->is_in_use) {
            strays_.push_back(oldest);
        }
        entries_.pop_back();
    }
}

}  // namespace sluice::sqlite
