#include "base/http_client/url.hpp"

#include <gtest/gtest.h>

namespace sluice::base {
namespace {

TEST(url, shows_the_host_alone) {
    EXPECT_EQ(host_of("https://generativelanguage.googleapis.com"), "generativelanguage.googleapis.com");
    EXPECT_EQ(host_of("https://User:Secret@API.OpenAI.com/v1?key=a#b"), "api.openai.com");
    EXPECT_EQ(host_of("http://localhost:11434/v1"), "localhost:11434");
    EXPECT_EQ(host_of("http://[::1]:8080/"), "[::1]:8080");
    EXPECT_EQ(host_and_port_of("https://api.openai.com/v1"), "api.openai.com:443");
    EXPECT_EQ(host_and_port_of("http://localhost/v1"), "localhost:80");
}

TEST(url, what_is_none_has_no_host) {
    for (const std::string text : {"", "api.openai.com", "ftp://host/", "file:///x", "https://", "http://a b/"}) {
        EXPECT_EQ(host_of(text), "") << text;
    }
    EXPECT_EQ(host_of(std::string("http://a\0.b/", 12)), "");
}

}  // namespace
}  // namespace sluice::base
