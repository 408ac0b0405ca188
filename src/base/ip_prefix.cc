// SPDX-License-Identifier: Apache-2.0
#include "src/base/ip_prefix.h"

#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace nftsvc::base {
namespace {

IpAddress Masked(const IpAddress& address, uint8_t length) {
  std::array<uint8_t, 16> bytes{};
  const auto from = address.bytes();
  for (size_t i = 0; i < from.size(); ++i) {
    const int bits = std::clamp(static_cast<int>(length) - static_cast<int>(i) * 8, 0, 8);
    bytes[i] = from[i] & static_cast<uint8_t>(0xff00 >> bits);
  }
  return IpAddress::FromBytes(address.family(), {bytes.data(), from.size()});
}

}  // namespace

IpPrefix::IpPrefix(const IpAddress& address, uint8_t length)
    : address_(Masked(address, length)), length_(length) {}

std::optional<IpPrefix> IpPrefix::Parse(absl::string_view text) {
  const size_t slash = text.find('/');
  const std::optional<IpAddress> address = IpAddress::Parse(text.substr(0, slash));
  if (!address.has_value()) return std::nullopt;
  const uint32_t bits = static_cast<uint32_t>(address->bytes().size()) * 8;
  uint32_t length = bits;
  if (slash != absl::string_view::npos) {
    const absl::string_view digits = text.substr(slash + 1);
    const bool plain = !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
    const bool octal = digits.size() > 1 && digits[0] == '0';  // to some readers, as in addresses
    if (!plain || octal || !absl::SimpleAtoi(digits, &length) || length > bits) return std::nullopt;
  }
  return IpPrefix(*address, static_cast<uint8_t>(length));
}

IpAddress IpPrefix::LastAddress() const {
  std::array<uint8_t, 16> bytes{};
  const auto first = address_.bytes();
  for (size_t i = 0; i < first.size(); ++i) {
    const int bits = std::clamp(static_cast<int>(length_) - static_cast<int>(i) * 8, 0, 8);
    bytes[i] = first[i] | static_cast<uint8_t>(0xff >> bits);
  }
  return IpAddress::FromBytes(family(), {bytes.data(), first.size()});
}

bool IpPrefix::Contains(const IpAddress& address) const {
  return address.family() == family() && Masked(address, length_) == address_;
}

bool IpPrefix::Contains(const IpPrefix& other) const {
  return other.length_ >= length_ && Contains(other.address_);
}

std::string IpPrefix::ToString() const {
  if (is_single_address()) return address_.ToString();
  return absl::StrCat(address_.ToString(), "/", length_);
}

}  // namespace nftsvc::base
