// SPDX-License-Identifier: Apache-2.0
#include "src/base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace nftsvc::base {
namespace {

// inet_pton(3) and inet_ntop(3) took a tenth of a push of many endpoints: of IPv4, these two do
// without them.

bool ParseIPv4(absl::string_view text, uint8_t* bytes) {
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && (at == end || *at++ != '.')) return false;
    const char* const first = at;
    unsigned number = 0;
    for (; at < end && at < first + 3 && *at >= '0' && *at <= '9'; ++at) {
      number = 10 * number + static_cast<unsigned>(*at - '0');
    }
    if (at == first || number > UINT8_MAX || (*first == '0' && at > first + 1)) return false;
    bytes[i] = static_cast<uint8_t>(number);
  }
  return at == end;
}

char* PrintNumber(unsigned number, char* to) {
  constexpr size_t kDigits = 5;
  return std::to_chars(to, to + kDigits, number).ptr;
}

// Requires room for INET6_ADDRSTRLEN bytes.
char* Print(const IpAddress& address, char* to) {
  const std::span<const uint8_t> bytes = address.bytes();
  if (address.family() == Family::kIPv6) {
    inet_ntop(AF_INET6, bytes.data(), to, INET6_ADDRSTRLEN);
    return to + std::strlen(to);
  }
  to = PrintNumber(bytes[0], to);
  for (const uint8_t byte : bytes.subspan(1)) {
    *to++ = '.';
    to = PrintNumber(byte, to);
  }
  return to;
}

}  // namespace

IpAddress IpAddress::FromBytes(Family family, std::span<const uint8_t> bytes) {
  IpAddress address;
  address.family_ = family;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

std::optional<IpAddress> IpAddress::Parse(absl::string_view text) {
  IpAddress address;
  if (ParseIPv4(text, address.bytes_.data())) return address;
  // The longest address text is INET6_ADDRSTRLEN with its NUL; inet_pton(3) wants that NUL.
  char buffer[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof(buffer) || text.find('\0') != absl::string_view::npos) {
    return std::nullopt;
  }
  *std::copy(text.begin(), text.end(), buffer) = '\0';
  address.family_ = Family::kIPv6;
  if (inet_pton(AF_INET6, buffer, address.bytes_.data()) != 1) return std::nullopt;
  return address;
}

bool IpAddress::is_unspecified() const {
  constexpr std::array<uint8_t, 16> kZeros{};
  return bytes_ == kZeros;
}

bool IpAddress::is_loopback() const {
  if (family_ == Family::kIPv4) return bytes_[0] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_multicast() const {
  return family_ == Family::kIPv4 ? (bytes_[0] & 0xf0) == 0xe0 : bytes_[0] == 0xff;
}

bool IpAddress::is_link_local() const {
  if (family_ == Family::kIPv4) return bytes_[0] == 169 && bytes_[1] == 254;
  return bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

std::string IpAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> text;
  return {text.data(), Print(*this, text.data())};
}

IpAddress Unspecified(Family family) {
  constexpr std::array<uint8_t, 16> kZeros{};
  return IpAddress::FromBytes(family, {kZeros.data(), family == Family::kIPv4 ? size_t{4} : 16});
}

HostPortText::HostPortText(const IpAddress& address, uint16_t port) {
  char* end = text_.data();
  const bool brackets = address.family() == Family::kIPv6;
  if (brackets) *end++ = '[';
  end = Print(address, end);
  if (brackets) *end++ = ']';
  *end++ = ':';
  end = PrintNumber(port, end);
  size_ = static_cast<uint8_t>(end - text_.data());
}

std::string HostPort(const IpAddress& address, uint16_t port) {
  return std::string(HostPortText(address, port).view());
}

}  // namespace nftsvc::base
