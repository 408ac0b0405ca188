// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/strings/string_view.h"

struct nftnl_expr;
struct nftnl_rule;

namespace nftsvc::netlink {

// Writes expressions to the end of a rule: the instructions of the kernel's little virtual machine,
// one method each, with the numbers of <linux/netfilter/nf_tables.h>. A register is named by the
// offset of its first byte in the file of registers, a multiple of 4; what says nothing of
// registers works on the first.
class Expressions {
 public:
  explicit Expressions(nftnl_rule* rule) : rule_(rule) {}

  // What a packet or the system holds goes to a register.
  void LoadPayload(uint32_t header, size_t offset, size_t size, size_t to);
  void LoadMeta(uint32_t key, size_t to);
  void LoadConntrack(uint32_t key);
  void LoadAddressType(uint32_t flags);  // of the fib expression
  // One of the numbers from `offset` on, `modulus` many. `type`: NFT_NG_….
  void LoadNumber(uint32_t type, uint32_t modulus, uint32_t offset, size_t to);

  // Likewise, by what `size` bytes of the registers from `from` on hold.
  void LoadHash(size_t from, size_t size, uint32_t seed, uint32_t modulus, uint32_t offset,
                size_t to);

  // A constant.
  void LoadBytes(std::span<const uint8_t> bytes, size_t to);

  // Updates an element of a dynamic map, or adds it: key from the first register on, data at
  // `data`.
  void Update(absl::string_view map, size_t data, uint64_t timeout_milliseconds);

  // register = (register & mask) ^ flip
  void Bitwise(std::span<const uint8_t> mask, std::span<const uint8_t> flip);
  void Bitwise(uint32_t mask, uint32_t flip);
  void Mask(std::span<const uint8_t> mask);

  // Swaps the bytes of `size` in each of the numbers in `length` bytes.
  void HostToNetwork(size_t in, uint32_t length, uint32_t size);

  // The rule ends here unless they compare so.
  void Compare(uint32_t operation, std::span<const uint8_t> with);
  void Compare(uint32_t operation, uint32_t with);

  // Looks up the registers in a set, by name: within a batch that is the set that the batch made.
  // The rule ends here unless it is found: with Map and Vmap, or with `negate` if it is.
  void Lookup(absl::string_view set, bool negate);
  void Map(absl::string_view map);   // the data goes to the first register
  void Vmap(absl::string_view map);  // the data is the verdict

  void StoreMeta(uint32_t key);
  void Verdict(int32_t code, absl::string_view chain);
  void Dnat(uint32_t family, size_t address, size_t port);
  void Masquerade(uint32_t flags);
  void Reject(uint32_t type, uint8_t code);

 private:
  nftnl_expr* Add(const char* name);
  nftnl_expr* AddLookup(absl::string_view set);

  nftnl_rule* rule_;
};

}  // namespace nftsvc::netlink
