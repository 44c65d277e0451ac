#include "base/text/nearest.hpp"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

TEST(nearest, counts_slips) {
    const std::vector<std::string_view> words = {"list", "show", "export", "import"};
    EXPECT_EQ(nearest("lsit", words), "list");
    EXPECT_EQ(nearest("lst", words), "list");
    EXPECT_EQ(nearest("exprot", words), "export");
    EXPECT_EQ(nearest("exp", words), "export") << "its beginning";
    EXPECT_EQ(nearest("", words), "");
    EXPECT_EQ(nearest("banana", words), "");
}

}  // namespace
}  // namespace sluice::base
