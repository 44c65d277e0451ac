#include "sqlite/database/database.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdexcept>
#include <thread>

#include "base/observe/log.hpp"
#include "sqlite/faults/sqlite_test_support.hpp"

namespace sluice::sqlite {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view schema = "create table t(id integer primary key, name text not null unique)";

std::unique_ptr<database> open_with_table(const std::string& path, connection_options options = {}) {
    auto manager = must_open(path, quiet(options));
    EXPECT_TRUE(manager->run(schema));
    return manager;
}

std::int64_t count(database& manager) {
    return manager.get<std::int64_t>("select count(*) from t").value();
}

// Each test runs twice: with a file and with a database in memory.
class manager : public testing::TestWithParam<bool> {
  protected:
    [[nodiscard]] std::string path() const { return GetParam() ? ":memory:" : folder_.file("a.db"); }

  private:
    temporary_folder folder_;
};
INSTANTIATE_TEST_SUITE_P(store, manager, testing::Values(false, true),
                         [](const auto& each) { return each.param ? "memory" : "file"; });

TEST_P(manager, routes_statements_by_what_they_are) {
    const auto db = open_with_table(path());
    EXPECT_EQ(db->run("insert into t(name) values(?1), (?2)", "a", std::string("b")).value(), 2);
    EXPECT_EQ(db->find<std::string>("select name from t where id = ?1", 2).value(), "b");
    EXPECT_EQ(db->find<std::string>("select name from t where id = ?1", 3).value(), std::nullopt);
    EXPECT_THAT((db->list<std::tuple<std::int64_t, std::string>>("select id, name from t order by id").value()),
                ElementsAre(std::tuple(1, "a"), std::tuple(2, "b")));
    EXPECT_EQ(db->get<std::string>("insert into t(name) values('c') returning name").value(), "c");
    EXPECT_EQ(count(*db), 3);
    const auto stats = db->statistics();
    EXPECT_GE(stats.counters->reads_total.value(), 4U);
    EXPECT_EQ(stats.counters->writes_total.value(), 3U);  // schema, two inserts
}

TEST_P(manager, transaction_commits_on_success_and_rolls_back_on_error_and_exception) {
    const auto db = open_with_table(path());
    const auto insert = [](connection& in, std::string_view name) {
        return in.run("insert into t(name) values(?1)", name);
    };
    EXPECT_TRUE(db->transaction([&](connection& in) { return insert(in, "kept"); }));
    const auto failed = db->transaction([&](connection& in) -> result<> {
        TRY(insert(in, "lost"));
        TRY(insert(in, "kept"));
        return {};
    });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, error_kind::constraint);
    EXPECT_EQ(failed.error().constraint.table, "t");
    EXPECT_THAT(failed.error().constraint.columns, ElementsAre("name"));
    EXPECT_THROW((void)db->transaction([&](connection& in) -> result<> {
        EXPECT_TRUE(insert(in, "lost"));
        throw std::runtime_error("a closure's own");
    }),
                 std::runtime_error);
    EXPECT_EQ(count(*db), 1);
    EXPECT_EQ(db->statistics().writer.on_loan, 0U);
}

TEST_P(manager, names_the_columns_of_a_foreign_key) {
    const auto db = open_with_table(path());
    ASSERT_TRUE(db->execute_mut([](connection& in) {
        return in.run_script(
            "create table pair(a int, b int, primary key(a, b)); insert into pair values(1, 2);"
            "create table child(id integer primary key, t_id int references t,"
            "  x int, y int, foreign key(x, y) references pair deferrable initially deferred);"
            "insert into t values(1, 'one'); insert into child values(1, 1, 1, 2)");
    }));
    const auto unknown = db->run("insert into child(t_id) values(7)");
    EXPECT_EQ(unknown.error().constraint.kind, constraint_kind::foreign_key);
    EXPECT_EQ(unknown.error().constraint.table, "child");
    EXPECT_THAT(unknown.error().constraint.columns, ElementsAre("t_id"));
    const auto parent = db->transaction([](connection& in) { return in.run("delete from t where id = ?1", 1); });
    EXPECT_EQ(parent.error().constraint.table, "child");
    EXPECT_THAT(parent.error().constraint.columns, ElementsAre("t_id"));
    const auto late = db->transaction([](connection& in) { return in.run("insert into child(x, y) values(8, 9)"); });
    EXPECT_EQ(late.error().kind, error_kind::constraint);
    EXPECT_THAT(late.error().constraint.columns, ElementsAre("x", "y"));
    EXPECT_EQ(db->get<std::int64_t>("select count(*) from child").value(), 1);
    EXPECT_TRUE(db->run("insert into child(t_id, x, y) values(1, 1, 2)"));
}

