#include "engines/duckdb/folder/duckdb_folder.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

#include "engines/duckdb/folder/folder_query.hpp"
#include "engines/duckdb/session/duckdb_test_support.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

void write_file(const std::string& path, std::string_view text) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
}

class duckdb_folder : public testing::Test {
  protected:
    // Writes a Parquet file with one row of these columns.
    void write_parquet(const std::string& name, const std::string& columns) {
        fs::create_directories(fs::path(folder.path(name)).parent_path());
        test_client(writer).rows("COPY (SELECT " + columns + ") TO " + postgres::quote_literal(folder.path(name)) +
                                 " (FORMAT parquet, USE_TMP_FILE false)");
    }
    // The name and kind of each view of the folder "d": "files", "delta", ..., or its failure's code.
    std::map<std::string, std::string> views() {
        const auto found = find_folder_views(folder.path("d"));
        EXPECT_TRUE(found) << found.error().message;
        std::map<std::string, std::string> kinds;
        for (const auto& view : found ? found->views : std::vector<folder_view>()) {
            const bool delta = view.query.contains("delta_scan");
            const bool iceberg = view.query.contains("iceberg_scan");
            kinds[view.name] = view.failure ? std::string(view.failure->code.view())
                               : delta      ? "delta"
                               : iceberg    ? "iceberg"
                                            : "files";
        }
        return kinds;
    }

    test_folder folder;
    test_database writer;
};

TEST_F(duckdb_folder, files_of_a_folder_are_views) {
    write_file(folder.path("data/plain.csv"), "a,b\n1,x\n");
    write_file(folder.path("data/[odd] *name's.csv"), "a\n7\n");
    write_file(folder.path("data/lines.ndjson"), "{\"a\":1}\n{\"a\":2}\n");
    write_file(folder.path("data/doc.json"), "[{\"a\":1},{\"a\":2},{\"a\":3}]");
    write_file(folder.path("data/README.md"), "no data");
    write_file(folder.path("data/.hidden.csv"), "a\n1\n");
    write_file(folder.path("data/empty.csv"), "");
    write_file(folder.path("data/parts/y=1/one.csv"), "a\n1\n");
    write_file(folder.path("data/parts/y=2/two.csv"), "b,a\n5,2\n");
    {
        test_database memory;
        test_client(memory).rows("COPY (SELECT 5 AS p) TO " +
                                 postgres::quote_literal(folder.path("data/cols.parquet")));
        test_client(memory).rows("COPY (SELECT 5 AS z) TO " +
                                 postgres::quote_literal(folder.path("data/packed.csv.gz")));
    }
    test_database database({.database = folder.path("data") + "/"});
    test_client client(database, "data");
    EXPECT_EQ(client.rows("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL"),
              (text_rows{{"[odd] *name's"}, {"cols"}, {"doc"}, {"lines"}, {"packed"}, {"parts"}, {"plain"}}));
    EXPECT_EQ(client.rows("SELECT * FROM plain"), (text_rows{{"1", "x"}}));
    EXPECT_EQ(client.rows("SELECT a FROM \"[odd] *name's\""), (text_rows{{"7"}}));
    EXPECT_EQ(client.rows("SELECT count(*) FROM lines"), (text_rows{{"2"}}));
    EXPECT_EQ(client.rows("SELECT count(*) FROM doc"), (text_rows{{"3"}}));
    EXPECT_EQ(client.rows("SELECT p FROM cols"), (text_rows{{"5"}}));
    EXPECT_EQ(client.rows("SELECT z FROM packed"), (text_rows{{"5"}}));
    EXPECT_EQ(client.rows("SELECT a, b, y FROM parts ORDER BY a"), (text_rows{{"1", "NULL", "1"}, {"2", "5", "2"}}));
}

TEST_F(duckdb_folder, an_empty_folder_is_an_empty_database) {
    fs::create_directories(folder.path("none"));
    test_database database({.database = folder.path("none")});
    EXPECT_THAT(test_client(database).rows("SHOW TABLES"), IsEmpty());
}

