// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "absl/strings/string_view.h"
#include "src/base/family.h"

namespace nftsvc::base {

// An IPv4 or IPv6 address. A value: copyable, ordered (IPv4 before IPv6, then by bytes), hashable.
//
//   std::optional<IpAddress> address = IpAddress::Parse("10.0.0.1");
//
// An IPv4-mapped IPv6 address (::ffff:10.0.0.1) stays IPv6: packets that carry it are IPv6 packets.
class IpAddress {
 public:
  // 0.0.0.0.
  constexpr IpAddress() = default;

  // Requires: 4 bytes for IPv4, 16 for IPv6, in network order.
  static IpAddress FromBytes(Family family, std::span<const uint8_t> bytes);

  // Reads dotted decimal (no leading zeros: some readers take them for octal) or RFC 4291 text
  // without a zone. Nothing when the text is anything else.
  static std::optional<IpAddress> Parse(absl::string_view text);

  Family family() const { return family_; }

  // 4 or 16 bytes in network order.
  std::span<const uint8_t> bytes() const {
    return {bytes_.data(), family_ == Family::kIPv4 ? size_t{4} : size_t{16}};
  }

  bool is_unspecified() const;  // 0.0.0.0, ::
  bool is_loopback() const;     // 127.0.0.0/8, ::1
  bool is_multicast() const;    // 224.0.0.0/4, ff00::/8
  bool is_link_local() const;   // 169.254.0.0/16, fe80::/10

  // Canonical text: RFC 5952 for IPv6, as inet_ntop(3) and nft print it.
  std::string ToString() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const IpAddress& a) {
    return H::combine_contiguous(H::combine(std::move(h), a.family_), a.bytes_.data(),
                                 a.bytes_.size());
  }

 private:
  Family family_ = Family::kIPv4;
  std::array<uint8_t, 16> bytes_{};  // IPv4 uses the first four; the rest stay zero
};

// 0.0.0.0 or ::.
IpAddress Unspecified(Family family);

// "10.0.0.1:80" or "[fd00::1]:80".
std::string HostPort(const IpAddress& address, uint16_t port);

// The same without an allocation, for those who compare hundreds of thousands.
class HostPortText {
 public:
  HostPortText(const IpAddress& address, uint16_t port);

  absl::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 56> text_;  // the longest are 53 characters
  uint8_t size_ = 0;
};

}  // namespace nftsvc::base
