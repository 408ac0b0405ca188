// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/parse_address.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "src/model/build_addresses.h"
#include "src/model/quoted.h"

namespace nftsvc::kubernetes {
namespace {

using base::Family;
using base::IpAddress;
using base::IpPrefix;

constexpr uint8_t kMappedBits = 96;  // ::ffff:0:0/96, RFC 4291 section 2.5.5.2

bool IsDigit(char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); }

// Of each number, also of hexadecimal ones and prefix lengths. Of a zero, one digit stays.
std::string WithoutLeadingZeros(absl::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool leading = true;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool ends_number = i + 1 == text.size() || !IsDigit(text[i + 1]);
    if (leading && text[i] == '0' && !ends_number) continue;
    leading = !IsDigit(text[i]);
    result.push_back(text[i]);
  }
  return result;
}

bool IsMapped(const IpAddress& address) {
  const auto bytes = address.bytes();
  return address.family() == Family::kIPv6 && bytes[10] == 0xff && bytes[11] == 0xff &&
         std::all_of(bytes.begin(), bytes.begin() + 10, [](uint8_t byte) { return byte == 0; });
}

IpAddress Unmapped(const IpAddress& address) {
  if (!IsMapped(address)) return address;
  return IpAddress::FromBytes(Family::kIPv4, address.bytes().subspan(kMappedBits / 8));
}

}  // namespace

std::optional<IpAddress> ParseAddress(absl::string_view text) {
  const std::optional<IpAddress> address = IpAddress::Parse(WithoutLeadingZeros(text));
  if (!address.has_value()) return std::nullopt;
  return Unmapped(*address);
}

std::optional<IpPrefix> ParsePrefix(absl::string_view text) {
  if (!absl::StrContains(text, '/')) return std::nullopt;
  const std::optional<IpPrefix> prefix = IpPrefix::Parse(WithoutLeadingZeros(text));
  if (!prefix.has_value() || prefix->length() < kMappedBits || !IsMapped(prefix->address())) {
    return prefix;
  }
  return IpPrefix(Unmapped(prefix->address()), prefix->length() - kMappedBits);
}

std::optional<IpAddress> ReadAddress(absl::string_view text, const model::Path& path,
                                     model::IssueCollector& issues) {
  const std::optional<IpAddress> address = ParseAddress(text);
  return model::BuildAddress(address.has_value() ? address->ToString() : std::string(text), path,
                             issues);
}

std::optional<IpPrefix> ReadPrefix(absl::string_view text, const model::Path& path,
                                   model::IssueCollector& issues) {
  const std::optional<IpPrefix> prefix = ParsePrefix(text);
  if (!prefix.has_value()) issues.Add(path, model::Quoted{text}, " is not a CIDR");
  return prefix;
}

}  // namespace nftsvc::kubernetes
