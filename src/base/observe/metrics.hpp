// metrics.hpp - counters, gauges and histograms that cost one atomic instruction and are read by Prometheus.
//
// Problem: numbers of every module must be cheap to count, appear under one naming rule, and be documented.
// Use:     constexpr metric_definition queries{.name = "queries_total", .unit = "statements",
//                                              .help = "Statements run", .label = "kind"};
//          counter& selects = registry.add_counter(queries, "select");  selects.add();
//          registry.text()                                             // the body of GET /metrics
//          Each subsystem has one struct that makes its metrics in its constructor; the command `sluice docs metrics`
//          makes them all to write docs/reference/metrics.md.
// Bounds:  label_values_max values for a metric; the ones beyond share the value "other".
// Order:   families and label values appear sorted, so that the text is stable.
// Threads: any. The references live as long as the registry.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::base {

enum class metric_type : std::uint8_t { counter, gauge, histogram };

// The views must live as long as the program: definitions are constants.
struct metric_definition {
    std::string_view name;  // without the prefix sluice_; a counter's ends in _total
    metric_type type = metric_type::counter;
    std::string_view unit;  // for readers: bytes, seconds, connections
    std::string_view help;
    std::string_view label;           // name of the one label, if it has one
    std::span<const double> buckets;  // upper bounds of a histogram, ascending
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

    // The same definition and label value give the same object.
    [[nodiscard]] counter& add_counter(const metric_definition& definition, std::string_view label_value = {});
    [[nodiscard]] gauge& add_gauge(const metric_definition& definition, std::string_view label_value = {});
    [[nodiscard]] histogram& add_histogram(const metric_definition& definition, std::string_view label_value = {});
    // A counter or gauge whose owner keeps the number; `read` runs on the scraping thread, at each scrape. If it is
    // added several times, the last owner counts.
    void add_sampled(const metric_definition& definition, std::function<double()> read,
                     std::string_view label_value = {});

    // The same for a histogram that its owner fills. Shared: a scrape may read it after its owner's end.
    void add_kept(const metric_definition& definition, std::shared_ptr<const histogram> kept,
                  std::string_view label_value = {});

    // Prometheus text exposition format 0.0.4.
    [[nodiscard]] std::string text() const;
    // Sorted by name.
    [[nodiscard]] std::vector<metric_definition> definitions() const;

  private:
    class impl;
    std::unique_ptr<impl> impl_;
};

// A table of docs/reference/metrics.md.
[[nodiscard]] std::string metrics_reference(const metrics_registry& registry);

}  // namespace sluice::base
