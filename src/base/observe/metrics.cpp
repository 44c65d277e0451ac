#include "base/observe/metrics.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <utility>
#include <variant>

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

using cell = std::variant<std::unique_ptr<counter>, std::unique_ptr<gauge>, std::unique_ptr<histogram>,
                          std::function<double()>, std::shared_ptr<const histogram>>;

struct family {
    metric_definition definition;
    std::map<std::string, cell, std::less<>> cells;  // by label value
};

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

void read_histogram(const histogram& source, prometheus::ClientMetric& metric) {
    std::uint64_t cumulative = 0;
    const auto bounds = source.bounds();
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
        cumulative += source.count_in(i);
        const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
        metric.histogram.bucket.push_back({.cumulative_count = cumulative, .upper_bound = bound});
    }
    metric.histogram.sample_count = cumulative;
    metric.histogram.sample_sum = source.sum();
}

prometheus::ClientMetric read_cell(const family& owner, const std::string& label_value, const cell& source) {
    prometheus::ClientMetric metric;
    if (!owner.definition.label.empty()) {
        metric.label.push_back({.name = std::string(owner.definition.label), .value = label_value});
    }
    const auto put = [&](double value) {
        (owner.definition.type == metric_type::counter ? metric.counter.value : metric.gauge.value) = value;
    };
    if (const auto* count = std::get_if<std::unique_ptr<counter>>(&source)) {
        put(static_cast<double>((*count)->value()));
    } else if (const auto* level = std::get_if<std::unique_ptr<gauge>>(&source)) {
        put(static_cast<double>((*level)->value()));
    } else if (const auto* spread = std::get_if<std::unique_ptr<histogram>>(&source)) {
        read_histogram(**spread, metric);
    } else if (const auto* kept = std::get_if<std::shared_ptr<const histogram>>(&source)) {
        read_histogram(**kept, metric);
    } else {
        put(std::get<std::function<double()>>(source)());
    }
    return metric;
}

}  // namespace

class metrics_registry::impl {
  public:
    cell& find_or_make(const metric_definition& definition, std::string_view label_value,
                       const std::function<cell()>& make) {
        const std::scoped_lock lock(mutex_);
        return find_or_make_locked(definition, label_value, make);
    }

    void replace(const metric_definition& definition, std::string_view label_value, cell with) {
        const std::scoped_lock lock(mutex_);
        find_or_make_locked(definition, label_value, [] { return std::function<double()>(); }) = std::move(with);
    }

    [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const {
        const std::scoped_lock lock(mutex_);
        std::vector<prometheus::MetricFamily> collected;
        for (const auto& [name, owner] : families_) {
            prometheus::MetricFamily out;
            out.name = "sluice_" + std::string(name);
            out.help = owner.definition.help;
            out.type = prometheus_type(owner.definition.type);
            for (const auto& [label_value, source] : owner.cells) {
                out.metric.push_back(read_cell(owner, label_value, source));
            }
            collected.push_back(std::move(out));
        }
        return collected;
    }

    [[nodiscard]] std::vector<metric_definition> definitions() const {
        const std::scoped_lock lock(mutex_);
        std::vector<metric_definition> all;
        all.reserve(families_.size());
        for (const auto& each : families_) {
            all.push_back(each.second.definition);
        }
        return all;
    }

  private:
    cell& find_or_make_locked(const metric_definition& definition, std::string_view label_value,
                              const std::function<cell()>& make) {
        auto& owner =
            families_.try_emplace(definition.name, family{.definition = definition, .cells = {}}).first->second;
        SLUICE_ASSERT(owner.definition.type == definition.type);
        SLUICE_ASSERT(owner.definition.label == definition.label);
        SLUICE_ASSERT(definition.label.empty() == label_value.empty());
        auto found = owner.cells.find(label_value);
        if (found == owner.cells.end()) {
            const bool room = owner.cells.size() + 1 < label_values_max || definition.label.empty();
            found = owner.cells.try_emplace(room ? std::string(label_value) : "other", make()).first;
        }
        return found->second;
    }

    mutable std::mutex mutex_;
    std::map<std::string_view, family> families_;
};

metrics_registry::metrics_registry() : impl_(std::make_unique<impl>()) {}
metrics_registry::~metrics_registry() = default;

counter& metrics_registry::add_counter(const metric_definition& definition, std::string_view label_value) {
    SLUICE_ASSERT(definition.type == metric_type::counter);
    return *std::get<std::unique_ptr<counter>>(
        impl_->find_or_make(definition, label_value, [] { return std::make_unique<counter>(); }));
}

gauge& metrics_registry::add_gauge(const metric_definition& definition, std::string_view label_value) {
    SLUICE_ASSERT(definition.type == metric_type::gauge);
    return *std::get<std::unique_ptr<gauge>>(
        impl_->find_or_make(definition, label_value, [] { return std::make_unique<gauge>(); }));
}

histogram& metrics_registry::add_histogram(const metric_definition& definition, std::string_view label_value) {
    SLUICE_ASSERT(definition.type == metric_type::histogram);
    SLUICE_ASSERT(!definition.buckets.empty());
    return *std::get<std::unique_ptr<histogram>>(
        impl_->find_or_make(definition, label_value, [&] { return std::make_unique<histogram>(definition.buckets); }));
}

void metrics_registry::add_sampled(const metric_definition& definition, std::function<double()> read,
                                   std::string_view label_value) {
    SLUICE_ASSERT(definition.type != metric_type::histogram);
    impl_->replace(definition, label_value, std::move(read));
}

void metrics_registry::add_kept(const metric_definition& definition, std::shared_ptr<const histogram> kept,
                                std::string_view label_value) {
    SLUICE_ASSERT(definition.type == metric_type::histogram && kept != nullptr);
    impl_->replace(definition, label_value, std::move(kept));
}

std::string metrics_registry::text() const {
    return prometheus::TextSerializer().Serialize(impl_->collect());
}

std::vector<metric_definition> metrics_registry::definitions() const {
    return impl_->definitions();
}

namespace {

std::string_view type_name(metric_type type) {
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

std::string metrics_reference(const metrics_registry& registry) {
    std::string page = "| metric | type | unit | label | meaning |\n|---|---|---|---|---|\n";
    for (const auto& each : registry.definitions()) {
        page.append("| `sluice_").append(each.name).append("` | ").append(type_name(each.type)).append(" | ");
        page.append(each.unit).append(" | ");
        if (!each.label.empty()) {
            page.append("`").append(each.label).append("`");
        }
        page.append(" | ").append(each.help).append(" |\n");
    }
    return page;
}

}  // namespace sluice::base
