#include "base/text/iso_8601.hpp"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

TEST(iso_8601, writes_dates) {
    EXPECT_EQ(to_iso_8601(1'700'000'000'123), "2023-11-14T22:13:20.123Z");
    EXPECT_EQ(to_iso_8601(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_iso_8601(951'827'696'001), "2000-02-29T12:34:56.001Z");
}

}  // namespace
}  // namespace sluice::base