TEST_P(manager, calls_inside_a_transaction_use_it_and_inner_ones_are_savepoints) {
    const auto db = open_with_table(path(), {.max_size = 1, .min_idle = 0});
    const auto done = db->transaction([&](connection& outer) -> result<> {
        TRY(outer.run("insert into t(name) values('outer')"));
        EXPECT_EQ(count(*db), 1);  // not committed yet, but visible: it is the same connection
        TRY(db->execute([&](connection& in) -> result<> {
            EXPECT_EQ(&in, &outer);
            return {};
        }));
        const auto inner = db->transaction([&](connection& in) -> result<> {
            EXPECT_EQ(&in, &outer);
            TRY(in.run("insert into t(name) values('inner')"));
            return fail(error_kind::misuse, "undo me");
        });
        EXPECT_FALSE(inner);
        TRY(db->transaction([&](connection&) -> result<> {
            TRY(db->execute_mut([](connection& in) { return in.run("insert into t(name) values('second')"); }));
            return {};
        }));
        return {};
    });
    EXPECT_TRUE(done);
    EXPECT_THAT(db->list<std::string>("select name from t order by id").value(), ElementsAre("outer", "second"));
}

TEST_P(manager, refuses_at_once_what_would_wait_for_itself) {
    const auto db = open_with_table(path(), {.max_size = 1, .min_idle = 0});
    const auto inside = db->execute([&](connection&) -> result<> {
        EXPECT_EQ(db->run("insert into t(name) values('x')").error().kind, error_kind::misuse);
        EXPECT_EQ(db->transaction([](connection&) -> result<> { return {}; }).error().kind, error_kind::misuse);
        EXPECT_TRUE(db->get<std::int64_t>("select 1"));
        return {};
    });
    EXPECT_TRUE(inside);
    auto held = db->get_connection(access::write);
    ASSERT_TRUE(held);
    EXPECT_TRUE((*held)->run("insert into t(name) values('x')"));
    EXPECT_EQ(db->transaction([](connection&) -> result<> { return {}; }).error().kind, error_kind::misuse);
    auto reading = db->get_connection(access::read);
    ASSERT_TRUE(reading);
    EXPECT_EQ(db->execute([](connection&) -> result<> { return {}; }).error().kind, error_kind::misuse);
}

TEST_P(manager, reading_connections_do_not_write) {
    const auto db = open_with_table(path());
    const auto wrote = db->execute([](connection& in) { return in.run("insert into t(name) values('x')"); });
    EXPECT_EQ(wrote.error().kind, error_kind::misuse);
    EXPECT_EQ(count(*db), 0);
}

TEST_P(manager, cleans_what_was_left_behind) {
    const auto db = open_with_table(path(), {.max_size = 1, .min_idle = 0});
    {
        auto messy = db->get_connection(access::write).value();
        EXPECT_TRUE(
            messy->run_script("begin; insert into t(name) values('lost'); create temp table scratch(x);"
                              "create temp view \"odd \"\"name\" as select 1; pragma foreign_keys=0"));
    }
    auto clean = db->get_connection(access::write).value();
    EXPECT_FALSE(clean->is_in_transaction());
    EXPECT_EQ(clean->get<std::int64_t>("select count(*) from sqlite_temp_master").value(), 0);
    EXPECT_EQ(clean->get<std::int64_t>("pragma foreign_keys").value(), 1);
    EXPECT_EQ(clean->get<std::int64_t>("select count(*) from t").value(), 0);
}

TEST_P(manager, drops_temporary_objects_and_attachments_of_a_connection_that_stays) {
    const auto db = open_with_table(path(), {.max_size = 1, .min_idle = 0});
    std::uint64_t made = 0;
    {
        auto messy = db->get_connection(access::write).value();
        made = db->statistics().writer.made_total;
        EXPECT_TRUE(
            messy->run_script("create temp table scratch(x); create temp trigger each after insert on t begin "
                              "select 1; end; create temp view \"odd \"\"name\" as select 1;"
                              "attach ':memory:' as other"));
    }
    auto clean = db->get_connection(access::write).value();
    EXPECT_EQ(db->statistics().writer.made_total, made);
    EXPECT_EQ(clean->get<std::int64_t>("select count(*) from sqlite_temp_master").value(), 0);
    EXPECT_EQ(clean->get<std::int64_t>("select count(*) from pragma_database_list where name = 'other'").value(), 0);
}

