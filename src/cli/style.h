// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "src/base/count.h"

namespace nftsvc::cli {

enum class Colour { kNone, kBold, kDim, kRed, kGreen, kYellow };

// Whether a stream takes colours: a value that every renderer is handed, so that it prints alike
// for a terminal, a file and a test.
class Style {
 public:
  Style() = default;  // plain
  explicit Style(bool coloured) : coloured_(coloured) {}

  // For a file descriptor: colours on a terminal, unless NO_COLOR is set (https://no-color.org) or
  // the terminal is dumb.
  static Style For(int fd);

  std::string Paint(Colour colour, absl::string_view text) const;

 private:
  bool coloured_ = false;
};

// "850 us", "1.2 ms", "3.4 s".
std::string PrintMicroseconds(uint64_t microseconds);

using base::Count;

// How many columns of a terminal UTF-8 text takes, with one for each character.
size_t Width(absl::string_view text);

// The first so many columns of a line that may have been painted; colours end with it.
std::string CutToWidth(absl::string_view text, size_t columns);

}  // namespace nftsvc::cli
