// table.hpp - rows and columns for people: aligned, shortened to the terminal, harmless whatever the texts hold.
//
// Use:     table parts({{.header = "NUMBER"}, {.header = "QTY", .alignment = align::right}});
//          parts.add({"X-100", {"4", meaning::dim}});  print(parts.text(style));
// Shape:   two spaces between columns, none at the end of a line. On a terminal that is too narrow, the widest of the
//          columns aligned left is shortened, then the next, down to width_min each; in a pipe nothing ever is.
// Texts:   UTF-8; control characters are written out (base/text/display_width.hpp).
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
    std::size_t width_min = 8;  // is not shortened further
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

    // As many cells as there are columns.
    void add(std::vector<cell> row);
    [[nodiscard]] bool is_empty() const { return rows_.empty(); }

    // The header and the rows, each with its line break. No header when no column has one.
    [[nodiscard]] std::string text(const output_style& style) const;

  private:
    [[nodiscard]] std::vector<std::size_t> widths(const output_style& style) const;
    void append_row(std::string& out, const std::vector<cell>& row, const std::vector<std::size_t>& widths,
                    const output_style& style) const;

    std::vector<table_column> columns_;
    std::vector<std::vector<cell>> rows_;  // texts are visible()
};

}  // namespace sluice::cli
