// metrics.hpp - counters, gauges and histograms that cost one atomic instruction and are read by Prometheus.
//
// Problem: numbers of every module must be cheap to count, appear under one naming rule, and be documented.
// Use:     struct query_metrics {               // a metric is one member, and its initialiser says everything about it
//              base::metrics_registry& registry;
//              base::counter& rows = registry.add_counter({"query_rows_total", "rows", "Rows sent"});
//          };
//          query_metrics numbers{registry};  numbers.rows.add();
//          const sampled_metrics shown(registry, [this] { return stats(); });    // numbers that their owner keeps
//          shown.gauge({"executor_queued", "tasks", "Tasks that wait for a thread"}, &executor_stats::queued);
//          registry.text()                                             // the body of GET /metrics
//          The command `sluice docs metrics` makes all metrics to write docs/reference/metrics.md.
// Bounds:  label_values_max values for a metric; the ones beyond share the value "other".
// Order:   families and label values appear sorted, so that the text is stable.
// Threads: any. The references live as long as the registry.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::base {

enum class metric_type : std::uint8_t { counter, gauge, histogram };

struct metric_label {
    std::string_view name;
    std::string_view value;
};

// The texts live as long as the program, except the metric's name and the label's value, which the registry copies.
struct metric_definition {
    std::string_view name;  // without the prefix sluice_; a counter's ends in _total
    std::string_view unit;  // for readers: bytes, seconds, connections
    std::string_view help;
    metric_label label = {};  // empty: the metric has no label
};

// From 10 µs to 100 s, for waits that people notice.
inline constexpr double seconds_buckets[] = {0.00001, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05,
                                             0.1,     0.5,    1,      5,     10,    60,   100};

class counter {
  public:
    void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

class gauge {
  public:
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
    void subtract(std::int64_t amount = 1) { value_.fetch_sub(amount, std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_{0};
};

class histogram {
  public:
    explicit histogram(std::span<const double> bounds);
    void observe(double value);

    [[nodiscard]] std::span<const double> bounds() const { return bounds_; }
    [[nodiscard]] std::uint64_t count_in(std::size_t bucket) const;  // not cumulative; the last is +Inf
    [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

  private:
    std::span<const double> bounds_;
    std::vector<std::atomic<std::uint64_t>> counts_;
    std::atomic<double> sum_{0};
};

class metrics_registry {
  public:
    static constexpr std::size_t label_values_max = 100;

    metrics_registry();
    ~metrics_registry();
    metrics_registry(const metrics_registry&) = delete;
    metrics_registry& operator=(const metrics_registry&) = delete;

    // The same name and label give the same object.
    [[nodiscard]] counter& add_counter(const metric_definition& definition);
    [[nodiscard]] gauge& add_gauge(const metric_definition& definition);
    // `bounds`: upper bounds of the buckets, ascending; they live as long as the program.
    [[nodiscard]] histogram& add_histogram(const metric_definition& definition,
                                           std::span<const double> bounds = seconds_buckets);
    // A metric that its owner holds. Shared: a scrape may read it after its owner's end. If it is added several times,
    // the last owner counts.
    void add_kept(const metric_definition& definition, std::shared_ptr<const counter> kept);
    void add_kept(const metric_definition& definition, std::shared_ptr<const gauge> kept);
    void add_kept(const metric_definition& definition, std::shared_ptr<const histogram> kept);
    // The same for a counter or gauge of which the owner keeps only the number; `read` runs on the scraping thread, at
    // each scrape.
    void add_sampled(metric_type type, const metric_definition& definition, std::function<double()> read);

    // Prometheus text exposition format 0.0.4.
    [[nodiscard]] std::string text() const;
    // The table of all metrics for docs/reference/metrics.md, sorted by name.
    [[nodiscard]] std::string reference() const;

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

// Adds counters and gauges whose owner keeps the numbers in one object. `read` returns that object at each scrape; the
// `value` of a metric is a member of it or a function of it.
template <std::invocable Read>
class sampled_metrics {
  public:
    sampled_metrics(metrics_registry& registry, Read read) : registry_(registry), read_(std::move(read)) {}

    void counter(const metric_definition& definition, auto value) const {
        add(metric_type::counter, definition, value);
    }
    void gauge(const metric_definition& definition, auto value) const { add(metric_type::gauge, definition, value); }

  private:
    void add(metric_type type, const metric_definition& definition, auto value) const {
        registry_.add_sampled(type, definition,
                              [read = read_, value] { return static_cast<double>(std::invoke(value, read())); });
    }

    metrics_registry& registry_;
    Read read_;
};

}  // namespace sluice::base
