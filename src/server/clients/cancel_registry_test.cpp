#include "server/clients/cancel_registry.hpp"

#include <gtest/gtest.h>
#include <set>

namespace sluice::server {
namespace {

TEST(cancel_registry, only_the_pair_of_id_and_key_reaches_the_token) {
    cancel_registry registry;
    base::cancel_token token;
    const auto handle = std::make_shared<cancel_handle>();
    handle->bind(token);
    const auto entry = registry.add(handle);
    EXPECT_FALSE(registry.request(entry.process_id(), entry.secret_key() ^ 1));
    EXPECT_FALSE(registry.request(entry.process_id() + 1, entry.secret_key()));
    EXPECT_FALSE(registry.request(0, 0));
    EXPECT_FALSE(token.requested());
    EXPECT_TRUE(registry.request(entry.process_id(), entry.secret_key()));
    EXPECT_EQ(token.reason(), base::cancel_reason::user);
}

TEST(cancel_registry, an_ended_session_is_not_found) {
    cancel_registry registry;
    base::cancel_token token;
    auto handle = std::make_shared<cancel_handle>();
    handle->bind(token);
    auto entry = registry.add(handle);
    const auto id = entry.process_id();
    const auto key = entry.secret_key();
    handle->unbind();
    registry.request(id, key);
    EXPECT_FALSE(token.requested());
    entry = {};
    EXPECT_FALSE(registry.request(id, key));
}

TEST(cancel_registry, ids_are_positive_and_unique_and_keys_differ) {
    cancel_registry registry;
    std::vector<cancel_registration> entries;
    std::set<std::int32_t> ids;
    std::set<std::int32_t> keys;
    for (int i = 0; i < 1000; ++i) {
        entries.push_back(registry.add({}));
        EXPECT_GT(entries.back().process_id(), 0);
        ids.insert(entries.back().process_id());
        keys.insert(entries.back().secret_key());
    }
    EXPECT_EQ(ids.size(), 1000U);
    EXPECT_GT(keys.size(), 990U);  // 32 random bits: even one collision in a thousand is unlikely
}

TEST(cancel_registry, a_client_that_vanished_before_its_session_began_is_remembered) {
    cancel_handle handle;
    handle.request(base::cancel_reason::user);
    handle.request(base::cancel_reason::client_gone);
    base::cancel_token token;
    handle.bind(token);
    EXPECT_EQ(token.reason(), base::cancel_reason::client_gone);
}

}  // namespace
}  // namespace sluice::server
