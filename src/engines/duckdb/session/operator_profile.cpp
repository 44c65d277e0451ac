#include "engines/duckdb/session/operator_profile.hpp"

#include <charconv>
#include <string_view>

#include "base/text/json_string.hpp"
#include "engines/duckdb/capi/handles.hpp"

namespace sluice::duckdb {

namespace {

// Numbers stay numbers in JSON.
void append_scalar(std::string& out, std::string_view text) {
    double number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size() &&
                           std::string_view("-0123456789").contains(text.front());
    if (is_number) {
        out += text;
    } else {
        out += base::json_string(text);
    }
}

void append_node(std::string& out, duckdb_profiling_info node) {
    out += '{';
    const owned_value metrics(duckdb_profiling_info_get_metrics(node));
    const idx_t count = duckdb_get_map_size(metrics.get());
    for (idx_t i = 0; i < count; ++i) {
        const owned_value key(duckdb_get_map_key(metrics.get(), i));
        const owned_value value(duckdb_get_map_value(metrics.get(), i));
        out += base::json_string(take_text(duckdb_get_varchar(key.get())));
        out += ':';
        append_scalar(out, take_text(duckdb_get_varchar(value.get())));
        out += ',';
    }
    out += "\"children\":[";
    const idx_t children = duckdb_profiling_info_get_child_count(node);
    for (idx_t i = 0; i < children; ++i) {
        out += i == 0 ? "" : ",";
        append_node(out, duckdb_profiling_info_get_child(node, i));
    }
    out += "]}";
}

}  // namespace

std::string read_profile(duckdb_connection connection) {
    std::string out;
    if (duckdb_profiling_info root = duckdb_get_profiling_info(connection)) {
        append_node(out, root);
    }
    return out;
}

}  // namespace sluice::duckdb
