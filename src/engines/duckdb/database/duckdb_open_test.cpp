#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engines/duckdb/capi/handles.hpp"
#include "engines/duckdb/database/duckdb_backend.hpp"
#include "engines/duckdb/folder/duckdb_source.hpp"
#include "engines/duckdb/session/duckdb_test_support.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

void write_file(const std::string& path, std::string_view text) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
}

std::string open_error(duckdb_params params, std::string_view code) {
    params.extension_directory = test_extension_directory();
    const auto opened = open_duckdb(std::move(params));
    EXPECT_FALSE(opened);
    if (opened) {
        return "";
    }
    EXPECT_EQ(opened.error().code.view(), code) << opened.error().message;
    EXPECT_THAT(opened.error().message, Not(HasSubstr("\n")));
    return opened.error().message;
}

void make_database(const std::string& path, const std::string& sql) {
    test_database database({.database = path});
    test_client(database).rows(sql);
}

// Made by DuckDB's own SQLite extension, which uses SQLite's library.
void make_sqlite(const std::string& path) {
    test_database database;
    test_client client(database);
    client.rows("LOAD sqlite_scanner");
    client.rows("ATTACH " + postgres::quote_literal(path) + " AS made (TYPE sqlite)");
    client.rows("CREATE TABLE made.t (a INTEGER, b VARCHAR)");
    client.rows("INSERT INTO made.t VALUES (1, 'x')");
}

class duckdb_open : public testing::Test {
  protected:
    test_folder folder;
};

TEST_F(duckdb_open, makes_a_missing_file_and_finds_it_again) {
    const std::string path = folder.path("my \"own.v1.duckdb");
    make_database(path, "CREATE TABLE t AS SELECT 42 AS a");
    test_database again({.database = path});
    EXPECT_EQ(test_client(again).rows("SELECT a FROM t"), (text_rows{{"42"}}));
    EXPECT_EQ(test_client(again, "my \"own").rows("SELECT current_database()"), (text_rows{{"my \"own"}}));
    EXPECT_EQ(test_client(again, "postgres").rows("SELECT a FROM t"), (text_rows{{"42"}}));
    const auto refused = again.engine().open_session({.session_id = 1, .user = "u", .database = "other"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code.view(), "3D000");
    EXPECT_EQ(refused.error().message, "database \"other\" does not exist");
}

TEST_F(duckdb_open, names_are_known_before_it_is_opened) {
    EXPECT_THAT(database_names({.database = "/x/shop.duckdb"}), ElementsAre("shop", "main", "postgres"));
    EXPECT_THAT(database_names({}), ElementsAre("memory", "main", "postgres"));
    EXPECT_THAT(database_names({.database = folder.path()}),
                ElementsAre(catalog_stem(folder.path()), "main", "postgres"));
}

TEST_F(duckdb_open, memory_is_the_default) {
    test_database database;
    test_client first(database);
    first.rows("CREATE TABLE t AS SELECT 1 AS a");
    // All sessions see the same database.
    EXPECT_EQ(test_client(database, "memory").rows("SELECT * FROM t"), (text_rows{{"1"}}));
    EXPECT_TRUE(database.engine().check_ready());
}

TEST_F(duckdb_open, a_file_that_is_no_database_is_refused) {
    write_file(folder.path("notes.txt"), "a long text that is no database at all");
    EXPECT_EQ(open_error({.database = folder.path("notes.txt")}, "22023"),
              "\"" + folder.path("notes.txt") + "\" is neither a DuckDB nor a SQLite database");
    write_file(folder.path("short"), "x");
    open_error({.database = folder.path("short")}, "22023");
    write_file(folder.path("empty"), "");  // DuckDB does not accept it either
    open_error({.database = folder.path("empty")}, "22023");
    open_error({.database = "/dev/null"}, "22023");
    EXPECT_THAT(open_error({.database = folder.path("no/such/x.db")}, "58P01"), HasSubstr("does not exist"));
    // The magic bytes alone do not make a database.
    write_file(folder.path("broken"), "12345678DUCK and then nonsense follows");
    EXPECT_THAT(open_error({.database = folder.path("broken")}, "58030"), HasSubstr("broken"));
}

TEST_F(duckdb_open, only_what_is_named_as_a_database_is_made) {
    for (const char* name : {"shop.sqlite", "lke", "no_such_dir/", "shop.duckdb/", "notes.txt", "db", ".db"}) {
        for (const bool check_only : {false, true}) {
            const std::string path = folder.path() + "/" + name;
            EXPECT_THAT(open_error({.database = path, .check_only = check_only}, "58P01"),
                        testing::AllOf(HasSubstr(path), HasSubstr("not exist")));
            EXPECT_THAT(open_error({.attachments = {{.name = "a", .path = path}}, .check_only = check_only}, "58P01"),
                        HasSubstr(path));
        }
    }
    EXPECT_TRUE(fs::is_empty(folder.path()));
    for (const char* name : {"a.duckdb", "b.db", "c.DDB"}) {
        test_database const made({.database = folder.path(name)});
        EXPECT_TRUE(fs::exists(folder.path(name)));
    }
    test_database const asked({.database = folder.path("shop.sqlite"),
                               .attachments = {{.name = "x", .path = folder.path("other")}},
                               .create = true});
    EXPECT_TRUE(fs::exists(folder.path("shop.sqlite")));
    EXPECT_TRUE(fs::exists(folder.path("other")));
    EXPECT_THAT(open_error({.database = folder.path("none/"), .create = true}, "58P01"), HasSubstr("folder"));
}

TEST_F(duckdb_open, a_locked_database_is_one_clear_line) {
    const std::string path = folder.path("busy.db");
    make_database(path, "CREATE TABLE t AS SELECT 1 AS a");
    // DuckDB locks with fcntl, so another process must hold the lock.
    int ready[2];
    int done[2];
    ASSERT_EQ(pipe(ready), 0);
    ASSERT_EQ(pipe(done), 0);
    const pid_t holder = fork();
    if (holder == 0) {
        const int file = ::open(path.c_str(), O_RDWR);
        struct flock lock{};
        lock.l_type = F_WRLCK;
        lock.l_whence = SEEK_SET;
        char byte = fcntl(file, F_SETLK, &lock) == 0 ? 'y' : 'n';
        (void)!write(ready[1], &byte, 1);
        (void)!read(done[0], &byte, 1);
        _exit(0);
    }
    char answer = 0;
    ASSERT_EQ(read(ready[0], &answer, 1), 1);
    ASSERT_EQ(answer, 'y');
    EXPECT_THAT(open_error({.database = path}, "55006"), HasSubstr("is locked by another process"));
    (void)!write(done[1], "x", 1);
    waitpid(holder, nullptr, 0);
    for (const int end : {ready[0], ready[1], done[0], done[1]}) {
        close(end);
    }
    test_database const now({.database = path});
}

TEST_F(duckdb_open, read_only_neither_makes_nor_changes) {
    const std::string path = folder.path("ro.db");
    EXPECT_THAT(open_error({.database = path, .read_only = true}, "58P01"), HasSubstr("does not exist"));
    EXPECT_FALSE(fs::exists(path));
    make_database(path, "CREATE TABLE t AS SELECT 1 AS a");
    test_database database({.database = path, .read_only = true});
    test_client client(database);
    EXPECT_EQ(client.code("INSERT INTO t VALUES (2)"), "25006");
    EXPECT_EQ(client.rows("SELECT a FROM t"), (text_rows{{"1"}}));
}

TEST_F(duckdb_open, check_only_creates_nothing) {
    test_database const missing({.database = folder.path("missing.db"), .check_only = true});
    EXPECT_FALSE(fs::exists(folder.path("missing.db")));
    make_database(folder.path("there.db"), "CREATE TABLE t AS SELECT 1 AS a");
    const auto before = fs::last_write_time(folder.path("there.db"));
    {
        test_database const there({.database = folder.path("there.db"), .check_only = true});
    }
    EXPECT_EQ(fs::last_write_time(folder.path("there.db")), before);
    test_database const attached({.attachments = {{.name = "x", .path = folder.path("x.db")}}, .check_only = true});
    EXPECT_FALSE(fs::exists(folder.path("x.db")));
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
        names.push_back(entry.path().filename());
    }
    EXPECT_THAT(names, ElementsAre("there.db"));
}

