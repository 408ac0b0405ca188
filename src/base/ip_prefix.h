// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "src/base/ip_address.h"

namespace nftsvc::base {

// An address and the number of its leading bits that count: a CIDR block. Always canonical: the
// bits behind the length are zero, so that two spellings of one block are equal.
class IpPrefix {
 public:
  constexpr IpPrefix() = default;  // 0.0.0.0/0

  // Clears the bits behind `length`. Requires: length <= 32 (IPv4) or 128 (IPv6).
  IpPrefix(const IpAddress& address, uint8_t length);

  // Reads "10.0.0.0/8", or a bare address as the block of that one address. Nothing when the text
  // is anything else.
  static std::optional<IpPrefix> Parse(absl::string_view text);

  const IpAddress& address() const { return address_; }
  uint8_t length() const { return length_; }
  Family family() const { return address_.family(); }

  bool is_single_address() const { return length_ == address_.bytes().size() * 8; }

  IpAddress LastAddress() const;

  bool Contains(const IpAddress& address) const;
  bool Contains(const IpPrefix& other) const;

  // "10.0.0.0/8"; a block of one address prints as that address, as nft prints it.
  std::string ToString() const;

  friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;

 private:
  IpAddress address_;
  uint8_t length_ = 0;
};

}  // namespace nftsvc::base
