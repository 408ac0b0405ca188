// SPDX-License-Identifier: Apache-2.0
#include "src/base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace nftsvc::base {

IpAddress IpAddress::FromBytes(Family family, std::span<const uint8_t> bytes) {
  IpAddress address;
  address.family_ = family;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

std::optional<IpAddress> IpAddress::Parse(absl::string_view text) {
  // The longest address text is INET6_ADDRSTRLEN with its NUL; inet_pton(3) wants that NUL.
  char buffer[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof(buffer) || text.find('\0') != absl::string_view::npos) {
    return std::nullopt;
  }
  *std::copy(text.begin(), text.end(), buffer) = '\0';
  IpAddress address;
  address.family_ = text.find(':') == absl::string_view::npos ? Family::kIPv4 : Family::kIPv6;
  const int af = address.family_ == Family::kIPv4 ? AF_INET : AF_INET6;
  if (inet_pton(af, buffer, address.bytes_.data()) != 1) return std::nullopt;
  return address;
}

bool IpAddress::is_unspecified() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t byte) { return byte == 0; });
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
  // inet_ntop(3) goes through sprintf(3), which took a tenth of a push of many endpoints.
  if (family_ == Family::kIPv4) {
    return absl::StrCat(bytes_[0], ".", bytes_[1], ".", bytes_[2], ".", bytes_[3]);
  }
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, bytes_.data(), buffer, sizeof(buffer));
  return buffer;
}

IpAddress Unspecified(Family family) {
  constexpr std::array<uint8_t, 16> kZeros{};
  return IpAddress::FromBytes(family, {kZeros.data(), family == Family::kIPv4 ? size_t{4} : 16});
}

std::string HostPort(const IpAddress& address, uint16_t port) {
  if (address.family() == Family::kIPv4) return absl::StrCat(address.ToString(), ":", port);
  return absl::StrCat("[", address.ToString(), "]:", port);
}

}  // namespace nftsvc::base