TEST_F(duckdb_folder, names_that_clash_are_told_apart) {
    write_file(folder.path("d/sales.csv"), "a\n1\n");
    write_file(folder.path("d/Sales.json"), "{\"a\":1}");
    write_file(folder.path("d/x.csv"), "a\n1\n");
    write_file(folder.path("d/x.tsv"), "a\n1\n");
    write_file(folder.path("d/mixed/a.csv"), "a\n1\n");
    write_file(folder.path("d/mixed/b.json"), "{\"a\":1}");
    const auto views = find_folder_views(folder.path("d"));
    ASSERT_TRUE(views);
    std::vector<std::string> names;
    for (const auto& view : views->views) {
        names.push_back(view.name);
    }
    EXPECT_THAT(names, ElementsAre("Sales_json", "mixed_csv", "mixed_json", "sales_csv", "x_csv", "x_tsv"));
}

TEST_F(duckdb_folder, an_unreadable_folder_is_an_error) {
    const auto views = find_folder_views(folder.path("nowhere"));
    ASSERT_FALSE(views);
    EXPECT_EQ(views.error().code.view(), "42501");
}

// The views that follow from the files of a folder.
struct scan_case {
    const char* name;
    std::vector<const char*> files;  // each with some text in it
    std::map<std::string, std::string> views;
};

void PrintTo(const scan_case& each, std::ostream* out) {  // NOLINT(readability-identifier-naming): GoogleTest's
    *out << each.name;
}

class duckdb_folder_scan : public duckdb_folder, public testing::WithParamInterface<scan_case> {};

TEST_P(duckdb_folder_scan, finds) {
    fs::create_directories(folder.path("d"));
    for (const char* file : GetParam().files) {
        write_file(folder.path("d/" + std::string(file)), "text");
    }
    EXPECT_EQ(views(), GetParam().views);
}

INSTANTIATE_TEST_SUITE_P(
    of, duckdb_folder_scan,
    testing::Values(
        scan_case{"delta", {"t/_delta_log/0.json", "t/a.parquet", "t/p=1/b.parquet"}, {{"t", "delta"}}},
        scan_case{"delta_root", {"_delta_log/0.json", "a.parquet", "x/b.parquet"}, {{"d", "delta"}}},
        scan_case{"delta_damaged", {"t/_delta_log/.keep", "t/a.parquet"}, {{"t", "delta"}}},
        scan_case{"delta_below",
                  {"b/x/_delta_log/0.json", "b/x/a.parquet", "b/own.parquet", "b/y/z/_delta_log/0.json"},
                  {{"b", "files"}, {"b_x", "delta"}, {"b_y_z", "delta"}}},
        scan_case{"delta_in_partition", {"k=1/t/_delta_log/0.json", "k=1/t/a.parquet"}, {{"k=1_t", "delta"}}},
        scan_case{"iceberg", {"t/metadata/v1.metadata.json", "t/data/a.parquet"}, {{"t", "iceberg"}}},
        scan_case{
            "iceberg_catalog",
            {"n.db/t/metadata/00000-a.metadata.json", "n.db/t/metadata/00001-b.metadata.json", "n.db/t/data/a.parquet"},
            {{"n.db_t", "iceberg"}}},
        scan_case{"iceberg_unclear",
                  {"t/metadata/00001-a.metadata.json", "t/metadata/00001-b.metadata.json", "t/data/a.parquet"},
                  {{"t", "XX001"}}},
        scan_case{"iceberg_without_metadata", {"t/metadata/version-hint.text", "t/data/a.parquet"}, {{"t", "XX001"}}},
        scan_case{"no_iceberg", {"t/metadata/a.parquet", "t/data/b.parquet"}, {{"t", "files"}}},
        scan_case{"hudi", {"t/.hoodie/hoodie.properties", "t/a.parquet"}, {{"t", "0A000"}}},
        scan_case{"paimon",
                  {"t/snapshot/LATEST", "t/schema/schema-0", "t/manifest/m", "t/bucket-0/a.parquet"},
                  {{"t", "0A000"}}},
        scan_case{"ducklake", {"main/t/ducklake-019a.parquet"}, {{"main", "0A000"}}},
        scan_case{"partitions", {"y=1/a.csv", "y=2/b.csv", "other.csv"}, {{"d", "files"}, {"other", "files"}}},
        scan_case{"temporary",
                  {"s/_temporary/0/a.parquet", "s/.staging/a.parquet", "s/b.parquet", "s/.b.parquet.crc", "s/_SUCCESS"},
                  {{"s", "files"}}},
        scan_case{"nothing", {"README.md", "t/.hidden.csv", "_x/a.csv"}, {}}),
    [](const auto& each) { return each.param.name; });

