// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/expressions.h"

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter/nf_tables.h>

#include <array>
#include <new>
#include <string>

namespace nftsvc::netlink {
namespace {

// Four registers of 16 bytes are also sixteen of 4, under other numbers.
uint32_t RegisterAt(size_t offset) { return NFT_REG32_00 + static_cast<uint32_t>(offset / 4); }

const uint32_t kFirst = RegisterAt(0);

std::span<const uint8_t> BytesOf(const uint32_t& number) {
  return {reinterpret_cast<const uint8_t*>(&number), sizeof(number)};
}

void SetBytes(nftnl_expr* expression, uint16_t attribute, std::span<const uint8_t> bytes) {
  nftnl_expr_set(expression, attribute, bytes.data(), static_cast<uint32_t>(bytes.size()));
}

}  // namespace

nftnl_expr* Expressions::Add(const char* name) {
  nftnl_expr* expression = nftnl_expr_alloc(name);
  if (expression == nullptr) throw std::bad_alloc();
  nftnl_rule_add_expr(rule_, expression);
  return expression;
}

void Expressions::LoadPayload(uint32_t header, size_t offset, size_t size, size_t to) {
  nftnl_expr* payload = Add("payload");
  nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_BASE, header);
  nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_OFFSET, static_cast<uint32_t>(offset));
  nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_LEN, static_cast<uint32_t>(size));
  nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_DREG, RegisterAt(to));
}

void Expressions::LoadMeta(uint32_t key, size_t to) {
  nftnl_expr* meta = Add("meta");
  nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, key);
  nftnl_expr_set_u32(meta, NFTNL_EXPR_META_DREG, RegisterAt(to));
}

void Expressions::LoadConntrack(uint32_t key) {
  nftnl_expr* ct = Add("ct");
  nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_KEY, key);
  nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_DREG, kFirst);
}

void Expressions::LoadAddressType(uint32_t flags) {
  nftnl_expr* fib = Add("fib");
  nftnl_expr_set_u32(fib, NFTNL_EXPR_FIB_DREG, kFirst);
  nftnl_expr_set_u32(fib, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
  nftnl_expr_set_u32(fib, NFTNL_EXPR_FIB_FLAGS, flags);
}

void Expressions::LoadNumber(uint32_t type, uint32_t modulus, uint32_t offset, size_t to) {
  nftnl_expr* numgen = Add("numgen");
  nftnl_expr_set_u32(numgen, NFTNL_EXPR_NG_DREG, RegisterAt(to));
  nftnl_expr_set_u32(numgen, NFTNL_EXPR_NG_MODULUS, modulus);
  nftnl_expr_set_u32(numgen, NFTNL_EXPR_NG_TYPE, type);
  nftnl_expr_set_u32(numgen, NFTNL_EXPR_NG_OFFSET, offset);
}

void Expressions::LoadHash(size_t from, size_t size, uint32_t seed, uint32_t modulus,
                           uint32_t offset, size_t to) {
  nftnl_expr* hash = Add("hash");
  nftnl_expr_set_u32(hash, NFTNL_EXPR_HASH_TYPE, NFT_HASH_JENKINS);
  nftnl_expr_set_u32(hash, NFTNL_EXPR_HASH_SREG, RegisterAt(from));
  nftnl_expr_set_u32(hash, NFTNL_EXPR_HASH_LEN, static_cast<uint32_t>(size));
  nftnl_expr_set_u32(hash, NFTNL_EXPR_HASH_DREG, RegisterAt(to));
  nftnl_expr_set_u32(hash, NFTNL_EXPR_HASH_MODULUS, modulus);
  nftnl_expr_set_u32(hash, NFTNL_EXPR_HASH_SEED, seed);
  nftnl_expr_set_u32(hash, NFTNL_EXPR_HASH_OFFSET, offset);
}

void Expressions::LoadBytes(std::span<const uint8_t> bytes, size_t to) {
  nftnl_expr* immediate = Add("immediate");
  nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_DREG, RegisterAt(to));
  SetBytes(immediate, NFTNL_EXPR_IMM_DATA, bytes);
}

void Expressions::Update(absl::string_view map, size_t data, uint64_t timeout_milliseconds) {
  nftnl_expr* update = Add("dynset");
  nftnl_expr_set_u32(update, NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_UPDATE);
  nftnl_expr_set_str(update, NFTNL_EXPR_DYNSET_SET_NAME, std::string(map).c_str());
  nftnl_expr_set_u32(update, NFTNL_EXPR_DYNSET_SREG_KEY, kFirst);
  nftnl_expr_set_u32(update, NFTNL_EXPR_DYNSET_SREG_DATA, RegisterAt(data));
  nftnl_expr_set_u64(update, NFTNL_EXPR_DYNSET_TIMEOUT, timeout_milliseconds);
}

