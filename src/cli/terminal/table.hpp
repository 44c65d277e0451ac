// table.hpp - rows and columns for readers: aligned, shortened to the terminal, safe with any text.
//
// Use:     table parts({{.header = "NUMBER"}, {.header = "QTY", .alignment = align::right}});
//          parts.add({"X-100", {"4", meaning::dim}});  print(parts.text(style));
// Shape:   two spaces between columns, none at the end of a line. On a narrow terminal the widest left-aligned column
//          is shortened, then the next, down to width_min each; in a pipe no column is.
// Texts:   UTF-8; control characters are escaped (base/text/display_width.hpp).
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "cli/terminal/output_style.hpp"

namespace sluice::cli {

enum class align : std::uint8_t { left, right };

struct table_column {
    std::string header;
    align alignment = align::left;
    std::size_t width_min = 8;  // a column is not shortened below this width
};

struct cell {
    // NOLINTBEGIN(google-explicit-constructor): a row is a list of texts
    cell(std::string words, meaning what = meaning::plain) : text(std::move(words)), sense(what) {}
    cell(const char* words, meaning what = meaning::plain) : text(words), sense(what) {}
    // NOLINTEND(google-explicit-constructor)

    std::string text;
    meaning sense;
};

class table {
  public:
    explicit table(std::vector<table_column> columns) : columns_(std::move(columns)) {}

    // The row needs a cell for each column.
    void add(std::vector<cell> row);
    [[nodiscard]] bool is_empty() const { return rows_.empty(); }

    // The header and the rows, each with its line break. Without header texts there is no header line.
    [[nodiscard]] std::string text(const output_style& style) const;

  private:
    [[nodiscard]] std::vector<std::size_t> widths(const output_style& style) const;
    void append_row(std::string& out, const std::vector<cell>& row, const std::vector<std::size_t>& widths,
                    const output_style& style) const;

    std::vector<table_column> columns_;
    std::vector<std::vector<cell>> rows_;  // texts are visible()
};

}  // namespace sluice::cli
