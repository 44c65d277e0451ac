#include "postgres/wire/frame.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "postgres/parse/test_bytes.hpp"

namespace sluice::postgres {
namespace {

using test_bytes::be32;
using test_bytes::typed;
using test_bytes::untyped;
using phase = frame_reader::phase;

std::optional<std::pair<char, std::string>> take(frame_reader& reader) {
    const auto next = reader.next();
    EXPECT_TRUE(next.has_value()) << (next ? "" : next.error().message);
    const std::optional<frame> taken = next.value_or(std::nullopt);
    if (!taken) {
        return std::nullopt;
    }
    return std::pair{taken->type, std::string(taken->body)};
}

std::string take_body(frame_reader& reader) {
    return take(reader).value_or(std::pair{'\0', std::string("no frame")}).second;
}

char take_type(frame_reader& reader) {
    return take(reader).value_or(std::pair{'?', std::string()}).first;
}

std::string failure(frame_reader& reader) {
    const auto next = reader.next();
    if (next) {
        return "no error";
    }
    EXPECT_TRUE(next.error().fatal);
    return std::string(next.error().code.view()) + " " + next.error().message;
}

TEST(frame_reader, takes_an_untyped_startup_packet_then_typed_messages) {
    frame_reader reader(1000);
    reader.append(untyped(std::string("\0\3\0\0rest", 8)) + typed('Q', "select 1"));
    EXPECT_EQ(take(reader), (std::pair{'\0', std::string("\0\3\0\0rest", 8)}));
    reader.enter(phase::messages);
    EXPECT_EQ(take(reader), (std::pair{'Q', std::string("select 1")}));
    EXPECT_EQ(take(reader), std::nullopt);
    EXPECT_EQ(reader.pending_bytes(), 0U);
}

TEST(frame_reader, gives_a_message_only_when_its_last_byte_has_arrived) {
    const std::string bytes = typed('Q', "abc") + typed('S');
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        frame_reader reader(1000, phase::messages);
        reader.append(std::string_view(bytes).substr(0, cut));
        std::vector<std::pair<char, std::string>> seen;
        while (auto frame = take(reader)) {
            seen.push_back(*frame);
        }
        EXPECT_EQ(seen.size(), cut >= 8 ? 1U : 0U) << cut;
        EXPECT_FALSE(reader.has_complete_frame());
        reader.append(std::string_view(bytes).substr(cut));
        while (auto frame = take(reader)) {
            seen.push_back(*frame);
        }
        EXPECT_EQ(seen, (std::vector<std::pair<char, std::string>>{{'Q', "abc"}, {'S', ""}})) << cut;
    }
}

TEST(frame_reader, writes_into_the_room_it_lends) {
    frame_reader reader(1000, phase::messages);
    const std::string bytes = typed('Q', "abc");
    std::ranges::copy(bytes, reader.room(100));
    reader.received(bytes.size());
    EXPECT_EQ(reader.pending_bytes(), bytes.size());
    EXPECT_TRUE(reader.has_complete_frame());
    EXPECT_EQ(take(reader), (std::pair{'Q', std::string("abc")}));
}

TEST(frame_reader, refuses_impossible_lengths_as_soon_as_they_are_read) {
    for (const std::int64_t length : {0, 3, -1, 0x7fffffff, 1005}) {
        frame_reader reader(1000, phase::messages);
        reader.append("Q" + be32(length));
        EXPECT_TRUE(reader.has_complete_frame()) << length;
        EXPECT_EQ(failure(reader), "08P01 invalid message length") << length;
    }
    frame_reader reader(1000, phase::messages);
    reader.append("Q" + be32(1004));
    EXPECT_EQ(take(reader), std::nullopt);
}

TEST(frame_reader, bounds_the_startup_packet_as_postgresql_does) {
    for (const std::int64_t length : {0, 7, 10'001, -1, 0x47455420 /* "GET " */}) {
        frame_reader reader(1'000'000);
        reader.append(be32(length));
        EXPECT_EQ(failure(reader), "08P01 invalid length of startup packet") << length;
    }
    frame_reader reader(1'000'000);
    reader.append(untyped(std::string(9'996, 'x')));
    EXPECT_EQ(take_body(reader).size(), 9'996U);
}

TEST(frame_reader, applies_a_raised_limit_to_the_next_message) {
    frame_reader reader(10, phase::messages);
    reader.append(typed('p', "0123456789") + typed('Q', "0123456789a"));
    EXPECT_EQ(take_body(reader), "0123456789");
    reader.set_message_size_max(11);
    EXPECT_EQ(take_body(reader), "0123456789a");
}

TEST(frame_reader, looks_ahead_without_taking) {
    frame_reader reader(1000, phase::messages);
    reader.append(typed('E', "x") + typed('S').substr(0, 4));
    EXPECT_EQ(reader.peek_type(), 'E');
    EXPECT_EQ(take_type(reader), 'E');
    EXPECT_EQ(reader.peek_type(), std::nullopt) << "the length of Sync is incomplete";
    reader.append(typed('S').substr(4));
    EXPECT_EQ(reader.peek_type(), 'S');
    EXPECT_EQ(take_type(reader), 'S');
    EXPECT_EQ(reader.peek_type(), std::nullopt);
}

TEST(frame_reader, keeps_a_body_while_later_frames_are_taken) {
    frame_reader reader(1000, phase::messages);
    reader.append(typed('B', "first") + typed('E', "second"));
    const auto first = reader.next();
    const auto second = reader.next();
    EXPECT_EQ(first->value_or(frame{}).body, "first");
    EXPECT_EQ(second->value_or(frame{}).body, "second");
}

TEST(frame_reader, moves_what_is_pending_behind_what_another_holds) {
    frame_reader from(1000, phase::messages);
    frame_reader to(1000, phase::messages);
    from.append(typed('P') + typed('B', "1") + "E");
    EXPECT_EQ(take_type(from), 'P');
    from.move_pending_to(to);
    EXPECT_EQ(from.pending_bytes(), 0U);
    EXPECT_EQ(take(to), (std::pair{'B', std::string("1")}));
    from.append(typed('E').substr(1));
    from.move_pending_to(to);
    EXPECT_EQ(take(to), (std::pair{'E', std::string()}));
    EXPECT_EQ(take(to), std::nullopt);
    EXPECT_EQ(from.pending_bytes(), 0U);
}

}  // namespace
}  // namespace sluice::postgres
