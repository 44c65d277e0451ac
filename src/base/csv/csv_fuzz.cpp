// For any bytes, cut into any pieces: the same records or the same error. Records written by either writer read back
// unchanged.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/assert.hpp"
#include "base/csv/csv.hpp"

namespace {

using namespace sluice::base;
using sluice::result;

struct outcome {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::size_t> lines;
    std::string error;

    bool operator==(const outcome&) const = default;
};

outcome read(std::string_view text, std::size_t piece) {
    outcome out;
    csv_reader reader({.columns = {{.name = "a"}, {.name = "b"}, {.name = "c", .is_required = false}},
                       .lines_max = 500,
                       .field_bytes_max = 100},
                      [&](const csv_record& row) -> result<> {
                          out.rows.emplace_back(row.fields.begin(), row.fields.end());
                          out.lines.push_back(row.line);
                          return {};
                      });
    result<> done;
    for (; done && !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
        done = reader.feed(text.substr(0, piece));
    }
    if (done) {
        done = reader.finish();
    }
    out.error = done ? "" : done.error().message;
    return out;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string given(reinterpret_cast<const char*>(data), size);
    read(given, 13);
    // A fixed header: most inputs would fail in their first line.
    const std::string text = "a;B;\"c\"\n" + given;
    const auto whole = read(text, text.size());
    SLUICE_ASSERT(read(text, 1) == whole);
    SLUICE_ASSERT(read(text, 5) == whole);
    for (const bool excel : {false, true}) {
        const csv_writer writer({.separator = ';', .excel = excel});
        std::string written(writer.begin());
        written += writer.record(std::vector<std::string>{"a", "b", "c"});
        for (const auto& row : whole.rows) {
            written += writer.record(row);
        }
        auto again = read(written, 7);
        // One more apostrophe can make a field too long, and line breaks add up.
        SLUICE_ASSERT(again.rows == whole.rows || again.error.contains("more than"));
    }
    return 0;
}
