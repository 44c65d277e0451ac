// The states of a file that a power cut may leave; for small files all of them.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>
#include <string>

#include "sqlite/faults/fault_database_test_support.hpp"
#include "sqlite/faults/fault_disk_test_support.hpp"

namespace sluice::sqlite {
namespace {

// A file and the disk's model of it.
class watched_file {
  public:
    explicit watched_file(const std::string& content) { put(content); }

    void write(std::size_t offset, const std::string& text) {
        std::string now = content();
        const std::string before = offset < now.size() ? now.substr(offset, text.size()) : "";
        fault_disk::change made{.offset = offset,
                                .before = {before.begin(), before.end()},
                                .after = {text.begin(), text.end()},
                                .size_before = now.size()};
        now.resize(std::max(now.size(), offset + text.size()));
        now.replace(offset, text.size(), text);
        put(now);
        made.size_after = now.size();
        disk.changed(path, made);
    }
    void truncate(std::size_t size) {
        const std::string now = content();
        disk.changed(path, {.offset = size,
                            .before = {now.begin() + static_cast<std::ptrdiff_t>(size), now.end()},
                            .after = {},
                            .size_before = now.size(),
                            .size_after = size});
        put(now.substr(0, size));
    }
    void remove(bool syncs_folder) {
        disk.deleted(path, syncs_folder);
        std::filesystem::remove(path);
    }
    void put(const std::string& content) const {
        std::filesystem::remove(path);  // truncating one with content makes some file systems write to the disk
        std::ofstream(path, std::ios::binary) << content;
    }
    [[nodiscard]] std::string content() const {
        std::ifstream file(path, std::ios::binary);
        return file ? std::string(std::istreambuf_iterator<char>(file), {}) : "none";
    }

    temporary_folder folder;
    std::string path = folder.file("file");
    fault_disk disk;
};

// The contents that 100 cuts leave after the same steps.
template <typename Steps>
std::set<std::string> left_after(const std::string& content, Steps&& steps) {
    std::set<std::string> all;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        watched_file file(content);
        steps(file);
        file.disk.settle(seed);
        all.insert(file.content());
    }
    return all;
}

using outcomes = std::set<std::string>;

TEST(fault_disk, keeps_what_was_synced_and_any_of_what_was_not) {
    EXPECT_EQ(left_after("ab",
                         [](watched_file& file) {
                             file.write(0, "A");
                             file.disk.synced(file.path, sync_kind::honest);
                         }),
              (outcomes{"Ab"}));
    EXPECT_EQ(left_after("ab",
                         [](watched_file& file) {
                             file.write(0, "A");
                             file.write(1, "B");
                         }),
              (outcomes{"ab", "Ab", "aB", "AB"}));
    EXPECT_EQ(left_after("abc",
                         [](watched_file& file) {
                             file.truncate(1);
                             file.write(2, "C");
                         }),
              (outcomes{"a", "abc", std::string("a\0C", 3)}));
}

TEST(fault_disk, tears_writes_at_sectors) {
    const std::string big(1536, 'x');
    const auto all = left_after(std::string(2000, '.'), [&](watched_file& file) { file.write(100, big); });
    EXPECT_GT(all.size(), 8U);  // of 16: the file has four sectors
    EXPECT_LE(all.size(), 16U);
    for (const auto& each : all) {
        EXPECT_EQ(each.size(), 2000U);
        EXPECT_EQ(each.substr(0, 100), std::string(100, '.'));
        EXPECT_EQ(std::set(each.begin() + 512, each.begin() + 1024).size(), 1U);
        EXPECT_EQ(each.substr(1636), std::string(364, '.'));
    }
}

TEST(fault_disk, believes_no_lies_about_syncs) {
    EXPECT_EQ(left_after("ab",
                         [](watched_file& file) {
                             file.write(0, "A");
                             file.disk.synced(file.path, sync_kind::lost);
                             file.write(1, "B");
                             file.disk.synced(file.path, sync_kind::honest);
                         }),
              (outcomes{"aB", "AB"}));
    EXPECT_EQ(left_after("ab",
                         [](watched_file& file) {
                             file.write(0, "A");
                             file.disk.synced(file.path, sync_kind::delayed);
                         }),
              (outcomes{"ab", "Ab"}));
    EXPECT_EQ(left_after("ab",
                         [](watched_file& file) {
                             file.write(0, "A");
                             file.disk.synced(file.path, sync_kind::delayed);
                             file.disk.synced(file.path, sync_kind::honest);
                         }),
              (outcomes{"Ab"}));
}

TEST(fault_disk, names_come_and_go_in_their_order) {
    auto replace = [](watched_file& file) {
        file.remove(false);
        file.disk.created(file.path);
        file.put("");
        file.write(0, "new");
    };
    EXPECT_EQ(left_after("old", [&](watched_file& file) { replace(file); }), (outcomes{"old", "none", "", "new"}));
    EXPECT_EQ(left_after("old",
                         [&](watched_file& file) {
                             replace(file);
                             file.disk.synced(file.path, sync_kind::honest);
                         }),
              (outcomes{"new"}));
    EXPECT_EQ(left_after("old", [](watched_file& file) { file.remove(true); }), (outcomes{"none"}));
    EXPECT_EQ(left_after("old",
                         [](watched_file& file) {
                             file.write(0, "O");
                             file.remove(false);
                         }),
              (outcomes{"old", "Old", "none"}));
}

}  // namespace
}  // namespace sluice::sqlite
