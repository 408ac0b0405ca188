// SPDX-License-Identifier: Apache-2.0
//
// PutRule: statements → expressions of the kernel's little virtual machine. What the statements
// read goes to registers from the first on, packed as in a set's key, so a lookup starts at the
// first.
#include "src/netlink/encode_rule.h"

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "src/netlink/userdata.h"
#include "src/nft/ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;
using nft::Field;

constexpr uint32_t kFirstRegister = NFT_REG_1;

// The register that holds the bytes of a key from `offset` on.
uint32_t RegisterAt(size_t offset) {
  return offset == 0 ? kFirstRegister : NFT_REG32_00 + static_cast<uint32_t>(offset / 4);
}

// Writes expressions to the end of a rule. One overload of operator() for each kind of statement,
// under the nft text that it stands for.
class RuleWriter {
 public:
  RuleWriter(nftnl_rule* rule, Family family) : rule_(rule), family_(family) {}

  // ip saddr != 10.0.0.0/8
  void operator()(const nft::MatchAddress& s) {
    const std::span<const uint8_t> address = s.prefix.address().bytes();
    const size_t bits = s.prefix.length();
    // A prefix of whole bytes is a comparison of those bytes; else the others are masked away.
    const bool whole_bytes = bits % 8 == 0 && bits > 0;
    const size_t size = whole_bytes ? bits / 8 : address.size();
    LoadPayload(NFT_PAYLOAD_NETWORK_HEADER, AddressOffset(s.field), size, kFirstRegister);
    if (!whole_bytes) {
      std::array<uint8_t, 16> mask{};
      std::fill_n(mask.begin(), bits / 8, 0xff);
      if (bits % 8 != 0) mask[bits / 8] = static_cast<uint8_t>(0xff << (8 - bits % 8));
      Mask({mask.data(), size});
    }
    Compare(s.negate ? NFT_CMP_NEQ : NFT_CMP_EQ, address.first(size));
  }

  // iifname "cbr0", iifname != "veth*"
  void operator()(const nft::MatchInterface& s) {
    LoadMeta(NFT_META_IIFNAME, kFirstRegister);
    std::array<uint8_t, IFNAMSIZ> name{};
    const size_t length = std::min(s.name.size(), name.size() - 1);
    std::copy_n(s.name.begin(), length, name.begin());
    Compare(s.negate ? NFT_CMP_NEQ : NFT_CMP_EQ, {name.data(), s.is_prefix ? length : name.size()});
  }

  // ct state new
  void operator()(const nft::MatchNew&) {
    LoadConntrack(NFT_CT_STATE);
    MatchBits(NFT_CMP_NEQ, NF_CT_STATE_BIT(IP_CT_NEW));
  }

  // ct status dnat, ct status ! dnat
  void operator()(const nft::MatchDnat& s) {
    LoadConntrack(NFT_CT_STATUS);
    MatchBits(s.negate ? NFT_CMP_EQ : NFT_CMP_NEQ, IPS_DST_NAT);
  }

  // meta mark & 0x00004000 != 0x00000000
  void operator()(const nft::MatchMark& s) {
    LoadMeta(NFT_META_MARK, kFirstRegister);
    MatchBits(NFT_CMP_NEQ, s.bits);
  }