TEST_F(duckdb_folder, the_newest_version_of_an_iceberg_table_is_read) {
    for (const char* name : {"v2.metadata.json", "v10.metadata.json", "v9.metadata.json", "nonsense.metadata.json"}) {
        write_file(folder.path("t/metadata/" + std::string(name)), "{}");
    }
    EXPECT_THAT(*table_query(table_format::iceberg, folder.path("t")), HasSubstr("version = 'v10',"));
    // The hint decides between two files of the same version.
    write_file(folder.path("t/metadata/00010-x.metadata.json"), "{}");
    EXPECT_FALSE(table_query(table_format::iceberg, folder.path("t")));
    write_file(folder.path("t/metadata/version-hint.text"), "00010-x\n");
    EXPECT_THAT(*table_query(table_format::iceberg, folder.path("t")), HasSubstr("version = '00010-x',"));
    write_file(folder.path("t/metadata/v11.gz.metadata.json"), "");
    EXPECT_THAT(*table_query(table_format::iceberg, folder.path("t")),
                AllOf(HasSubstr("version = 'v11',"), HasSubstr("gzip")));
}

TEST(partition_keys, are_folders_with_one_equals_sign) {
    EXPECT_THAT(partition_keys("a=1/b=/x=y.csv"), ElementsAre("a", "b"));
    EXPECT_THAT(partition_keys("a=1=2/=3/b?=1/plain/x"), IsEmpty());
    EXPECT_THAT(partition_keys("z=1/a=2/z=1/f"), ElementsAre("a", "z"));
}

TEST_F(duckdb_folder, partitions_are_columns_of_their_type) {
    write_parquet("d/s/year=2024/day=2024-01-31/region=n/x.parquet", "1 AS i");
    write_parquet("d/s/year=2025/day=2024-02-01/region=a%20b/x.parquet", "2 AS i");
    write_parquet("d/s/year=__HIVE_DEFAULT_PARTITION__/day=2024-02-02/region=7/x.parquet", "3 AS i");
    write_file(folder.path("d/c/k=1/x.csv"), "a\nv\n");
    write_file(folder.path("d/c/k=x/x.csv"), "a\nw\n");
    write_file(folder.path("d/j/k=1/m=2/x.json"), "{\"a\":1}");
    write_parquet("d/m/x.parquet", "1 AS i");
    write_parquet("d/m/k=5/x.parquet", "2 AS i");
    test_database database({.database = folder.path("d")});
    test_client client(database);
    EXPECT_EQ(client.rows("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 's' AND "
                          "column_name <> 'i' ORDER BY 1"),
              (text_rows{{"day", "DATE"}, {"region", "VARCHAR"}, {"year", "BIGINT"}}));
    EXPECT_EQ(
        client.rows("SELECT i, year + 1, day + 1, region FROM s ORDER BY i"),
        (text_rows{
            {"1", "2025", "2024-02-01", "n"}, {"2", "2026", "2024-02-02", "a b"}, {"3", "NULL", "2024-02-03", "7"}}));
    EXPECT_EQ(client.rows("SELECT a, k FROM c ORDER BY a"), (text_rows{{"v", "1"}, {"w", "x"}}));
    EXPECT_EQ(client.rows("SELECT a + k + m FROM j"), (text_rows{{"4"}}));
    EXPECT_EQ(client.rows("SELECT i, k FROM m ORDER BY i"), (text_rows{{"1", "NULL"}, {"2", "5"}}));
}

