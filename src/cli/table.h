// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "src/cli/style.h"

namespace nftsvc::cli {

struct Cell {
  std::string text;
  Colour colour = Colour::kNone;
};

// Rows in aligned columns, two blanks apart, without blanks at the ends of lines.
//
//   Table table({{"SERVICE"}, {"CONNECTIONS", Table::kRight}});
//   table.AddRow({{"default/web"}, {"3000"}});
//   out << table.Print(style);
class Table {
 public:
  enum Alignment { kLeft, kRight };

  struct Column {
    std::string header;
    Alignment alignment = kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Requires: no more cells than columns.
  void AddRow(std::vector<Cell> row) { rows_.push_back(std::move(row)); }

  std::string Print(const Style& style) const;

 private:
  std::vector<size_t> Widths() const;
  std::string PrintRow(const std::vector<Cell>& row, const std::vector<size_t>& widths,
                       const Style& style) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace nftsvc::cli