  // fib saddr type local
  void operator()(const nft::MatchLocal& s) {
    nftnl_expr* fib = Add("fib");
    nftnl_expr_set_u32(fib, NFTNL_EXPR_FIB_DREG, kFirstRegister);
    nftnl_expr_set_u32(fib, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
    nftnl_expr_set_u32(fib, NFTNL_EXPR_FIB_FLAGS,
                       s.field == Field::kSaddr ? NFTA_FIB_F_SADDR : NFTA_FIB_F_DADDR);
    CompareNumber(NFT_CMP_EQ, RTN_LOCAL);
  }

  // ip saddr . ip daddr @hairpin
  void operator()(const nft::MatchSet& s) {
    LoadKey(s.key, nft::DeclarationOf(s.set).interval);
    nftnl_expr* lookup = AddLookup(s.set);
    if (s.negate) nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
  }

  // ip daddr . meta l4proto . th dport vmap @services
  void operator()(const nft::Vmap& s) {
    LoadKey(s.key);
    nftnl_expr_set_u32(AddLookup(s.map), NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT);
  }

  // dnat ip to ip daddr . meta l4proto . th dport . numgen random mod 3 map @endpoints
  void operator()(const nft::DnatToMap& s) {
    LoadKey(s.key);
    nftnl_expr_set_u32(AddLookup(s.map), NFTNL_EXPR_LOOKUP_DREG, kFirstRegister);
    nftnl_expr* nat = Add("nat");
    nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
    nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_FAMILY,
                       family_ == Family::kIPv4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
    nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_ADDR_MIN, kFirstRegister);
    nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_PROTO_MIN,
                       RegisterAt(nft::FieldSize(Field::kDaddr, family_)));
  }

  // masquerade, masquerade fully-random
  void operator()(const nft::Masquerade& s) {
    nftnl_expr* masquerade = Add("masq");
    if (s.fully_random) {
      nftnl_expr_set_u32(masquerade, NFTNL_EXPR_MASQ_FLAGS, NF_NAT_RANGE_PROTO_RANDOM_FULLY);
    }
  }

  // meta mark set meta mark | 0x00004000
  void operator()(const nft::SetMark& s) { ChangeMark(~s.bits, s.bits); }

  // meta mark set meta mark ^ 0x00004000
  void operator()(const nft::FlipMark& s) { ChangeMark(~uint32_t{0}, s.bits); }

  // goto random-3
  void operator()(const nft::Goto& s) { AddVerdict(NFT_GOTO, s.chain); }

  // jump services
  void operator()(const nft::Jump& s) { AddVerdict(NFT_JUMP, s.chain); }

  // drop
  void operator()(const nft::Drop&) { AddVerdict(NF_DROP, ""); }

  // reject
  void operator()(const nft::Reject&) {
    constexpr uint8_t kIcmpPortUnreachable = 3, kIcmpv6PortUnreachable = 4;  // RFC 792, RFC 4443
    nftnl_expr* reject = Add("reject");
    nftnl_expr_set_u32(reject, NFTNL_EXPR_REJECT_TYPE, NFT_REJECT_ICMP_UNREACH);
    nftnl_expr_set_u8(reject, NFTNL_EXPR_REJECT_CODE,
                      family_ == Family::kIPv4 ? kIcmpPortUnreachable : kIcmpv6PortUnreachable);
  }

 private:
  nftnl_expr* Add(const char* name) {
    nftnl_expr* expression = nftnl_expr_alloc(name);
    if (expression == nullptr) throw std::bad_alloc();
    nftnl_rule_add_expr(rule_, expression);
    return expression;
  }

  size_t AddressOffset(Field field) const {  // RFC 791, RFC 8200
    if (family_ == Family::kIPv4) return field == Field::kSaddr ? 12 : 16;
    return field == Field::kSaddr ? 8 : 24;
  }

  void LoadPayload(uint32_t header, size_t offset, size_t size, uint32_t destination) {
    nftnl_expr* payload = Add("payload");
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_BASE, header);
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_OFFSET, static_cast<uint32_t>(offset));
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_LEN, static_cast<uint32_t>(size));
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_DREG, destination);
  }

  void LoadMeta(uint32_t key, uint32_t destination) {
    nftnl_expr* meta = Add("meta");
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, key);
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_DREG, destination);
  }

  void LoadConntrack(uint32_t key) {
    nftnl_expr* ct = Add("ct");
    nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_KEY, key);
    nftnl_expr_set_u32(ct, NFTNL_EXPR_CT_DREG, kFirstRegister);
  }

  void LoadNumgen(const nft::Selector& selector, uint32_t destination) {
    nftnl_expr* numgen = Add("numgen");
    nftnl_expr_set_u32(numgen, NFTNL_EXPR_NG_DREG, destination);
    nftnl_expr_set_u32(numgen, NFTNL_EXPR_NG_MODULUS, selector.modulus);
    nftnl_expr_set_u32(numgen, NFTNL_EXPR_NG_TYPE, NFT_NG_RANDOM);
    nftnl_expr_set_u32(numgen, NFTNL_EXPR_NG_OFFSET, selector.offset);
  }

  void Load(const nft::Selector& selector, uint32_t destination) {
    switch (selector.field) {
      case Field::kSaddr:
      case Field::kDaddr:
        return LoadPayload(NFT_PAYLOAD_NETWORK_HEADER, AddressOffset(selector.field),
                           nft::FieldSize(selector.field, family_), destination);
      case Field::kL4Proto:
        return LoadMeta(NFT_META_L4PROTO, destination);
      case Field::kDport:  // at byte 2 in TCP, UDP and SCTP alike
        return LoadPayload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, sizeof(uint16_t), destination);
      case Field::kNumgenRandom:
        return LoadNumgen(selector, destination);
    }
  }

  void LoadKey(const nft::Selectors& key, bool interval = false) {
    size_t offset = 0;
    for (const nft::Selector& selector : key) {
      Load(selector, RegisterAt(offset));
      if (interval && selector.field == Field::kL4Proto) SwapNothing(RegisterAt(offset));
      offset += nft::FieldSize(selector.field, family_);
    }
  }

  // nft swaps numbers in the host's order for lookups of ranges, even one of a single byte, where
  // the kernel finds nothing to do. It is here so that our rules are those that nft would make.
  void SwapNothing(uint32_t in_register) {
    nftnl_expr* byteorder = Add("byteorder");
    nftnl_expr_set_u32(byteorder, NFTNL_EXPR_BYTEORDER_SREG, in_register);
    nftnl_expr_set_u32(byteorder, NFTNL_EXPR_BYTEORDER_DREG, in_register);
    nftnl_expr_set_u32(byteorder, NFTNL_EXPR_BYTEORDER_OP, NFT_BYTEORDER_HTON);
    nftnl_expr_set_u32(byteorder, NFTNL_EXPR_BYTEORDER_LEN, 1);
    nftnl_expr_set_u32(byteorder, NFTNL_EXPR_BYTEORDER_SIZE, 2);
  }

  // register = (register & mask) ^ flip
  void Bitwise(std::span<const uint8_t> mask, std::span<const uint8_t> flip) {
    nftnl_expr* bitwise = Add("bitwise");
    const uint32_t size = static_cast<uint32_t>(mask.size());
    nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_SREG, kFirstRegister);
    nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_DREG, kFirstRegister);
    nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
    nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_LEN, size);
    nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_MASK, mask.data(), size);
    nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_XOR, flip.data(), size);
  }

  void Mask(std::span<const uint8_t> mask) {
    constexpr std::array<uint8_t, 16> kZeros{};
    Bitwise(mask, {kZeros.data(), mask.size()});
  }

  void Compare(uint32_t operation, std::span<const uint8_t> with) {
    nftnl_expr* compare = Add("cmp");
    nftnl_expr_set_u32(compare, NFTNL_EXPR_CMP_SREG, kFirstRegister);
    nftnl_expr_set_u32(compare, NFTNL_EXPR_CMP_OP, operation);
    nftnl_expr_set(compare, NFTNL_EXPR_CMP_DATA, with.data(), static_cast<uint32_t>(with.size()));
  }

  static std::span<const uint8_t> BytesOf(const uint32_t& number) {
    return {reinterpret_cast<const uint8_t*>(&number), sizeof(number)};
  }

  void CompareNumber(uint32_t operation, uint32_t with) { Compare(operation, BytesOf(with)); }

  // Compares the number's `bits`, masked, with zero.
  void MatchBits(uint32_t operation, uint32_t bits) {
    Mask(BytesOf(bits));
    CompareNumber(operation, 0);
  }

  void ChangeMark(uint32_t mask, uint32_t flip) {
    LoadMeta(NFT_META_MARK, kFirstRegister);
    Bitwise(BytesOf(mask), BytesOf(flip));
    nftnl_expr* meta = Add("meta");
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, NFT_META_MARK);
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_SREG, kFirstRegister);
  }

  // By name, which in a batch finds the set that the batch made last.
  nftnl_expr* AddLookup(nft::SetId set) {
    nftnl_expr* lookup = Add("lookup");
    nftnl_expr_set_u32(lookup, NFTNL_EXPR_LOOKUP_SREG, kFirstRegister);
    nftnl_expr_set_str(lookup, NFTNL_EXPR_LOOKUP_SET,
                       std::string(nft::DeclarationOf(set).name).c_str());
    return lookup;
  }

  void AddVerdict(int verdict, const std::string& chain) {
    nftnl_expr* immediate = Add("immediate");
    nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
    nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_VERDICT, static_cast<uint32_t>(verdict));
    if (!chain.empty()) nftnl_expr_set_str(immediate, NFTNL_EXPR_IMM_CHAIN, chain.c_str());
  }

  nftnl_rule* rule_;
  Family family_;
};

}  // namespace

void PutRule(nlmsghdr* message, const nft::Rule& rule, absl::string_view chain, Family family) {
  struct Free {
    void operator()(nftnl_rule* r) const { nftnl_rule_free(r); }
  };
  const std::unique_ptr<nftnl_rule, Free> encoded(nftnl_rule_alloc());
  if (encoded == nullptr) throw std::bad_alloc();
  nftnl_rule_set_str(encoded.get(), NFTNL_RULE_TABLE, nft::kTableName);
  nftnl_rule_set_str(encoded.get(), NFTNL_RULE_CHAIN, std::string(chain).c_str());

  const uint64_t digest = nft::RuleDigest(rule, family);
  std::vector<uint8_t> userdata;
  AppendRecord(userdata, kRuleDigest, {reinterpret_cast<const uint8_t*>(&digest), sizeof(digest)});
  nftnl_rule_set_data(encoded.get(), NFTNL_RULE_USERDATA, userdata.data(),
                      static_cast<uint32_t>(userdata.size()));

  RuleWriter writer(encoded.get(), family);
  for (const nft::Statement& statement : rule) std::visit(writer, statement);
  nftnl_rule_nlmsg_build_payload(message, encoded.get());
}

}  // namespace nftsvc::netlink