TEST_P(manager, a_statement_that_outlives_its_connection_is_told_so) {
    const auto db = open_with_table(path());
    std::optional<statement> escaped;
    EXPECT_TRUE(db->execute([&](connection& in) -> result<> {
        TRY_ASSIGN(escaped, in.prepare("select 1 union all select 2"));
        TRY(escaped->step());
        return {};
    }));
    EXPECT_EQ(escaped->step().error().kind, error_kind::misuse);
    EXPECT_EQ(escaped->bind().error().kind, error_kind::misuse);
}

TEST_P(manager, tells_how_long_it_waited_for_a_connection) {
    const auto db = open_with_table(path(), {.max_size = 1, .min_idle = 0, .acquire_timeout = 30ms});
    const auto held = db->get_connection(access::write).value();
    std::thread([&] {
        const auto refused = db->run("insert into t(name) values('x')");
        EXPECT_EQ(refused.error().kind, error_kind::pool_exhausted);
        EXPECT_GE(refused.error().waited, 30ms);
    }).join();
}

// Number of observations in `spread` above `least_s`.
std::uint64_t longer_than(const base::histogram& spread, double least_s) {
    std::uint64_t found = 0;
    for (std::size_t i = 0; i <= spread.bounds().size(); ++i) {
        found += i > 0 && spread.bounds()[i - 1] >= least_s ? spread.count_in(i) : 0;
    }
    return found;
}

std::uint64_t all_of(const base::histogram& spread) {
    return longer_than(spread, 0) + spread.count_in(0);
}

TEST_P(manager, measures_how_long_calls_wait_for_a_connection) {
    const auto db = open_with_table(path(), {.max_size = 1, .min_idle = 0, .acquire_timeout = 30ms});
    const auto counters = db->statistics().counters;
    EXPECT_GE(all_of(counters->open_seconds), 1U);
    const auto reads_before = all_of(counters->read_acquire_seconds);
    EXPECT_TRUE(db->get<std::int64_t>("select 1"));
    EXPECT_EQ(all_of(counters->read_acquire_seconds), reads_before + 1);
    EXPECT_EQ(longer_than(counters->write_acquire_seconds, 0.01), 0U);
    const auto held = db->get_connection(access::write).value();
    std::thread([&] { EXPECT_FALSE(db->execute_mut([](connection&) -> result<> { return {}; })); }).join();
    EXPECT_EQ(longer_than(counters->write_acquire_seconds, 0.01), 1U);
    EXPECT_EQ(longer_than(counters->read_acquire_seconds, 0.01), 0U);
    EXPECT_EQ(all_of(counters->busy_wait_seconds), 0U);
}

TEST_P(manager, ends_a_call_at_its_timeout_and_on_cancel) {
    const auto db = open_with_table(path());
    constexpr std::string_view endless =
        "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
    const auto work = [&](connection& in) { return in.get<std::int64_t>(endless); };
    EXPECT_EQ(db->execute(work, {.timeout = 20ms}).error().kind, error_kind::timed_out);
    base::cancel_token token;
    std::thread canceller([&] { token.request(base::cancel_reason::user); });
    EXPECT_EQ(db->execute(work, {.cancel = &token}).error().kind, error_kind::cancelled);
    canceller.join();
    EXPECT_EQ(db->get<std::int64_t>("select 1").value(), 1);
}

TEST_P(manager, a_transaction_that_was_interrupted_does_not_go_on_without_one) {
    const auto db = open_with_table(path());
    const base::cancel_token token;
    const auto done = db->transaction(
        [&](connection& in) -> result<> {
            TRY(in.run("insert into t(name) values('lost')"));
            const auto inner = db->execute_mut(
                [](connection& same) {
                    return same.run(
                        "insert into t(name) select i from (with recursive n(i) as (select 1 union all "
                        "select i + 1 from n) select i from n)");
                },
                {.timeout = 10ms});
            EXPECT_EQ(inner.error().kind, error_kind::timed_out);
            TRY(in.run("insert into t(name) values('alone')"));  // SQLite has undone the transaction
            return {};
        },
        {.cancel = &token});
    EXPECT_EQ(done.error().kind, error_kind::timed_out);
    EXPECT_EQ(count(*db), 0);
}