TEST_F(duckdb_open, a_sqlite_file_is_read_and_written) {
    const std::string path = folder.path("o'clock.sqlite");
    make_sqlite(path);
    {
        test_database database({.database = path});
        test_client client(database, "o'clock");
        EXPECT_EQ(client.rows("SELECT * FROM t"), (text_rows{{"1", "x"}}));
        EXPECT_EQ(client.count("INSERT INTO t VALUES (2, 'y')"), 1U);
        const auto statement = client.prepare("SELECT count(*) FROM t");
        EXPECT_EQ(client.run(statement), (text_rows{{"2"}}));
        client.begin();
        client.count("INSERT INTO t VALUES (3, 'z')");
        EXPECT_EQ(client.run(statement), (text_rows{{"3"}}));
        client.rollback();
        EXPECT_EQ(client.run(statement), (text_rows{{"2"}}));
    }
    test_database database({.database = path, .read_only = true});
    test_client client(database);
    EXPECT_EQ(client.code("INSERT INTO t VALUES (4, 'w')"), "25006");
    EXPECT_EQ(client.rows("SELECT count(*) FROM t"), (text_rows{{"2"}}));
}

TEST_F(duckdb_open, other_databases_are_attached) {
    make_database(folder.path("a.db"), "CREATE TABLE t AS SELECT 1 AS a");
    make_sqlite(folder.path("b.sqlite"));
    test_database database({.attachments = {{.name = "first", .path = folder.path("a.db")},
                                            {.name = "se\"cond", .path = folder.path("b.sqlite")}}});
    EXPECT_EQ(test_client(database).rows("SELECT f.a, s.b FROM first.t f JOIN \"se\"\"cond\".t s ON f.a = s.a"),
              (text_rows{{"1", "x"}}));
    EXPECT_THAT(open_error({.attachments = {{.name = "x", .path = folder.path()}}}, "22023"), HasSubstr("only"));
    EXPECT_THAT(open_error({.attachments = {{.name = "memory", .path = folder.path("a.db")}}}, "42P04"),
                HasSubstr("memory"));
}

TEST(catalog_stem, is_what_duckdb_calls_a_file) {
    EXPECT_EQ(catalog_stem("/a/b/shop.v1.duckdb"), "shop");
    EXPECT_EQ(catalog_stem("shop"), "shop");
    EXPECT_EQ(catalog_stem("/a/data/"), "data");
    EXPECT_EQ(catalog_stem(".hidden"), ".hidden");
}

}  // namespace
}  // namespace sluice::duckdb
