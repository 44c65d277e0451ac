#include "base/observe/metrics.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <utility>
#include <vector>

#include "base/core/assert.hpp"

namespace sluice::base {

histogram::histogram(std::span<const double> bounds) : bounds_(bounds), counts_(bounds.size() + 1) {}

void histogram::observe(double value) {
    const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t histogram::count_in(std::size_t bucket) const {
    return counts_[bucket].load(std::memory_order_relaxed);
}

namespace {

using reader = std::function<void(prometheus::ClientMetric& shown)>;

struct cell {
    std::shared_ptr<void> owned;  // the metric, if it is the registry's own
    reader read;
};

struct family {
    metric_type type = metric_type::counter;
    std::string_view unit;
    std::string_view help;
    std::string_view label;
    std::map<std::string, cell, std::less<>> cells;  // by label value
};

void read_into(prometheus::ClientMetric& shown, const counter& source) {
    shown.counter.value = static_cast<double>(source.value());
}

void read_into(prometheus::ClientMetric& shown, const gauge& source) {
    shown.gauge.value = static_cast<double>(source.value());
}

void read_into(prometheus::ClientMetric& shown, const histogram& source) {
    std::uint64_t cumulative = 0;
    const auto bounds = source.bounds();
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
        cumulative += source.count_in(i);
        const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
        shown.histogram.bucket.push_back({.cumulative_count = cumulative, .upper_bound = bound});
    }
    shown.histogram.sample_count = cumulative;
    shown.histogram.sample_sum = source.sum();
}

template <typename Metric>
reader reader_of(std::shared_ptr<Metric> source) {
    SLUICE_ASSERT(source != nullptr);
    return [source = std::move(source)](prometheus::ClientMetric& shown) { read_into(shown, *source); };
}

prometheus::MetricType prometheus_type(metric_type type) {
    switch (type) {
        case metric_type::counter:
            return prometheus::MetricType::Counter;
        case metric_type::gauge:
            return prometheus::MetricType::Gauge;
        case metric_type::histogram:
            return prometheus::MetricType::Histogram;
    }
    return prometheus::MetricType::Untyped;
}

std::string_view to_text(metric_type type) {
    switch (type) {
        case metric_type::counter:
            return "counter";
        case metric_type::gauge:
            return "gauge";
        case metric_type::histogram:
            return "histogram";
    }
    return "";
}

}  // namespace

class metrics_registry::impl {
  public:
    template <typename Metric, typename... Args>
    Metric& find_or_make(metric_type type, const metric_definition& definition, Args... args) {
        const std::scoped_lock lock(mutex_);
        cell& place = place_of_locked(type, definition);
        if (!place.read) {
            const auto made = std::make_shared<Metric>(args...);
            place = {.owned = made, .read = reader_of(made)};
        }
        SLUICE_ASSERT(place.owned != nullptr);
        return *static_cast<Metric*>(place.owned.get());
    }

    void replace(metric_type type, const metric_definition& definition, reader read) {
        const std::scoped_lock lock(mutex_);
        place_of_locked(type, definition) = {.owned = nullptr, .read = std::move(read)};
    }

    [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const {
        const std::scoped_lock lock(mutex_);
        std::vector<prometheus::MetricFamily> collected;
        for (const auto& [name, owner] : families_) {
            prometheus::MetricFamily out;
            out.name = "sluice_" + name;
            out.help = owner.help;
            out.type = prometheus_type(owner.type);
            for (const auto& [label_value, source] : owner.cells) {
                auto& metric = out.metric.emplace_back();
                if (!owner.label.empty()) {
                    metric.label.push_back({.name = std::string(owner.label), .value = label_value});
                }
                source.read(metric);
            }
            collected.push_back(std::move(out));
        }
        return collected;
    }

    [[nodiscard]] std::string reference() const {
        const std::scoped_lock lock(mutex_);
        std::string page = "| metric | type | unit | label | meaning |\n|---|---|---|---|---|\n";
        for (const auto& [name, each] : families_) {
            page.append("| `sluice_").append(name).append("` | ").append(to_text(each.type)).append(" | ");
            page.append(each.unit).append(" | ");
            if (!each.label.empty()) {
                page.append("`").append(each.label).append("`");
            }
            page.append(" | ").append(each.help).append(" |\n");
        }
        return page;
    }

  private:
    cell& place_of_locked(metric_type type, const metric_definition& definition) {
        const auto& label = definition.label;
        const family described{
            .type = type, .unit = definition.unit, .help = definition.help, .label = label.name, .cells = {}};
        auto& owner = families_.try_emplace(std::string(definition.name), described).first->second;
        SLUICE_ASSERT(owner.type == type);
        SLUICE_ASSERT(owner.label == label.name);
        SLUICE_ASSERT(label.name.empty() == label.value.empty());
        auto found = owner.cells.find(label.value);
        if (found == owner.cells.end()) {
            const bool room = owner.cells.size() + 1 < label_values_max || label.name.empty();
            found = owner.cells.try_emplace(room ? std::string(label.value) : "other").first;
        }
        return found->second;
    }

    mutable std::mutex mutex_;
    std::map<std::string, family> families_;  // by name
};

metrics_registry::metrics_registry() : impl_(std::make_unique<impl>()) {}
metrics_registry::~metrics_registry() = default;

counter& metrics_registry::add_counter(const metric_definition& definition) {
    return impl_->find_or_make<counter>(metric_type::counter, definition);
}

gauge& metrics_registry::add_gauge(const metric_definition& definition) {
    return impl_->find_or_make<gauge>(metric_type::gauge, definition);
}

histogram& metrics_registry::add_histogram(const metric_definition& definition, std::span<const double> bounds) {
    SLUICE_ASSERT(!bounds.empty());
    return impl_->find_or_make<histogram>(metric_type::histogram, definition, bounds);
}

void metrics_registry::add_kept(const metric_definition& definition, std::shared_ptr<const counter> kept) {
    impl_->replace(metric_type::counter, definition, reader_of(std::move(kept)));
}

void metrics_registry::add_kept(const metric_definition& definition, std::shared_ptr<const gauge> kept) {
    impl_->replace(metric_type::gauge, definition, reader_of(std::move(kept)));
}

void metrics_registry::add_kept(const metric_definition& definition, std::shared_ptr<const histogram> kept) {
    impl_->replace(metric_type::histogram, definition, reader_of(std::move(kept)));
}

void metrics_registry::add_sampled(metric_type type, const metric_definition& definition,
                                   std::function<double()> read) {
    SLUICE_ASSERT(type != metric_type::histogram);
    impl_->replace(type, definition, [type, read = std::move(read)](prometheus::ClientMetric& shown) {
        (type == metric_type::counter ? shown.counter.value : shown.gauge.value) = read();
    });
}

std::string metrics_registry::text() const {
    return prometheus::TextSerializer().Serialize(impl_->collect());
}

std::string metrics_registry::reference() const {
    return impl_->reference();
}

}  // namespace sluice::base
