#include "engine/statement_parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::engine {
namespace {

using testing::ElementsAre;

TEST(find_parameters, leaves_a_text_without_gaps) {
    const auto uses = find_parameters("SELECT $2, $1::int, '$9'");
    EXPECT_EQ(uses.text, "SELECT $2, $1::int, '$9'");
    EXPECT_THAT(uses.numbers, ElementsAre(1, 2));
    EXPECT_THAT(uses.has_cast, ElementsAre(true, false));
    EXPECT_THAT(find_parameters("SELECT 1").numbers, ElementsAre());
}

TEST(find_parameters, closes_gaps) {
    const auto uses = find_parameters("SELECT $5 + $3::int, $3");
    EXPECT_EQ(uses.text, "SELECT $2 + $1::int, $1");
    EXPECT_THAT(uses.numbers, ElementsAre(3, 5));
    EXPECT_THAT(uses.has_cast, ElementsAre(false, false));
}

}  // namespace
}  // namespace sluice::engine
