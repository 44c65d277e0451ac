#include "apps/parts/contents/file_records.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sys/stat.h>

#include "apps/parts/contents/structure_test_support.hpp"
#include "apps/parts/history/git_test_support.hpp"

namespace sluice::parts {
namespace {

using testing::fails_with;
using testing::works;

class file_manager_test : public ::testing::Test {
  protected:
    [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
    [[nodiscard]] std::filesystem::path write(const std::string& name, const std::string& content) const {
        std::ofstream(path(name), std::ios::binary) << content;
        return path(name);
    }
    [[nodiscard]] static std::string read(const std::filesystem::path& from) {
        std::ifstream file(from, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    testing::project_folder folder_;
    git_repository repository_ = git_repository::create(folder_.path()).value();
    testing::structure_fixture made_;
    testing::made_part bolt_ = made_.part("bolt");
    file_records files_{made_.db(), repository_};
};

TEST_F(file_manager_test, attaches_lists_extracts_and_detaches) {
    const auto stored = files_.store(write("sheet.txt", "abc")).value();
    // FIPS 180-4's own example, and git's id of a blob "abc".
    EXPECT_EQ(stored.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(stored.blob, "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f");
    EXPECT_EQ(stored.size_bytes, 3);
    EXPECT_TRUE(works(files_.attach(bolt_.revision, stored)));
    EXPECT_TRUE(fails_with(files_.attach(bolt_.revision, stored), error_kind::exists, "sheet.txt"));
    const auto empty = files_.store(write("empty", ""), {.name = "none at all.txt"}).value();
    EXPECT_EQ(empty.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_TRUE(works(files_.attach(bolt_.revision, empty)));
    ASSERT_EQ(files_.list(bolt_.revision).value().size(), 2U);
    EXPECT_EQ(files_.list(bolt_.revision).value()[0].name, "none at all.txt");

    EXPECT_TRUE(works(files_.extract(bolt_.revision, "sheet.txt", path("copy"))));
    EXPECT_EQ(read(path("copy")), "abc");
    EXPECT_TRUE(fails_with(files_.extract(bolt_.revision, "sheet.txt", path("copy")), error_kind::exists, "copy"));
    auto changed = files_.store(write("sheet.txt", "abcd")).value();
    using enum file_records::when_present;
    EXPECT_TRUE(works(files_.attach(bolt_.revision, changed, replace)));
    EXPECT_TRUE(works(files_.extract(bolt_.revision, "sheet.txt", path("copy"), replace)));
    EXPECT_EQ(read(path("copy")), "abcd");
    EXPECT_TRUE(works(files_.detach(bolt_.revision, "sheet.txt")));
    EXPECT_TRUE(fails_with(files_.detach(bolt_.revision, "sheet.txt"), error_kind::not_found, "sheet.txt"));
    EXPECT_TRUE(fails_with(files_.extract(bolt_.revision, "sheet.txt", path("x")), error_kind::not_found, "sheet.txt"));
    made_.set_status(bolt_.revision, "Released");
    EXPECT_TRUE(fails_with(files_.attach(bolt_.revision, changed), error_kind::wrong_state, "Released"));
    EXPECT_TRUE(fails_with(files_.detach(bolt_.revision, "none at all.txt"), error_kind::wrong_state, "Released"));
}

TEST_F(file_manager_test, a_large_file_passes_unchanged) {
    std::string content(3 * 1024 * 1024 + 17, '\0');
    for (std::size_t at = 0; at < content.size(); ++at) {
        content[at] = static_cast<char>(at * 31 >> 3);
    }
    EXPECT_TRUE(works(files_.attach(bolt_.revision, files_.store(write("big.bin", content)).value())));
    EXPECT_TRUE(works(files_.extract(bolt_.revision, "big.bin", path("copy"))));
    EXPECT_EQ(read(path("copy")), content);
    EXPECT_TRUE(files_.verify(bolt_.revision).value().empty());
}

TEST_F(file_manager_test, refuses_names_that_lead_elsewhere) {
    const auto file = write("a", "x");
    for (const std::string bad : {"..", ".", "a/b", "/a", "a\\b", "a\nb", ".git", ".GIT", ".git. ", "git~1", "...",
                                  ".gi\xe2\x80\x8ct", "\xff"}) {
        EXPECT_TRUE(fails_with(files_.store(file, {.name = bad}), error_kind::invalid, "file name")) << bad;
        EXPECT_TRUE(fails_with(files_.attach(bolt_.revision, {.name = bad, .sha256 = "", .blob = ""}),
                               error_kind::invalid, "file name"))
            << bad;
    }
    EXPECT_TRUE(fails_with(files_.store(file, {.name = std::string(201, 'x')}), error_kind::invalid, "file name"));
    std::string wide;
    for (int at = 0; at < 101; ++at) {
        wide += "ä";
    }
    EXPECT_TRUE(fails_with(files_.store(file, {.name = wide}), error_kind::invalid, "202 bytes"));
    for (const std::string good : {"..a", "a..b", ".gitignore", "Maß 1:2.pdf", "draft – 2.pdf"}) {
        EXPECT_TRUE(works(files_.store(file, {.name = good}))) << good;
    }
}

TEST_F(file_manager_test, refuses_folders_devices_pipes_and_too_much) {
    EXPECT_TRUE(fails_with(files_.store(folder_.path(), {.name = "x"}), error_kind::invalid, "not a file"));
    EXPECT_TRUE(fails_with(files_.store("/dev/zero"), error_kind::invalid, "not a file"));
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    EXPECT_TRUE(fails_with(files_.store(path("pipe")), error_kind::invalid, "not a file"));
    EXPECT_TRUE(fails_with(files_.store(path("missing")), error_kind::not_found, "missing"));
    const auto file = write("ten", "0123456789");
    EXPECT_TRUE(fails_with(files_.store(file, {.name = "", .size_bytes_max = 9}), error_kind::invalid, "at most 9"));
    EXPECT_TRUE(works(files_.store(file, {.name = "", .size_bytes_max = 10})));
}

TEST_F(file_manager_test, finds_content_that_is_not_what_was_attached) {
    auto stored = files_.store(write("a", "abc")).value();
    EXPECT_TRUE(works(files_.attach(bolt_.revision, stored)));
    stored.name = "wrong";
    stored.sha256 = std::string(64, '0');
    EXPECT_TRUE(works(files_.attach(bolt_.revision, stored)));
    stored.name = "gone";
    stored.blob = std::string(40, '1');
    EXPECT_TRUE(works(files_.attach(bolt_.revision, stored)));
    const auto damaged = files_.verify(bolt_.revision).value();
    ASSERT_EQ(damaged.size(), 2U);
    EXPECT_EQ(damaged[0].name, "gone");
    EXPECT_EQ(damaged[0].cause.kind, error_kind::not_found);
    EXPECT_EQ(damaged[1].cause.kind, error_kind::conflict);
    // No file is left.
    std::filesystem::create_directory(path("out"));
    EXPECT_TRUE(fails_with(files_.extract(bolt_.revision, "wrong", path("out") / "x"), error_kind::conflict, "wrong"));
    EXPECT_TRUE(std::filesystem::is_empty(path("out")));
    EXPECT_TRUE(
        fails_with(files_.extract(bolt_.revision, "a", path("no") / "x"), error_kind::not_found, "cannot write"));
}

}  // namespace
}  // namespace sluice::parts