TEST_P(manager, configure_reaches_live_connections) {
    const auto db = open_with_table(path(), {.max_size = 2, .min_idle = 2});
    const auto synchronous = [&] {
        return db->execute([](connection& in) { return in.get<std::int64_t>("pragma synchronous"); }).value();
    };
    EXPECT_EQ(synchronous(), 2);
    EXPECT_TRUE(db->configure({.max_size = 1, .min_idle = 0, .synchronous = synchronous_mode::normal}));
    EXPECT_EQ(synchronous(), 1);
    EXPECT_EQ(db->execute_mut([](connection& in) { return in.get<std::int64_t>("pragma synchronous"); }).value(), 1);
    EXPECT_LE(db->statistics().readers.size, 1U);
    EXPECT_EQ(db->configure({.max_size = 0}).error().kind, error_kind::misuse);
}

TEST_P(manager, reads_only_what_was_asked_for) {
    const auto db = open_with_table(path());
    EXPECT_EQ(db->get<std::int64_t>("select 'x'").error().kind, error_kind::wrong_type);
    EXPECT_EQ(db->get<std::string>("select null").error().kind, error_kind::wrong_type);
    EXPECT_EQ(db->get<std::optional<std::string>>("select null").value(), std::nullopt);
    EXPECT_EQ(db->get<std::int8_t>("select 300").error().kind, error_kind::wrong_type);
    EXPECT_EQ(db->get<double>("select 3").value(), 3.0);
    EXPECT_EQ(db->get<std::int64_t>("select id from t").error().kind, error_kind::no_row);
    EXPECT_EQ(db->run("insert into t(name) values(?1)", "a", "b").error().kind, error_kind::misuse);
    EXPECT_EQ(db->run("select 1; select 2").error().kind, error_kind::misuse);
    EXPECT_EQ(db->run("selec 1").error().kind, error_kind::sql);
    const bytes blob{std::byte{0}, std::byte{255}};
    EXPECT_EQ(db->get<bytes>("select ?1", blob).value(), blob);
}

TEST(sqlite_database, refuses_new_calls_when_closed_and_waits_for_those_that_run) {
    const temporary_folder folder;
    const auto db = open_with_table(folder.file("a.db"));
    auto held = std::make_unique<database::lease>(db->get_connection().value());
    EXPECT_EQ(db->close(10ms).error().kind, error_kind::busy);
    EXPECT_EQ(db->get<std::int64_t>("select 1").error().kind, error_kind::closed);
    std::thread later([&] { held.reset(); });
    EXPECT_TRUE(db->close(10s));
    later.join();
    EXPECT_FALSE(std::filesystem::exists(folder.file("a.db-wal")));
}

TEST(sqlite_database, keeps_the_connection_it_was_given) {
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(":memory:", &raw), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(raw, "create table mine(x); insert into mine values(42)", nullptr, nullptr, nullptr),
              SQLITE_OK);
    const auto db = database::from_connection(connection::adopt(raw), quiet());
    EXPECT_EQ(db->get<std::int64_t>("select x from mine").value(), 42);
    EXPECT_TRUE(db->run("update mine set x = 43"));
    EXPECT_EQ(db->execute([](connection& in) -> result<sqlite3*> { return in.handle(); }).value(), raw);
    const auto held = db->get_connection(access::write).value();
    EXPECT_EQ(db->get<std::int64_t>("select x from mine").error().kind, error_kind::misuse);
}

TEST(sqlite_database, keeps_the_log_of_a_connection_it_was_given_short) {
    const temporary_folder folder;
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(folder.file("a.db").c_str(), &raw), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(raw, "pragma journal_mode=wal; create table t(x)", nullptr, nullptr, nullptr), SQLITE_OK);
    const auto db = database::from_connection(connection::adopt(raw), quiet({.checkpoint_pages = 10}));
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(db->run("insert into t values(?1)", std::string(3000, 'x')));
    }
    EXPECT_GE(db->statistics().counters->wal_pages.value(), 10);
    db->upkeep();
    EXPECT_EQ(db->statistics().counters->wal_pages.value(), 0);
}

TEST(sqlite_database, in_memory_databases_are_apart) {
    const auto one = open_with_table(":memory:");
    const auto other = open_with_table(":memory:");
    EXPECT_TRUE(one->run("insert into t(name) values('x')"));
    EXPECT_EQ(count(*other), 0);
}

TEST(sqlite_database, tells_what_it_cannot_open) {
    const temporary_folder folder;
    std::ofstream(folder.file("text"))
        << "this is no database, but long enough to have had a header of one, really now";
    EXPECT_EQ(database::open(folder.file("text")).error().kind, error_kind::not_a_database);
    EXPECT_EQ(database::open(folder.file("missing/a.db")).error().kind, error_kind::cannot_open);
    EXPECT_EQ(database::open(folder.file("none.db"), {.create = false}).error().kind, error_kind::cannot_open);
    EXPECT_THAT(database::open(folder.file("none.db"), {.create = false}).error().message, HasSubstr("none.db"));
}

