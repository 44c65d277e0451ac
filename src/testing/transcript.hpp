// transcript.hpp - turns a table of transcripts into tests, one each.
//
// Use:     #include <gtest/gtest.h>
//          const testing::transcript cases[] = {{"two_statements", R"( > Q select 1 ... )"}, ...};
//          SLUICE_TRANSCRIPTS(simple_query, cases);
#pragma once

#include <iosfwd>
#include <string>

#include "testing/session_script.hpp"

namespace sluice::testing {

struct transcript {
    const char* name;
    const char* text;
};

std::ostream& operator<<(std::ostream& out, const transcript& shown);

// The transcript of a session with the fake engine's standard answers.
[[nodiscard]] std::string play(const transcript& script);
// The same with a scripted engine, which expects the calls that the fake one has recorded, and no others.
[[nodiscard]] std::string play_scripted(const transcript& script);
// The transcript without its "=" lines.
[[nodiscard]] std::string replies_only(std::string_view text);

}  // namespace sluice::testing

#define SLUICE_TRANSCRIPTS(suite, cases)                                                                           \
    class suite##_transcript : public ::testing::TestWithParam<::sluice::testing::transcript> {};                  \
    TEST_P(suite##_transcript, replies_as_postgresql_does) {                                                       \
        EXPECT_EQ(::sluice::testing::play(GetParam()), ::sluice::testing::clean(GetParam().text));                 \
    }                                                                                                              \
    TEST_P(suite##_transcript, replies_the_same_on_a_scripted_engine) {                                            \
        EXPECT_EQ(::sluice::testing::play_scripted(GetParam()), ::sluice::testing::replies_only(GetParam().text)); \
    }                                                                                                              \
    INSTANTIATE_TEST_SUITE_P(suite, suite##_transcript, ::testing::ValuesIn(cases),                                \
                             [](const auto& info) { return std::string(info.param.name); })
