// Expected texts: Prometheus' description of its text format 0.0.4.
#include "base/observe/metrics.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::base {
namespace {

constexpr double bounds[] = {0.1, 1};
constexpr metric_definition sessions{"sessions", "sessions", "Sessions open"};
constexpr metric_definition waits{"wait_seconds", "seconds", "Waits"};

constexpr metric_definition queries(std::string_view kind) {
    return {"queries_total", "statements", "Statements run", {"kind", kind}};
}

TEST(metrics, appear_in_the_text_format) {
    metrics_registry registry;
    registry.add_counter(queries("select")).add(3);
    registry.add_counter(queries("insert")).add();
    registry.add_gauge(sessions).set(5);
    registry.add_gauge(sessions).subtract(2);
    auto& wait = registry.add_histogram(waits, bounds);
    wait.observe(0.05);
    wait.observe(0.1);
    wait.observe(0.5);
    wait.observe(7);
    EXPECT_EQ(registry.text(),
              "# HELP sluice_queries_total Statements run\n"
              "# TYPE sluice_queries_total counter\n"
              "sluice_queries_total{kind=\"insert\"} 1\n"
              "sluice_queries_total{kind=\"select\"} 3\n"
              "# HELP sluice_sessions Sessions open\n"
              "# TYPE sluice_sessions gauge\n"
              "sluice_sessions 3\n"
              "# HELP sluice_wait_seconds Waits\n"
              "# TYPE sluice_wait_seconds histogram\n"
              "sluice_wait_seconds_count 4\n"
              "sluice_wait_seconds_sum 7.65\n"
              "sluice_wait_seconds_bucket{le=\"0.1\"} 2\n"
              "sluice_wait_seconds_bucket{le=\"1\"} 3\n"
              "sluice_wait_seconds_bucket{le=\"+Inf\"} 4\n");
}

TEST(metrics, ask_their_owner_at_each_scrape) {
    metrics_registry registry;
    double level = 1;
    registry.add_sampled(metric_type::gauge, sessions, [&] { return level; });
    EXPECT_NE(registry.text().find("sluice_sessions 1\n"), std::string::npos);
    level = 2;
    EXPECT_NE(registry.text().find("sluice_sessions 2\n"), std::string::npos);
    registry.add_sampled(metric_type::gauge, sessions, [] { return 3.0; });
    EXPECT_NE(registry.text().find("sluice_sessions 3\n"), std::string::npos);
}

TEST(metrics, show_members_of_their_owner) {
    metrics_registry registry;
    {
        const auto kept = std::make_shared<counter>();
        registry.add_kept(queries("kept"), kept);
        kept->add(4);
    }
    EXPECT_NE(registry.text().find("sluice_queries_total{kind=\"kept\"} 4\n"), std::string::npos);
    struct {
        int open = 7;
        int ended = 8;
    } numbers;
    const sampled_metrics from(registry, [&] { return numbers; });
    from.gauge(sessions, &decltype(numbers)::open);
    from.counter(queries("sampled"), [](const auto& now) { return now.open + now.ended; });
    EXPECT_NE(registry.text().find("sluice_sessions 7\n"), std::string::npos);
    EXPECT_NE(registry.text().find("sluice_queries_total{kind=\"sampled\"} 15\n"), std::string::npos);
}

TEST(metrics, bound_the_number_of_label_values) {
    metrics_registry registry;
    for (int i = 0; i < 1000; ++i) {
        registry.add_counter(queries(std::to_string(i))).add();
    }
    const auto text = registry.text();
    EXPECT_NE(text.find("{kind=\"98\"} 1\n"), std::string::npos);
    EXPECT_EQ(text.find("{kind=\"99\"}"), std::string::npos);
    EXPECT_NE(text.find("{kind=\"other\"} 901\n"), std::string::npos) << text;
}

TEST(metrics, count_from_many_threads) {
    metrics_registry registry;
    auto& total = registry.add_counter(queries("select"));
    auto& wait = registry.add_histogram(waits, bounds);
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 10'000; ++i) {
                total.add();
                wait.observe(0.5);
                if (i % 1000 == 0) {
                    EXPECT_FALSE(registry.text().empty());
                }
            }
        });
    }
    for (auto& each : threads) {
        each.join();
    }
    EXPECT_EQ(total.value(), 40'000U);
    EXPECT_EQ(wait.count_in(1), 40'000U);
    EXPECT_DOUBLE_EQ(wait.sum(), 20'000);
}

TEST(metrics, are_documented) {
    metrics_registry registry;
    static_cast<void>(registry.add_counter(queries("select")));
    static_cast<void>(registry.add_gauge(sessions));
    const auto page = registry.reference();
    EXPECT_NE(page.find("| `sluice_queries_total` | counter | statements | `kind` | Statements run |\n"),
              std::string::npos)
        << page;
    EXPECT_NE(page.find("| `sluice_sessions` | gauge | sessions |  | Sessions open |\n"), std::string::npos);
}

}  // namespace
}  // namespace sluice::base
