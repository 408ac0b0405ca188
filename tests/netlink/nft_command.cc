// SPDX-License-Identifier: Apache-2.0
#include "tests/netlink/nft_command.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace nftsvc::netlink {
namespace {

std::string SortElements(const std::string& list) {
  const std::regex separator(",\\s+");
  std::vector<std::string> elements(
      std::sregex_token_iterator(list.begin(), list.end(), separator, -1), {});
  std::sort(elements.begin(), elements.end());
  return absl::StrJoin(elements, ",\n\t\t\t     ");
}

}  // namespace

std::string Nft(absl::string_view arguments, absl::string_view standard_input) {
  std::array<char, 32> path = {"/tmp/nftsvc-nft-XXXXXX"};
  const int fd = mkstemp(path.data());
  if (fd < 0) return "FAILED to make a file";
  close(fd);
  std::ofstream(path.data()) << standard_input;
  const std::string command = absl::StrCat("/usr/sbin/nft ", arguments, " 2>&1 < ", path.data());
  FILE* output = popen(command.c_str(), "r");
  if (output == nullptr) return "FAILED to start nft";
  std::string text;
  std::array<char, 4096> part;
  for (size_t size; (size = fread(part.data(), 1, part.size(), output)) > 0;) {
    text.append(part.data(), size);
  }
  const int result = pclose(output);
  unlink(path.data());
  return result == 0 ? text : absl::StrCat("FAILED: ", text);
}

std::string Load(absl::string_view text) { return Nft("-f -", text); }

std::string Normalized(absl::string_view listing) {
  static const std::regex counts(" counter packets \\d+ bytes \\d+");
  static const std::regex elements("elements = \\{ ([^}]*) \\}");
  const std::string text = std::regex_replace(std::string(listing), counts, "");
  std::string normalized;
  auto rest = text.cbegin();
  for (std::sregex_iterator match(text.begin(), text.end(), elements), end; match != end; ++match) {
    normalized.append(rest, (*match)[1].first);
    normalized += SortElements((*match)[1].str());
    rest = (*match)[1].second;
  }
  normalized.append(rest, text.cend());
  return normalized;
}

std::string Bytecode() {
  static const std::regex handles("^(ip6? \\S+ [^\\s@]+)( \\d+)+$");
  std::string rules;
  for (const absl::string_view view : absl::StrSplit(Nft("--debug=netlink list ruleset"), '\n')) {
    const std::string line(view);
    std::smatch match;
    if (std::regex_match(line, match, handles)) rules += match[1].str() + "\n";
    if (absl::StartsWith(line, "  [ ")) rules += line + "\n";
  }
  return rules;
}

}  // namespace nftsvc::netlink
