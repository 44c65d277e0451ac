// Which of several functions of a name a call means, and the types of polymorphic ones.
#include <algorithm>
#include <functional>

#include "analysis/resolve/type_rules.hpp"

namespace sluice::analysis {
namespace {

namespace type_oids = postgres::type_oids;

using indices = std::vector<std::size_t>;

bool is_preferred(const type_source& types, oid type, char category) {
    const type_row* const found = types.find(type);
    return found != nullptr && found->preferred && found->category == category;
}

char category_of(const type_source& types, oid type) {
    if (is_polymorphic(type) || type == pseudo::any) {
        return 'P';
    }
    const type_row* const found = types.find(type);
    return found == nullptr ? 'X' : found->category;
}

// Keeps those with the highest score.
void keep_best(indices& left, const std::function<std::size_t(std::size_t)>& score) {
    std::size_t best = 0;
    for (const std::size_t each : left) {
        best = std::max(best, score(each));
    }
    std::erase_if(left, [&](std::size_t each) { return score(each) < best; });
}

class choice {
  public:
    choice(const type_source& types, std::span<const candidate> all, std::span<const oid> given)
        : types_(types), all_(all), given_(given) {
        for (const oid each : given) {
            bases_.push_back(without_domain(types, {.type = each}).type);
            unknown_ += each == type_oids::unknown ? 1 : 0;
        }
    }

    std::optional<std::size_t> run(bool& ambiguous) {
        for (std::size_t i = 0; i < all_.size(); ++i) {
            if (std::ranges::equal(all_[i].arguments, given_)) {
                return i;
            }
        }
        for (std::size_t i = 0; i < all_.size(); ++i) {
            if (can_convert(types_, given_, all_[i].arguments, cast_context::implicit)) {
                left_.push_back(i);
            }
        }
        if (left_.size() > 1) {
            keep_best(left_, [this](std::size_t each) { return exact_count(each); });
        }
        if (left_.size() > 1) {
            keep_best(left_, [this](std::size_t each) { return preferred_count(each); });
        }
        if (left_.size() > 1 && unknown_ > 0) {
            keep_category();
        }
        if (left_.size() > 1 && unknown_ > 0 && unknown_ < given_.size()) {
            assume_same();
        }
        ambiguous = left_.size() > 1;
        return left_.size() == 1 ? std::optional(left_.front()) : std::nullopt;
    }

  private:
    [[nodiscard]] std::size_t exact_count(std::size_t each) const {
        std::size_t count = 0;
        for (std::size_t i = 0; i < given_.size(); ++i) {
            count += given_[i] != type_oids::unknown && all_[each].arguments[i] == bases_[i] ? 1 : 0;
        }
        return count;
    }
    [[nodiscard]] std::size_t preferred_count(std::size_t each) const {
        std::size_t count = 0;
        for (std::size_t i = 0; i < given_.size(); ++i) {
            const oid wanted = all_[each].arguments[i];
            count += given_[i] != type_oids::unknown &&
                             (wanted == bases_[i] || is_preferred(types_, wanted, category_of(types_, bases_[i])))
                         ? 1
                         : 0;
        }
        return count;
    }
    // Literals are taken for strings if a candidate takes a string there, else for what all candidates take.
    void keep_category() {
        std::vector<char> categories(given_.size(), '\0');
        std::vector<bool> preferred(given_.size(), false);
        for (std::size_t i = 0; i < given_.size(); ++i) {
            if (given_[i] != type_oids::unknown) {
                continue;
            }
            bool conflict = false;
            for (const std::size_t each : left_) {
                const oid wanted = all_[each].arguments[i];
                const char category = category_of(types_, wanted);
                const bool best = is_preferred(types_, wanted, category);
                if (categories[i] == '\0') {
                    categories[i] = category;
                    preferred[i] = best;
                } else if (category == categories[i]) {
                    preferred[i] = preferred[i] || best;
                } else if (category == 'S') {
                    categories[i] = 'S';
                    preferred[i] = best;
                } else if (categories[i] != 'S') {
                    conflict = true;
                }
            }
            if (conflict && categories[i] != 'S') {
                return;
            }
        }
        indices kept;
        for (const std::size_t each : left_) {
            bool fits = true;
            for (std::size_t i = 0; i < given_.size() && fits; ++i) {
                if (given_[i] == type_oids::unknown) {
                    const oid wanted = all_[each].arguments[i];
                    fits = category_of(types_, wanted) == categories[i] &&
                           (!preferred[i] || is_preferred(types_, wanted, categories[i]));
                }
            }
            if (fits) {
                kept.push_back(each);
            }
        }
        if (!kept.empty()) {
            left_ = std::move(kept);
        }
    }
    // If all known arguments have one type, literals are of this type, too.
    void assume_same() {
        oid known = 0;
        for (std::size_t i = 0; i < given_.size(); ++i) {
            if (given_[i] != type_oids::unknown) {
                if (known != 0 && known != bases_[i]) {
                    return;
                }
                known = bases_[i];
            }
        }
        const std::vector<oid> assumed(given_.size(), known);
        indices kept;
        for (const std::size_t each : left_) {
            if (can_convert(types_, assumed, all_[each].arguments, cast_context::implicit)) {
                kept.push_back(each);
            }
        }
        if (kept.size() == 1) {
            left_ = std::move(kept);
        }
    }