void Expressions::Bitwise(std::span<const uint8_t> mask, std::span<const uint8_t> flip) {
  nftnl_expr* bitwise = Add("bitwise");
  nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_SREG, kFirst);
  nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_DREG, kFirst);
  nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
  nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_LEN, static_cast<uint32_t>(mask.size()));
  SetBytes(bitwise, NFTNL_EXPR_BITWISE_MASK, mask);
  SetBytes(bitwise, NFTNL_EXPR_BITWISE_XOR, flip);
}

void Expressions::Bitwise(uint32_t mask, uint32_t flip) { Bitwise(BytesOf(mask), BytesOf(flip)); }

void Expressions::Mask(std::span<const uint8_t> mask) {
  constexpr std::array<uint8_t, 16> kZeros{};
  Bitwise(mask, {kZeros.data(), mask.size()});
}

void Expressions::HostToNetwork(size_t in, uint32_t length, uint32_t size) {
  nftnl_expr* byteorder = Add("byteorder");
  nftnl_expr_set_u32(byteorder, NFTNL_EXPR_BYTEORDER_SREG, RegisterAt(in));
  nftnl_expr_set_u32(byteorder, NFTNL_EXPR_BYTEORDER_DREG, RegisterAt(in));
  nftnl_expr_set_u32(byteorder, NFTNL_EXPR_BYTEORDER_OP, NFT_BYTEORDER_HTON);
  nftnl_expr_set_u32(byteorder, NFTNL_EXPR_BYTEORDER_LEN, length);
  nftnl_expr_set_u32(byteorder, NFTNL_EXPR_BYTEORDER_SIZE, size);
}

void Expressions::Compare(uint32_t operation, std::span<const uint8_t> with) {
  nftnl_expr* compare = Add("cmp");
  nftnl_expr_set_u32(compare, NFTNL_EXPR_CMP_SREG, kFirst);
  nftnl_expr_set_u32(compare, NFTNL_EXPR_CMP_OP, operation);
  SetBytes(compare, NFTNL_EXPR_CMP_DATA, with);
}

void Expressions::Compare(uint32_t operation, uint32_t with) { Compare(operation, BytesOf(with)); }

nftnl_expr* Expressions::AddLookup(absl::string_view set) {
  nftnl_expr* lookup = Add("lookup");
  nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_SREG, kFirst);
  nftnl_expr_set_str(lookup, NFTNL_EXPR_LOOKUP_SET, std::string(set).c_str());
  return lookup;
}

void Expressions::Lookup(absl::string_view set, bool negate) {
  nftnl_expr* lookup = AddLookup(set);
  if (negate) nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
}

void Expressions::Map(absl::string_view map) {
  nftnl_expr_set_u32(AddLookup(map), NFTNL_EXPR_LOOKUP_DREG, kFirst);
}

void Expressions::Vmap(absl::string_view map) {
  nftnl_expr_set_u32(AddLookup(map), NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT);
}

void Expressions::StoreMeta(uint32_t key) {
  nftnl_expr* meta = Add("meta");
  nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, key);
  nftnl_expr_set_u32(meta, NFTNL_EXPR_META_SREG, kFirst);
}

void Expressions::Verdict(int32_t code, absl::string_view chain) {
  nftnl_expr* immediate = Add("immediate");
  nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
  nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_VERDICT, static_cast<uint32_t>(code));
  if (chain.empty()) return;
  nftnl_expr_set_str(immediate, NFTNL_EXPR_IMM_CHAIN, std::string(chain).c_str());
}

void Expressions::Dnat(uint32_t family, size_t address, size_t port) {
  nftnl_expr* nat = Add("nat");
  nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
  nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_FAMILY, family);
  nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_ADDR_MIN, RegisterAt(address));
  nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_PROTO_MIN, RegisterAt(port));
}

void Expressions::Masquerade(uint32_t flags) {
  nftnl_expr* masquerade = Add("masq");
  if (flags != 0) nftnl_expr_set_u32(masquerade, NFTNL_EXPR_MASQ_FLAGS, flags);
}

void Expressions::Reject(uint32_t type, uint8_t code) {
  nftnl_expr* reject = Add("reject");
  nftnl_expr_set_u32(reject, NFTNL_EXPR_REJECT_TYPE, type);
  nftnl_expr_set_u8(reject, NFTNL_EXPR_REJECT_CODE, code);
}

}  // namespace nftsvc::netlink
