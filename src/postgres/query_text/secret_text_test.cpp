#include "postgres/query_text/secret_text.hpp"

#include <gtest/gtest.h>

namespace sluice::postgres {
namespace {

TEST(secret_text, ends_behind_the_name_of_a_secret) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"SET s3_secret_access_key = 'x'", "SET s3_secret_access_key ..."},
        {"set session \"S3_Session_Token\" to x", "set session \"S3_Session_Token\" ..."},
        {"SET/* a */azure_storage_connection_string='x'", "SET/* a */azure_storage_connection_string ..."},
        {"PRAGMA s3_session_token = 'x'", "PRAGMA s3_session_token ..."},
        {"EXPLAIN ANALYZE SET http_proxy_password = 'x'", "EXPLAIN ANALYZE SET http_proxy_password ..."},
        {"SELECT 1, set_config('s3_session_token', 'x', false)", "SELECT 1, set_config('s3_session_token' ..."},
        {"SELECT 1; SET s3_secret_access_key = 'x'; SELECT 2", "SELECT 1; SET s3_secret_access_key ..."},
        {"CREATE OR REPLACE PERSISTENT SECRET a (SECRET 'x')", "CREATE OR REPLACE PERSISTENT SECRET ..."},
        {"CREATE USER anna PASSWORD 'x'", "CREATE USER anna PASSWORD ..."},
        {"ALTER ROLE anna WITH PASSWORD 'x'", "ALTER ROLE anna WITH PASSWORD ..."},
    };
    for (const auto& [text, shown] : cases) {
        EXPECT_TRUE(may_hold_secret(text)) << text;
        EXPECT_EQ(without_secret(text), shown);
    }
}

TEST(secret_text, leaves_other_statements) {
    for (const std::string_view text :
         {"SELECT password FROM users WHERE secret = 'x'", "CREATE TABLE t (password VARCHAR, secret VARCHAR)",
          "SHOW s3_secret_access_key", "SET search_path = 'main'", "SET s3_region = 'x'; SELECT secret FROM t",
          "RESET s3_secret_access_key", "INSERT INTO secret VALUES (1)", ""}) {
        EXPECT_EQ(without_secret(text), text);
    }
    EXPECT_FALSE(may_hold_secret("SELECT 1"));
}

}  // namespace
}  // namespace sluice::postgres
