#include "postgres/auth/users.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <sys/stat.h>

namespace sluice::postgres {
namespace {

using testing::ElementsAre;

const std::string verifier_text =
    "SCRAM-SHA-256$4096:JqaqJfSlFDFM4/sXw2EsKw==$al8JFTS6Y8YK4u1VKuuBfteGsCzgb6cCorzmr4gqDx8="
    ":zLbrMumiJHv/bPAF5VhB4/s8KdIGl+SyMAYKA8WtSLk=";

std::string entry(const std::string& quoted_name) {
    return "\"" + quoted_name + "\" \"" + verifier_text + "\"\n";
}

class users : public testing::Test {
  protected:
    users() {
        std::string pattern = (std::filesystem::temp_directory_path() / "sluice_users_XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
    }
    ~users() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path(const std::string& name = "users.txt") const { return (folder_ / name).string(); }
    static void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
    static std::string read(const std::string& path) {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::string load_failure(const std::string& text) {
        write(path("bad"), text);
        user_table table;
        const auto loaded = table.load(path("bad"));
        if (loaded) {
            return "loaded";
        }
        const std::string& message = loaded.error().message;
        const std::string start = "users file \"" + path("bad") + "\", ";
        EXPECT_EQ(loaded.error().code, sqlstates::config_file_error);
        EXPECT_TRUE(message.starts_with(start)) << message;
        return message.substr(start.size());
    }

    std::filesystem::path folder_;
};

TEST_F(users, loads_names_with_quotes_comments_and_windows_lines) {
    write(path(), "; made by hand\n\n" + entry("ann") + "  # more\n\t\"o\"\"brien\"  \"" + verifier_text + "\" \r\n" +
                      entry("zo\u00eb").substr(0, entry("zo\u00eb").size() - 1));
    user_table table;
    const auto loaded = table.load(path());
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    EXPECT_THAT(table.names(), ElementsAre("ann", "o\"brien", "zo\u00eb"));
    EXPECT_EQ(to_text(*table.find("o\"brien")), verifier_text);
    EXPECT_EQ(table.find("Ann"), nullptr);
}

TEST_F(users, says_which_line_is_bad) {
    EXPECT_EQ(load_failure(entry("a") + "b\n"), "line 2: expected a user name in double quotes");
    EXPECT_EQ(load_failure("\"a\n" + entry("b")), "line 1: expected a user name in double quotes");
    EXPECT_EQ(load_failure("\"a\"\n"), "line 1: expected a verifier in double quotes behind the user name");
    EXPECT_EQ(load_failure("\"\" \"x\"\n"), "line 1: the user name is empty");
    EXPECT_EQ(load_failure("\"\xff\" \"x\"\n"), "line 1: the user name is not UTF-8");
    EXPECT_EQ(load_failure("\"a\" \"b\" c\n"), "line 1: unexpected text behind the verifier");
    EXPECT_EQ(load_failure(entry("a") + "\n" + entry("a")), "line 3: the user \"a\" is there twice");
    const std::string plain = load_failure("\"a\" \"secret\"\n");
    EXPECT_EQ(plain, "line 1: the second word is not a SCRAM-SHA-256 verifier; `sluice user add` makes one");
    EXPECT_EQ(plain.find("secret"), std::string::npos);
}

TEST_F(users, keeps_the_table_when_a_file_is_bad_or_missing) {
    user_table table;
    ASSERT_TRUE(table.parse(entry("a"), "text").has_value());
    EXPECT_FALSE(table.parse("nonsense", "text").has_value());
    const auto missing = table.load(path("missing"));
    EXPECT_EQ(missing.error().message, "users file \"" + path("missing") + "\": No such file or directory");
    EXPECT_FALSE(table.load(folder_.string()).has_value()) << "a folder is no file";
    EXPECT_THAT(table.names(), ElementsAre("a"));
}

TEST_F(users, saves_for_the_owner_only_and_keeps_comments) {
    write(path(), "# ours\n" + entry("ann") + "\n" + entry("bob"));
    ASSERT_EQ(chmod(path().c_str(), 0644), 0);
    user_table table;
    ASSERT_TRUE(table.load(path()).has_value());
    EXPECT_TRUE(table.add("q\"uote", parse_scram_verifier(verifier_text).value()).has_value());
    EXPECT_TRUE(table.remove("ann"));
    EXPECT_FALSE(table.remove("ann"));
    const auto saved = table.save(path());
    ASSERT_TRUE(saved.has_value()) << saved.error().message;
    EXPECT_EQ(read(path()), "# ours\n\n" + entry("bob") + entry("q\"\"uote"));
    struct stat status{};
    ASSERT_EQ(stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "no temporary file stays";
}

TEST_F(users, replaces_what_a_link_points_to) {
    write(path("real"), entry("ann"));
    std::filesystem::create_symlink("real", path("link"));
    user_table table;
    ASSERT_TRUE(table.load(path("link")).has_value());
    ASSERT_TRUE(table.remove("ann"));
    ASSERT_TRUE(table.save(path("link")).has_value());
    EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
    EXPECT_EQ(read(path("real")), "");
}

TEST_F(users, reports_where_it_cannot_write) {
    const auto saved = user_table{}.save(path("no/such/folder"));
    EXPECT_EQ(saved.error().code, sqlstates::undefined_file);
    EXPECT_EQ(saved.error().message, "cannot write " + path("no/such/folder") + ": No such file or directory");
}

TEST_F(users, refuses_names_that_a_line_cannot_hold) {
    user_table table;
    const auto verifier = parse_scram_verifier(verifier_text).value();
    EXPECT_FALSE(table.add("", verifier).has_value());
    EXPECT_FALSE(table.add("a\nb", verifier).has_value());
    EXPECT_FALSE(table.add(std::string_view("a\0", 2), verifier).has_value());
    EXPECT_FALSE(table.add("\xc0", verifier).has_value());
    EXPECT_EQ(table.size(), 0U);
}

TEST_F(users, adding_again_replaces_the_verifier) {
    user_table table;
    ASSERT_TRUE(table.add("a", make_scram_verifier("one").value()).has_value());
    const auto second = make_scram_verifier("two").value();
    ASSERT_TRUE(table.add("a", second).has_value());
    EXPECT_EQ(table.to_text(), "\"a\" \"" + to_text(second) + "\"\n");
}

TEST_F(users, answers_unknown_names_with_a_stable_mock) {
    user_table table;
    ASSERT_TRUE(table.add("ann", make_scram_verifier("x").value()).has_value());
    EXPECT_TRUE(table.credentials_for("ann").genuine);
    EXPECT_EQ(table.credentials_for("ann").verifier.salt, table.find("ann")->salt);
    const auto mock = table.credentials_for("eve");
    EXPECT_FALSE(mock.genuine);
    EXPECT_EQ(mock.verifier.salt.size(), 16U);
    EXPECT_EQ(mock.verifier.iterations, 4096);
    EXPECT_NE(mock.verifier.salt, table.credentials_for("mallory").verifier.salt);
    EXPECT_NE(mock.verifier.salt, user_table{}.credentials_for("eve").verifier.salt) << "a secret of each process";
    ASSERT_TRUE(table.parse(entry("bob"), "reloaded").has_value());
    EXPECT_EQ(mock.verifier.salt, table.credentials_for("eve").verifier.salt);
    EXPECT_FALSE(user_table{}.credentials_for("eve").genuine);
}

TEST_F(users, mocks_take_after_the_users_there_are) {
    user_table table;
    ASSERT_TRUE(table.add("ann", derive_scram_verifier("x", std::string(40, 's'), 5000)).has_value());
    const auto mock = table.credentials_for("eve").verifier;
    EXPECT_EQ(mock.salt.size(), 40U);
    EXPECT_EQ(mock.iterations, 5000);
    user_table loaded;
    ASSERT_TRUE(loaded.parse(table.to_text(), "text").has_value());
    EXPECT_EQ(loaded.credentials_for("eve").verifier.iterations, 5000);
    ASSERT_TRUE(loaded.remove("ann"));
    EXPECT_EQ(loaded.credentials_for("eve").verifier.iterations, 4096);
}

}  // namespace
}  // namespace sluice::postgres
