// COPY data in every format: the outcome does not depend on where the messages cut it. The first byte chooses the
// layout, the second the size of the messages; the rest is the data.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/core/assert.hpp"
#include "base/text/utf8.hpp"
#include "postgres/copy/decode_copy.hpp"

namespace sluice::postgres {
namespace {

copy_layout choose_layout(std::uint8_t choice) {
    static constexpr std::array formats{copy_layout::format::text, copy_layout::format::csv,
                                        copy_layout::format::binary};
    copy_layout layout{.relation = "t", .columns = {"a", "b"}, .is = formats[choice % formats.size()]};
    if (layout.is == copy_layout::format::csv) {
        layout.delimiter = ',';
        layout.null_text = "";
    }
    layout.header = (choice & 4U) != 0;
    layout.header_match = (choice & 8U) != 0;
    layout.escape = (choice & 16U) != 0 ? '\\' : '"';
    if ((choice & 32U) != 0) {
        layout.columns.pop_back();
    }
    return layout;
}

// The whole outcome that a caller can see, except plain().
std::string outcome(const copy_layout& layout, std::string_view data, std::size_t message_bytes, std::size_t rows_max) {
    const auto tokenizer = make_copy_tokenizer(layout);
    copy_rows rows(layout.columns.size(), rows_max);
    std::string out;
    const auto take_rows = [&] {
        for (std::size_t row = 0; row < rows.size(); ++row) {
            out += std::to_string(rows.line(row));
            for (std::size_t column = 0; column < rows.columns(); ++column) {
                const copy_field& field = rows.column(column)[row * rows.columns()];
                out += field.is_null() ? "-" : "+" + std::to_string(field.size) + ":";
                out += field.view();
                SLUICE_ASSERT(!rows.plain() || base::check_utf8(field.view()).has_value());
            }
        }
    };
    while (!data.empty()) {
        const std::string message(data.substr(0, message_bytes));
        data.remove_prefix(message.size());
        std::string_view bytes = message;
        while (!bytes.empty()) {
            const auto result = tokenizer->read(bytes, rows);
            take_rows();
            if (!result) {
                SLUICE_ASSERT(base::check_utf8(result.error().message).has_value());
                SLUICE_ASSERT(base::check_utf8(result.error().context).has_value());
                return out + result.error().message + result.error().context;
            }
        }
    }
    const auto result = tokenizer->finish(rows);
    take_rows();
    return result ? out : out + result.error().message + result.error().context;
}

}  // namespace
}  // namespace sluice::postgres

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    using namespace sluice::postgres;
    const copy_layout layout = choose_layout(data[0]);
    const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
    const std::string whole = outcome(layout, bytes, bytes.size() + 1, 100);
    SLUICE_ASSERT(outcome(layout, bytes, data[1] % 16 + 1, 100) == whole);
    SLUICE_ASSERT(outcome(layout, bytes, data[1] + 1, 2) == whole);
    return 0;
}