    const type_source& types_;
    std::span<const candidate> all_;
    std::span<const oid> given_;
    std::vector<oid> bases_;
    std::size_t unknown_ = 0;
    indices left_;
};

// The types that one call gives to a family of pseudo-types: anyelement and its relatives, or the anycompatible ones.
class family {
  public:
    family(const type_source& types, bool compatible) : types_(types), compatible_(compatible) {}

    // False: it does not belong to the family, or it fits; sets failed() if it clashes.
    void add(oid declared, oid given) {
        if (!owns(declared)) {
            return;
        }
        used_ = true;
        if (given == type_oids::unknown) {
            return;
        }
        const oid base = without_domain(types_, {.type = given}).type;
        if (declared == array()) {
            const oid element = declared_element(base);
            element != 0 ? note_element(element) : fail();
        } else if (declared == range() || declared == multirange()) {
            const range_row* const found = find_range(base);
            const bool fits = found != nullptr && (declared == range() ? found->range : found->multirange) == base;
            fits ? note_range(*found) : fail();
        } else {
            const bool is_array = element_type(types_, base) != 0;
            const bool refused =
                (declared == nonarray() && is_array) || (declared == pseudo::anyenum && kind_of(base) != 'e');
            refused ? fail() : note_element(given);
        }
    }
    bool finish() {
        if (!used_ || failed_) {
            return !failed_;
        }
        if (compatible_ && !elements_.empty()) {
            element_ = choose_common_type(types_, elements_).type;
            failed_ = element_ == 0;
        } else if (compatible_ && element_ == 0) {
            element_ = type_oids::text;
        }
        if (range_ != nullptr && element_ == 0) {
            element_ = range_->subtype;
        }
        return !failed_;
    }
    [[nodiscard]] oid concrete(oid declared, oid given) const {
        if (!owns(declared)) {
            return declared;
        }
        if (declared == array()) {
            return element_ == 0 ? 0 : array_type(types_, element_);
        }
        if (declared == range() || declared == multirange()) {
            const range_row* found = range_;
            if (found == nullptr) {
                return given;
            }
            return declared == range() ? found->range : found->multirange;
        }
        return element_;
    }

  private:
    [[nodiscard]] bool owns(oid declared) const {
        return declared == element() || declared == array() || declared == nonarray() || declared == range() ||
               declared == multirange() || (!compatible_ && declared == pseudo::anyenum);
    }
    [[nodiscard]] oid element() const { return compatible_ ? pseudo::anycompatible : pseudo::anyelement; }
    [[nodiscard]] oid array() const { return compatible_ ? pseudo::anycompatiblearray : pseudo::anyarray; }
    [[nodiscard]] oid nonarray() const { return compatible_ ? pseudo::anycompatiblenonarray : pseudo::anynonarray; }
    [[nodiscard]] oid range() const { return compatible_ ? pseudo::anycompatiblerange : pseudo::anyrange; }
    [[nodiscard]] oid multirange() const {
        return compatible_ ? pseudo::anycompatiblemultirange : pseudo::anymultirange;
    }
    [[nodiscard]] oid declared_element(oid array) const { return element_type(types_, array); }
    [[nodiscard]] char kind_of(oid type) const {
        const type_row* const found = types_.find(type);
        return found == nullptr ? 'b' : found->kind;
    }
    void fail() { failed_ = true; }
    void note_element(oid type) {
        if (compatible_) {
            elements_.push_back(type);
        } else if (element_ != 0 && element_ != type) {
            failed_ = true;
        } else {
            element_ = type;
        }
    }
    void note_range(const range_row& found) {
        failed_ = failed_ || (range_ != nullptr && range_ != &found);
        range_ = &found;
        note_element(found.subtype);
    }

    const type_source& types_;
    bool compatible_;
    bool used_ = false;
    bool failed_ = false;
    oid element_ = 0;
    std::vector<oid> elements_;
    const range_row* range_ = nullptr;
};

}  // namespace

std::optional<std::size_t> choose_candidate(const type_source& types, std::span<const candidate> all,
                                            std::span<const oid> given, bool& ambiguous) {
    return choice(types, all, given).run(ambiguous);
}

bool resolve_polymorphic(const type_source& types, std::span<const oid> given, std::vector<oid>& declared,
                         oid& result) {
    family plain(types, false);
    family compatible(types, true);
    for (std::size_t i = 0; i < declared.size(); ++i) {
        plain.add(declared[i], given[i]);
        compatible.add(declared[i], given[i]);
    }
    if (!plain.finish() || !compatible.finish()) {
        return false;
    }
    const auto concrete = [&](oid type, oid each) { return compatible.concrete(plain.concrete(type, each), each); };
    for (std::size_t i = 0; i < declared.size(); ++i) {
        declared[i] = concrete(declared[i], given[i]);
    }
    result = concrete(result, 0);
    return true;
}

}  // namespace sluice::analysis