TEST(sqlite_database, opens_for_reading_only) {
    const temporary_folder folder;
    {
        EXPECT_TRUE(open_with_table(folder.file("a.db"))->run("insert into t(name) values('x')"));
    }
    const auto db = must_open(folder.file("a.db"), {.read_only = true});
    EXPECT_EQ(count(*db), 1);
    EXPECT_EQ(db->run("delete from t").error().kind, error_kind::read_only);
}

TEST(sqlite_database, notices_that_its_file_went_away) {
    const temporary_folder folder;
    const auto db = open_with_table(folder.file("a.db"));
    std::filesystem::rename(folder.file("a.db"), folder.file("b.db"));
    db->upkeep();
    EXPECT_EQ(db->run("delete from t").error().kind, error_kind::io);
}

TEST(sqlite_database, waits_for_the_lock_of_another_process) {
    const temporary_folder folder;
    const auto db = open_with_table(folder.file("a.db"), {.busy_timeout = 50ms});
    const auto other = must_open(folder.file("a.db"), quiet());
    {
        auto writer = other->get_connection(access::write).value();
        EXPECT_TRUE(writer->run("begin immediate"));
        const auto refused = db->transaction([](connection&) -> result<> { return {}; });
        EXPECT_EQ(refused.error().kind, error_kind::busy);
        EXPECT_GE(refused.error().waited, 50ms);
    }
    EXPECT_TRUE(db->transaction([](connection&) -> result<> { return {}; }));
    EXPECT_EQ(longer_than(db->statistics().counters->busy_wait_seconds, 0.01), 1U);
    EXPECT_EQ(all_of(db->statistics().counters->busy_wait_seconds),
              db->statistics().counters->busy_waits_total.value());
}

TEST(sqlite_database, runs_a_transaction_again_after_a_snapshot_conflict) {
    const temporary_folder folder;
    const auto db = open_with_table(folder.file("a.db"));
    const auto other = must_open(folder.file("a.db"), quiet());
    int runs = 0;
    const auto done = db->transaction([&](connection& in) -> result<std::int64_t> {
        ++runs;
        // Only a transaction that began by reading meets this conflict; transaction() begins as a writer.
        TRY(in.run_script("rollback; begin"));
        TRY(in.get<std::int64_t>("select count(*) from t"));
        if (runs == 1) {
            EXPECT_TRUE(other->run("insert into t(name) values('other')"));
        }
        return in.run("insert into t(name) values('mine')");
    });
    EXPECT_TRUE(done);
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(db->statistics().counters->retries_total.value(), 1U);
    EXPECT_EQ(count(*db), 2);
}

TEST(sqlite_database, tells_who_keeps_a_connection_for_long) {
    const temporary_folder folder;
    base::manual_clock clock;
    auto params = quiet({.leak_threshold = 1s});
    params.time = &clock;
    const auto db = must_open(folder.file("a.db"), params);
    std::string lines;
    base::configure_logs({.write = [&](std::string_view line) { lines.append(line); }});
    {
        const auto held = db->get_connection().value();
        clock.advance_ms(1500);
        db->upkeep();
    }
    base::configure_logs({});
    EXPECT_THAT(lines, HasSubstr("held_ms=1500"));
    EXPECT_THAT(lines, HasSubstr("sqlite_test"));  // the stack's frames name the program
    EXPECT_EQ(db->statistics().readers.leaks_total, 1U);
}

TEST(sqlite_database, keeps_the_log_short) {
    const temporary_folder folder;
    const auto db = open_with_table(folder.file("a.db"), {.checkpoint_pages = 10, .wal_size_bytes_max = 200'000});
    const std::string wide(3000, 'x');
    for (int i = 0; i < 500; ++i) {
        ASSERT_TRUE(db->run("insert into t(name) values(?1)", wide + std::to_string(i)));
        ASSERT_LT(std::filesystem::file_size(folder.file("a.db-wal")), 400'000U);
    }
    db->upkeep();
    EXPECT_TRUE(db->checkpoint());
    EXPECT_EQ(std::filesystem::file_size(folder.file("a.db-wal")), 0U);
    EXPECT_EQ(db->statistics().counters->wal_pages.value(), 0);
}

}  // namespace
}  // namespace sluice::sqlite
