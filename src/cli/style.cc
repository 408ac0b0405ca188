// SPDX-License-Identifier: Apache-2.0
#include "src/cli/style.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace nftsvc::cli {
namespace {

// ECMA-48, "select graphic rendition".
absl::string_view Code(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "0";
    case Colour::kBold:
      return "1";
    case Colour::kDim:
      return "2";
    case Colour::kRed:
      return "31";
    case Colour::kGreen:
      return "32";
    case Colour::kYellow:
      return "33";
  }
  return "0";
}

// All bytes of a character but its first are 10xxxxxx (RFC 3629).
bool StartsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace

Style Style::For(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool refused = no_color != nullptr && *no_color != '\0';
  const bool dumb = terminal == nullptr || absl::string_view(terminal) == "dumb";
  return Style(isatty(fd) == 1 && !refused && !dumb);
}

std::string Style::Paint(Colour colour, absl::string_view text) const {
  if (!coloured_ || colour == Colour::kNone || text.empty()) return std::string(text);
  return absl::StrCat("\x1b[", Code(colour), "m", text, "\x1b[0m");
}

std::string PrintMicroseconds(uint64_t microseconds) {
  if (microseconds < 1'000) return absl::StrCat(microseconds, " us");
  if (microseconds < 1'000'000) {
    return absl::StrFormat("%.1f ms", static_cast<double>(microseconds) / 1e3);
  }
  return absl::StrFormat("%.1f s", static_cast<double>(microseconds) / 1e6);
}

std::string CutToWidth(absl::string_view text, size_t columns) {
  std::string cut;
  size_t width = 0;
  bool painted = false;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '\x1b') {
      const size_t end = std::min(text.find('m', i), text.size() - 1) + 1;
      painted = text.substr(i, end - i) != "\x1b[0m";
      absl::StrAppend(&cut, text.substr(i, end - i));
      i = end;
      continue;
    }
    size_t next = i + 1;
    while (next < text.size() && !StartsCharacter(text[next])) ++next;
    if (++width > columns) break;
    absl::StrAppend(&cut, text.substr(i, next - i));
    i = next;
  }
  return painted ? cut + "\x1b[0m" : cut;
}

size_t Width(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), StartsCharacter));
}

}  // namespace nftsvc::cli