TEST_F(duckdb_folder, keys_in_the_path_of_the_folder_are_no_columns) {
    write_parquet("k=1/d/s/y=2/x.parquet", "1 AS i");
    write_parquet("k=1/d/plain/x.parquet", "1 AS i");
    write_parquet("k=1/d/clash/k=2/x.parquet", "1 AS i");
    test_database database({.database = folder.path("k=1/d")});
    test_client client(database);
    EXPECT_EQ(client.rows("SELECT * FROM s"), (text_rows{{"1", "2"}}));
    EXPECT_EQ(client.rows("SELECT * FROM plain"), (text_rows{{"1"}}));
    EXPECT_THAT(client.error("SELECT * FROM clash").message, HasSubstr("\"k\" is a key in the path"));
}

TEST_F(duckdb_folder, a_file_that_cannot_be_read_spoils_its_own_view_only) {
    write_file(folder.path("d/liar.parquet"), "this is not parquet, whatever its name says");
    write_file(folder.path("d/s/liar.parquet"), "nor is this");
    write_file(folder.path("d/t/_delta_log/00000000000000000000.json"), "{ torn");
    write_file(folder.path("d/h/.hoodie/hoodie.properties"), "x");
    write_file(folder.path("d/good.csv"), "a\n1\n");
    test_database database({.database = folder.path("d")});
    test_client client(database);
    EXPECT_EQ(client.rows("SELECT a FROM good"), (text_rows{{"1"}}));
    EXPECT_EQ(client.rows("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL"),
              (text_rows{{"good"}, {"h"}, {"liar"}, {"s"}, {"t"}}));
    for (const auto& [view, named] : std::map<std::string, std::string>{
             {"liar", "d/liar.parquet"}, {"s", "d/s/liar.parquet"}, {"t", "d/t"}, {"h", "d/h"}}) {
        const auto error = client.error("SELECT * FROM " + view);
        EXPECT_THAT(error.message, AllOf(HasSubstr(folder.path(named)), Not(HasSubstr("\n")))) << view;
        EXPECT_NE(error.code.view(), "XX000") << view << error.message;
    }
    EXPECT_EQ(client.rows("SELECT count(*) > 0 FROM information_schema.columns"), (text_rows{{"t"}}));
}

TEST_F(duckdb_folder, what_happens_to_files_is_seen_by_the_next_statement) {
    write_parquet("d/s/1.parquet", "1 AS i");
    test_database database({.database = folder.path("d")});
    test_client client(database);
    test_client other(database);
    const auto columns = [&](const std::string& table) {
        return client.rows("SELECT column_name FROM information_schema.columns WHERE table_name = " +
                           postgres::quote_literal(table) + " ORDER BY ordinal_position");
    };
    const auto names = [&] {
        return other.rows("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL");
    };
    const auto count = client.prepare("SELECT count(*) FROM s");
    EXPECT_EQ(client.run(count), (text_rows{{"1"}}));

    write_parquet("d/s/2.parquet", "2 AS i, 'x' AS added");
    EXPECT_EQ(client.run(count), (text_rows{{"2"}}));
    EXPECT_EQ(columns("s"), (text_rows{{"i"}, {"added"}}));
    EXPECT_EQ(other.rows("SELECT * FROM s ORDER BY i"), (text_rows{{"1", "NULL"}, {"2", "x"}}));

    write_parquet("d/new.parquet", "7 AS n");
    EXPECT_EQ(names(), (text_rows{{"new"}, {"s"}}));
    EXPECT_EQ(client.rows("SELECT n FROM new"), (text_rows{{"7"}}));

    write_parquet("tmp.parquet", "8 AS n, 9 AS m");
    fs::rename(folder.path("tmp.parquet"), folder.path("d/new.parquet"));
    EXPECT_EQ(columns("new"), (text_rows{{"n"}, {"m"}}));
    EXPECT_EQ(client.rows("SELECT * FROM new"), (text_rows{{"8", "9"}}));

    fs::rename(folder.path("d/new.parquet"), folder.path("d/old.parquet"));
    EXPECT_EQ(client.code("SELECT * FROM new"), "42P01");
    EXPECT_EQ(client.rows("SELECT * FROM old"), (text_rows{{"8", "9"}}));

    write_parquet("d/s/deep/er/3.parquet", "3 AS i");
    EXPECT_EQ(client.run(count), (text_rows{{"3"}}));
    fs::rename(folder.path("d/s/deep"), folder.path("d/moved"));
    EXPECT_EQ(client.run(count), (text_rows{{"2"}}));
    EXPECT_EQ(other.rows("SELECT * FROM moved"), (text_rows{{"3"}}));

    fs::remove_all(folder.path("d/s"));
    EXPECT_EQ(client.error("EXECUTE nothing").code.view(), "26000");
    EXPECT_EQ(names(), (text_rows{{"moved"}, {"old"}}));

    fs::create_directories(folder.path("d/moved/_delta_log"));
    EXPECT_THAT(client.error("SELECT * FROM moved").message, HasSubstr("d/moved"));
    fs::remove(folder.path("d/moved/_delta_log"));
    EXPECT_EQ(client.rows("SELECT * FROM moved"), (text_rows{{"3"}}));

    fs::rename(folder.path("d"), folder.path("away"));
    EXPECT_THAT(client.error("SELECT * FROM moved").message, HasSubstr(folder.path("d")));
    write_parquet("d/back.parquet", "1 AS b");
    EXPECT_EQ(names(), (text_rows{{"back"}}));
}

