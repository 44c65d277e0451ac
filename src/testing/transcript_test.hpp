// transcript_test.hpp - turns a table of transcripts into tests, one each.
//
// Use:     const transcript cases[] = {{"two_statements", R"( > Q select 1 ... )"}, ...};
//          SLUICE_TRANSCRIPTS(simple_query, cases);
// Only for test files: needs GoogleTest.
#pragma once

#include <gtest/gtest.h>
#include <ostream>
#include <string>

#include "testing/session_script.hpp"
#include "testing/standard_answers.hpp"

namespace sluice::testing {

struct transcript {
    const char* name;
    const char* text;

    friend std::ostream& operator<<(std::ostream& out, const transcript& shown) { return out << shown.name; }
};

class transcript_test : public ::testing::TestWithParam<transcript> {
  protected:
    void play() {
        session_script script;
        script_standard_answers(script.engine);
        EXPECT_EQ(script.play(GetParam().text), clean(GetParam().text));
    }
};

}  // namespace sluice::testing

#define SLUICE_TRANSCRIPTS(suite, cases)                                            \
    class suite##_transcript : public ::sluice::testing::transcript_test {};        \
    TEST_P(suite##_transcript, replies_like_postgresql) {                           \
        play();                                                                     \
    }                                                                               \
    INSTANTIATE_TEST_SUITE_P(suite, suite##_transcript, ::testing::ValuesIn(cases), \
                             [](const auto& info) { return std::string(info.param.name); })
