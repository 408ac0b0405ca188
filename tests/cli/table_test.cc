// SPDX-License-Identifier: Apache-2.0
#include "src/cli/table.h"

#include <gtest/gtest.h>

namespace nftsvc::cli {
namespace {

TEST(TableTest, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({{"A"}, {"NUMBER", Table::kRight}, {"C"}});
  table.AddRow({{"long text"}, {"7"}, {"c"}});
  table.AddRow({{"x"}, {"12345678"}, {"d"}});
  EXPECT_EQ(table.Print(Style()),
            "A            NUMBER  C\n"
            "long text         7  c\n"
            "x          12345678  d\n");
}

TEST(TableTest, LinesDoNotEndInBlanks) {
  Table table({{"A"}, {"B"}});
  table.AddRow({{"a"}, {""}});
  table.AddRow({{"a"}});
  EXPECT_EQ(table.Print(Style()), "A  B\na\na\n");
}

TEST(TableTest, AnEmptyCellKeepsItsRoom) {
  Table table({{"A"}, {"B", Table::kRight}, {"C"}});
  table.AddRow({{}, {}, {"c"}});
  table.AddRow({{"aa"}, {"10"}, {"c"}});
  EXPECT_EQ(table.Print(Style()), "A    B  C\n        c\naa  10  c\n");
}

TEST(TableTest, ColoursAndWideBytesDoNotShiftColumns) {
  Table table({{"A"}, {"B"}});
  table.AddRow({{"é", Colour::kRed}, {"b"}});
  EXPECT_EQ(table.Print(Style()), "A  B\né  b\n");
  EXPECT_EQ(table.Print(Style(true)), "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n\x1b[31mé\x1b[0m  b\n");
}

}  // namespace
}  // namespace nftsvc::cli
