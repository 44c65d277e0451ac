#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "apps/tagger/exchange/exchange_entries.hpp"
#include "apps/tagger/library/library_list.hpp"
#include "base/csv/csv.hpp"
#include "base/text/ascii.hpp"
#include "base/text/json_string.hpp"

namespace sluice::tagger {

namespace {

std::string json_list(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const auto& each : texts) {
        out.append(out.size() == 1 ? "" : ", ").append(base::json_string(each));
    }
    return out + "]";
}

bool has_line_break(std::string_view text) {
    return text.contains('\n') || text.contains('\r');
}

class exporter {
  public:
    exporter(const export_params& params, const text_sink& sink) : params_(params), sink_(sink) {}

    result<export_report> run() {
        TRY(sink_(begin()));
        TRY(each_listed_file(*params_.database, params_.condition,
                             [this](const listed_file& file) { return write(file); }));
        if (params_.format == exchange_format::json) {
            TRY(sink_(report_.files == 0 ? "]\n" : "\n]\n"));
        }
        return report_;
    }

  private:
    [[nodiscard]] std::string begin() const {
        switch (params_.format) {
            case exchange_format::json:
                return "[";
            case exchange_format::csv:
                return csv_.record(std::vector<std::string>{"path", "genre", "mood", "occasion", "keyword"});
            case exchange_format::m3u:
                return "#EXTM3U\n";
        }
        return "";
    }

    result<> write(const listed_file& file) {
        if (params_.format == exchange_format::m3u && has_line_break(file.path)) {
            ++report_.left_out;
            if (params_.left_out) {
                params_.left_out(file.path);
            }
            return {};
        }
        const auto text = entry(file);
        ++report_.files;
        return sink_(text);
    }

    [[nodiscard]] std::string entry(const listed_file& file) const {
        switch (params_.format) {
            case exchange_format::json:
                return json_entry(file);
            case exchange_format::csv:
                return csv_entry(file);
            case exchange_format::m3u:
                return playlist_entry(file);
        }
        return "";
    }

    [[nodiscard]] std::string json_entry(const listed_file& file) const {
        auto text = fmt::format("{}\n  {{\"path\": {}", report_.files == 0 ? "" : ",", base::json_string(file.path));
        for (const tag_kind kind : tag_kinds) {
            text += fmt::format(", \"{}\": {}", to_text(kind), json_list(file.tags[kind]));
        }
        return text + "}";
    }

    [[nodiscard]] std::string csv_entry(const listed_file& file) const {
        std::vector<std::string> fields{file.path};
        for (const tag_kind kind : tag_kinds) {
            fields.push_back(join_tags(file.tags[kind]));
        }
        return csv_.record(fields);
    }

    [[nodiscard]] static std::string playlist_entry(const listed_file& file) {
        constexpr std::int64_t second_ms = 1000;
        auto name = file.title.empty() ? file.path.substr(file.path.rfind('/') + 1) : file.title;
        name.insert(0, file.artist.empty() ? "" : file.artist + " - ");
        std::ranges::replace_if(name, [](char c) { return c == '\n' || c == '\r'; }, ' ');
        // -1 means unknown.
        const auto seconds = file.duration_ms == 0 ? -1 : (file.duration_ms + second_ms / 2) / second_ms;
        auto text = fmt::format("#EXTINF:{},{}\n", seconds, name);
        for (const tag_kind kind : tag_kinds) {
            text += fmt::format("{}{}\n", playlist_line_of(kind), join_tags(file.tags[kind]));
        }
        return text + file.path + "\n";
    }

    const export_params& params_;
    const text_sink& sink_;
    const base::csv_writer csv_;
    export_report report_;
};

}  // namespace

std::optional<exchange_format> parse_exchange_format(std::string_view text) {
    return text == "json"  ? std::optional(exchange_format::json)
           : text == "csv" ? std::optional(exchange_format::csv)
           : text == "m3u" ? std::optional(exchange_format::m3u)
                           : std::nullopt;
}

std::optional<exchange_format> exchange_format_of(const std::filesystem::path& file) {
    const std::string name = base::lower_case(file.extension().string());
    return name == ".m3u8" ? std::optional(exchange_format::m3u)
                           : parse_exchange_format(name.empty() ? name : name.substr(1));
}

result<export_report> export_tags(const export_params& params, const text_sink& sink) {
    return exporter(params, sink).run();
}

}  // namespace sluice::tagger
