// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>

#include "absl/strings/string_view.h"
#include "src/base/family.h"
#include "src/base/ip_address.h"
#include "src/base/shared_text.h"
#include "src/model/snapshot.h"
#include "src/nft/set.h"

namespace nftsvc::nft {

// A short byte string without an allocation: a key, as the kernel holds it, or an element's data.
// The longest is an IPv6 frontend with an IPv6 source: 40 bytes.
class Bytes {
 public:
  static constexpr size_t kCapacity = 40;

  void Append(std::span<const uint8_t> bytes) {
    std::copy(bytes.begin(), bytes.end(), data_.begin() + size_);
    size_ = static_cast<uint8_t>(size_ + bytes.size());
  }
  void AppendZeros(size_t count) { size_ = static_cast<uint8_t>(size_ + count); }

  std::span<const uint8_t> span() const { return {data_.data(), size_}; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  friend auto operator<=>(const Bytes&, const Bytes&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const Bytes& b) {
    return H::combine_contiguous(std::move(h), b.data_.data(), b.size_);
  }

 private:
  std::array<uint8_t, kCapacity> data_{};
  uint8_t size_ = 0;
};

enum class VerdictCode : uint8_t { kNone, kDrop, kGoto };

// Which element of which table.
struct ElementKey {
  base::Family family = base::Family::kIPv4;
  SetId set = SetId::kServices;
  Bytes key;  // for an interval set: the range's first key

  friend auto operator<=>(const ElementKey&, const ElementKey&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const ElementKey& k) {
    return H::combine(std::move(h), k.family, k.set, k.key);
  }
};

// The element `*`, for keys that have none of their own (kernel 5.13): somebody else's, in any set.
inline bool IsCatchAll(const ElementKey& id) { return id.key.empty(); }

struct Element {
  ElementKey id;
  Bytes value;  // kEndpoint maps: address and port; interval sets: the range's last key; else empty
  VerdictCode verdict = VerdictCode::kNone;  // kVerdict maps
  base::SharedText chain;                    // of a kGoto
  base::SharedText comment;                  // at most kMaxComment bytes

  friend bool operator==(const Element&, const Element&) = default;
};

// Whether the element goes to a chain that says how to pick, or refuses: one that several services
// may share.
inline bool GoesToSharedChain(const Element& element) {
  return element.verdict == VerdictCode::kGoto && element.id.set != SetId::kEndpointChains &&
         element.id.set != SetId::kNodePortEndpointChains;
}

// What an element with a counter has counted. In a nat chain: connections, and the bytes of their
// first packets.
struct Counter {
  uint64_t packets = 0;
  uint64_t bytes = 0;

  friend bool operator==(const Counter&, const Counter&) = default;
};

// libnftnl's limit on a comment is 128 bytes with its NUL (NFTNL_UDATA_COMMENT_MAXLEN).
inline constexpr size_t kMaxComment = 127;

// `text` as it may stand in a comment: cut to kMaxComment bytes at the edge of a UTF-8 character,
// and with '_' for what nft's quoted strings cannot hold (quotes, backslashes, control characters).
std::string CommentOf(absl::string_view text);

// Keys of the sets, in the kernel's layout.
Bytes AddressKey(const base::IpAddress& address);
Bytes PortKey(base::Protocol protocol, uint16_t port);
Bytes FrontendKey(const model::FrontendKey& frontend);  // a node port's has no address
Bytes SlotKey(const model::FrontendKey& frontend, uint32_t slot);
Bytes EndpointValue(const base::IpAddress& address, uint16_t port);

// The address that fills the first bytes of a key or value.
base::IpAddress AddressIn(base::Family family, const Bytes& bytes);

// The port that a field at this offset holds.
uint16_t PortAt(const Bytes& bytes, size_t offset);

// Reads the slot at the end of a key, and the frontend before it. Requires: not of a catch-all
// element.
uint32_t SlotIn(const Bytes& key);
model::FrontendKey FrontendIn(const ElementKey& element);

}  // namespace nftsvc::nft
