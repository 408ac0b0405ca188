// SPDX-License-Identifier: Apache-2.0
#include "src/cli/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace nftsvc::cli {

std::vector<size_t> Table::Widths() const {
  std::vector<size_t> widths;
  widths.reserve(columns_.size());
  for (const Column& column : columns_) widths.push_back(Width(column.header));
  for (const std::vector<Cell>& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i].text));
  }
  return widths;
}

std::string Table::PrintRow(const std::vector<Cell>& row, const std::vector<size_t>& widths,
                            const Style& style) const {
  std::string line;
  size_t owed = 0;  // blanks, written once something comes behind them
  for (size_t i = 0; i < row.size(); ++i) {
    const size_t padding = widths[i] - Width(row[i].text);
    if (columns_[i].alignment == kRight) owed += padding;
    if (!row[i].text.empty()) {
      absl::StrAppend(&line, std::string(owed, ' '), style.Paint(row[i].colour, row[i].text));
      owed = 0;
    }
    owed += (columns_[i].alignment == kLeft ? padding : 0) + 2;
  }
  return line + "\n";
}

std::string Table::Print(const Style& style) const {
  const std::vector<size_t> widths = Widths();
  std::vector<Cell> headers;
  headers.reserve(columns_.size());
  for (const Column& column : columns_) headers.push_back({column.header, Colour::kBold});
  std::string text = PrintRow(headers, widths, style);
  for (const std::vector<Cell>& row : rows_) absl::StrAppend(&text, PrintRow(row, widths, style));
  return text;
}

}  // namespace nftsvc::cli
