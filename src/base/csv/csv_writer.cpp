#include "base/csv/csv.hpp"
#include "base/csv/csv_bytes.hpp"

namespace sluice::base {

namespace {

void append_quoted(std::string& out, std::string_view text) {
    out.push_back('"');
    for (const char c : text) {
        if (c == '"') {
            out.push_back('"');
        }
        out.push_back(c);
    }
    out.push_back('"');
}

}  // namespace

std::string_view csv_writer::begin() const {
    return params_.excel ? byte_order_mark : std::string_view();
}

std::string csv_writer::record(std::span<const std::string> fields) const {
    std::string out;
    for (const auto& field : fields) {
        if (&field != fields.data()) {
            out.push_back(params_.separator);
        }
        const bool is_protected = params_.excel && looks_like_formula(field) && !is_number(field);
        const auto text = is_protected ? "'" + field : field;
        // Quotes every possible separator, so that a reader may guess ours; a lone empty field would be an empty line.
        if (text.find_first_of(",;\t\"\r\n") != std::string::npos || (text.empty() && fields.size() == 1)) {
            append_quoted(out, text);
        } else {
            out.append(text);
        }
    }
    return out.append("\r\n");
}

}  // namespace sluice::base