TEST_F(duckdb_folder, a_transaction_sees_what_happens_to_files) {
    write_parquet("d/s/1.parquet", "1 AS i");
    test_database database({.database = folder.path("d")});
    test_client client(database);
    for (const bool read_only : {false, true}) {
        client.begin(read_only);
        EXPECT_EQ(client.rows("SELECT * FROM s"), (text_rows{{"1"}}));
        const auto early = client.prepare("SELECT count(*) FROM s");
        write_parquet("d/s/2.parquet", "2 AS i, 3 AS j");
        write_parquet("d/new.parquet", "7 AS n");
        EXPECT_EQ(client.run(early), (text_rows{{"2"}}));
        EXPECT_EQ(client.rows("SELECT * FROM s ORDER BY i"), (text_rows{{"1", "NULL"}, {"2", "3"}}));
        EXPECT_EQ(client.rows("SELECT * FROM new"), (text_rows{{"7"}}));
        fs::remove(folder.path("d/s/2.parquet"));
        fs::remove(folder.path("d/new.parquet"));
        EXPECT_EQ(client.code("SELECT * FROM new"), "42P01");
        EXPECT_EQ(client.run(early), (text_rows{{"1"}}));
        client.rollback();
    }
    EXPECT_EQ(client.code("SELECT * FROM new"), "42P01");
}

// DuckDB binds such a statement again on its own, but its columns would keep the described names.
TEST_F(duckdb_folder, a_statement_that_was_only_just_described_is_described_right) {
    write_parquet("d/t.parquet", "1 AS a");
    test_database database({.database = folder.path("d")});
    test_client client(database);
    for (const bool in_block : {false, true}) {
        write_parquet("next.parquet", in_block ? "3 AS c" : "2 AS b");
        if (in_block) {
            client.begin();
        }
        const auto all = client.prepare("SELECT * FROM t");
        fs::rename(folder.path("next.parquet"), folder.path("d/t.parquet"));  // before the plan is too old to be fresh
        const auto executed = client.try_execute(all);
        ASSERT_FALSE(executed);
        EXPECT_EQ(executed.error().code.view(), "0A000");
        EXPECT_EQ(executed.error().message, "cached plan must not change result type");
        if (in_block) {
            client.rollback();
        }
    }
}

TEST_F(duckdb_folder, a_server_that_only_reads_or_checks_shows_the_views) {
    write_parquet("d/s/1.parquet", "1 AS i");
    test_database read_only({.database = folder.path("d"), .read_only = true});
    test_client client(read_only);
    EXPECT_EQ(client.rows("SELECT i FROM s"), (text_rows{{"1"}}));
    write_parquet("d/t.parquet", "2 AS i");
    EXPECT_EQ(client.rows("SELECT i FROM t"), (text_rows{{"2"}}));
    EXPECT_EQ(client.code("DROP VIEW t"), "25006");
    test_database checked({.database = folder.path("d"), .check_only = true});
    EXPECT_EQ(test_client(checked).rows("SELECT i FROM t"), (text_rows{{"2"}}));
}

