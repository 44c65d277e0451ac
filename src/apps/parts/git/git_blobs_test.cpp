// Files of any size, checked by the real git.
#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "apps/parts/git/git_repository.hpp"
#include "apps/parts/history/git_test_support.hpp"

namespace sluice::parts {
namespace {

using testing::make_change;
using testing::project_folder;

class parts_git_blobs : public ::testing::Test {
  protected:
    void SetUp() override {
        auto made = git_repository::create(project.path());
        ASSERT_TRUE(made) << made.error().message;
        repository = std::make_unique<git_repository>(std::move(*made));
    }

    const std::string number = "EL-RES-10000";
    project_folder project;
    std::unique_ptr<git_repository> repository;
};

TEST_F(parts_git_blobs, streams_a_large_file_in_flat_memory) {
    const std::filesystem::path file = project.path() / "large";
    constexpr std::size_t block = 1 << 20;
    {
        std::ofstream out(file, std::ios::binary);
        std::mt19937 random(1);
        std::vector<std::uint32_t> words(block / 4);
        std::ranges::generate(words, std::ref(random));
        for (std::uint32_t i = 0; i < 50; ++i) {
            words[0] = i;
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
            out.write(reinterpret_cast<const char*>(words.data()), block);
        }
    }
    const auto peak_kib = [] {
        struct rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
    };
    [[maybe_unused]] const auto before = peak_kib();
    std::size_t seen = 0;
    const auto id = repository->write_blob(file, [&](std::span<const std::byte> bytes) -> result<> {
        seen += bytes.size();
        return {};
    });
    ASSERT_TRUE(id) << id.error().message;
    EXPECT_EQ(seen, 50 * block);
    EXPECT_EQ(*id, project.git("hash-object large"));
    std::size_t read = 0;
    std::size_t largest = 0;
    ASSERT_TRUE(repository->read_blob(*id, [&](std::span<const std::byte> bytes) -> result<> {
        read += bytes.size();
        largest = std::max(largest, bytes.size());
        return {};
    }));
    EXPECT_EQ(read, 50 * block);
    EXPECT_LE(largest, block);
    EXPECT_TRUE(repository->verify_blob(*id));
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    // Reading maps the compressed file, whose pages count while it is mapped.
    EXPECT_LT(peak_kib() - before, 70 * 1024);
#endif
    git_change change = make_change(1, git_action::save_draft, number, 1);
    change.files.push_back({.path = "files/large", .content = {}, .blob = *id});
    const auto applied = repository->apply(change);
    ASSERT_TRUE(applied) << applied.error().message;
    const std::string& commit = *applied;
    EXPECT_EQ(project.git("cat-file -s " + commit + ":parts/EL/RES/100/EL-RES-10000/files/large"),
              fmt::format("{}", 50 * block));

    // A blob packed by the user's git is read as well.
    ASSERT_EQ(project.git("gc --quiet --prune=now"), "");
    read = 0;
    ASSERT_TRUE(repository->read_blob(*id, [&](std::span<const std::byte> bytes) -> result<> {
        read += bytes.size();
        return {};
    }));
    EXPECT_EQ(read, 50 * block);
    EXPECT_TRUE(repository->verify_blob(*id));
    EXPECT_EQ(*repository->write_blob(file), *id);
}

TEST_F(parts_git_blobs, finds_a_damaged_blob) {
    const std::filesystem::path file = project.path() / "small";
    std::ofstream(file) << "content";
    const auto id = repository->write_blob(file);
    ASSERT_TRUE(id);
    EXPECT_TRUE(repository->verify_blob(*id));
    std::ofstream(file) << "another";
    const auto other = repository->write_blob(file);
    const auto place = [&](const std::string& hex) {
        return project.git_dir() / "objects" / hex.substr(0, 2) / hex.substr(2);
    };
    std::filesystem::remove(place(*id));
    std::filesystem::copy_file(place(*other), place(*id));
    EXPECT_EQ(repository->verify_blob(*id).error().kind, error_kind::git);
    EXPECT_EQ(repository->verify_blob(std::string(40, '1')).error().kind, error_kind::not_found);
    EXPECT_EQ(repository->verify_blob("xyz").error().kind, error_kind::invalid);
    std::ofstream(file, std::ios::trunc).close();
    const auto empty = repository->write_blob(file);
    ASSERT_TRUE(empty) << empty.error().message;
    EXPECT_EQ(*empty, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");  // git's well-known empty blob
    EXPECT_TRUE(repository->verify_blob(*empty));
    EXPECT_EQ(repository->write_blob(project.path() / "missing").error().kind, error_kind::io);
}

}  // namespace
}  // namespace sluice::parts