TEST_F(duckdb_folder, a_parquet_file_that_is_being_written_is_left_out) {
    write_parquet("d/s/1.parquet", "1 AS i");
    write_parquet("whole.parquet", "2 AS i");
    std::ifstream whole(folder.path("whole.parquet"), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(whole), {});
    test_database database({.database = folder.path("d")});
    test_client client(database);
    std::ofstream part(folder.path("d/s/2.parquet"), std::ios::binary);
    EXPECT_EQ(client.rows("SELECT * FROM s"), (text_rows{{"1"}}));
    part << bytes.substr(0, bytes.size() / 2) << std::flush;
    EXPECT_EQ(client.rows("SELECT * FROM s"), (text_rows{{"1"}}));
    part << bytes.substr(bytes.size() / 2);
    part.close();
    EXPECT_EQ(client.rows("SELECT * FROM s ORDER BY i"), (text_rows{{"1"}, {"2"}}));
    // A file that was closed without its end is damaged, and its error tells so.
    write_file(folder.path("d/s/3.parquet"), bytes.substr(0, bytes.size() / 2));
    EXPECT_THAT(client.error("SELECT * FROM s").message, HasSubstr("s/3.parquet"));
}

TEST_F(duckdb_folder, files_behind_links_are_looked_at) {
    write_parquet("elsewhere/v1/x.parquet", "1 AS i");
    write_parquet("elsewhere/v2/x.parquet", "2 AS i, 3 AS j");
    fs::create_directories(folder.path("d"));
    fs::create_symlink(folder.path("elsewhere/v1"), folder.path("d/s"));
    test_database database({.database = folder.path("d")});
    test_client client(database);
    EXPECT_EQ(client.rows("SELECT * FROM s"), (text_rows{{"1"}}));
    fs::create_symlink(folder.path("elsewhere/v2"), folder.path("next"));
    fs::rename(folder.path("next"), folder.path("d/s"));
    EXPECT_EQ(client.rows("SELECT * FROM s"), (text_rows{{"2", "3"}}));
    write_parquet("elsewhere/v2/y.parquet", "4 AS i");
    EXPECT_EQ(client.rows("SELECT count(*) FROM s"), (text_rows{{"2"}}));
}

TEST_F(duckdb_folder, the_folder_itself_may_be_a_link) {
    write_parquet("v1/x.parquet", "1 AS i");
    write_parquet("v2/x.parquet", "2 AS i");
    fs::create_directory_symlink(folder.path("v1"), folder.path("d"));
    test_database database({.database = folder.path("d")});
    test_client client(database);
    EXPECT_EQ(client.rows("SELECT * FROM x"), (text_rows{{"1"}}));
    fs::create_directory_symlink(folder.path("v2"), folder.path("next"));
    fs::rename(folder.path("next"), folder.path("d"));
    EXPECT_EQ(client.rows("SELECT * FROM x"), (text_rows{{"2"}}));
}

TEST_F(duckdb_folder, what_users_make_stays_theirs) {
    write_parquet("d/s/1.parquet", "1 AS i");
    test_database database({.database = folder.path("d")});
    test_client client(database);
    client.rows("CREATE TABLE mine AS SELECT 5 AS a");
    client.rows("CREATE OR REPLACE VIEW s AS SELECT 6 AS a");
    write_parquet("d/mine.parquet", "7 AS a");
    write_parquet("d/s/2.parquet", "2 AS i");
    EXPECT_EQ(client.rows("SELECT a FROM mine"), (text_rows{{"5"}}));
    EXPECT_EQ(client.rows("SELECT a FROM s"), (text_rows{{"6"}}));
    fs::remove_all(folder.path("d/s"));
    fs::remove(folder.path("d/mine.parquet"));
    EXPECT_EQ(client.rows("SELECT a FROM mine"), (text_rows{{"5"}}));
    EXPECT_EQ(client.rows("SELECT a FROM s"), (text_rows{{"6"}}));
}

}  // namespace
}  // namespace sluice::duckdb
