// SPDX-License-Identifier: Apache-2.0
//
// PutRule: statements → expressions. What a statement reads goes to the registers from the first
// on, packed as in a set's key.
#include "src/netlink/encode_rule.h"

#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "src/netlink/expressions.h"
#include "src/netlink/userdata.h"
#include "src/nft/ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;
using nft::Field;

absl::string_view NameOf(nft::SetId set) { return nft::DeclarationOf(set).name; }

// One overload for each kind of statement, under the nft text that it stands for.
class RuleWriter {
 public:
  RuleWriter(nftnl_rule* rule, Family family) : out_(rule), family_(family) {}

  // ip saddr != 10.0.0.0/8
  void operator()(const nft::MatchAddress& s) {
    const std::span<const uint8_t> address = s.prefix.address().bytes();
    const size_t bits = s.prefix.length();
    // A prefix of whole bytes is a comparison of those bytes; else the others are masked away.
    const bool whole_bytes = bits % 8 == 0 && bits > 0;
    const size_t size = whole_bytes ? bits / 8 : address.size();
    out_.LoadPayload(NFT_PAYLOAD_NETWORK_HEADER, AddressOffset(s.field), size, 0);
    if (!whole_bytes) {
      std::array<uint8_t, 16> mask{};
      std::fill_n(mask.begin(), bits / 8, 0xff);
      if (bits % 8 != 0) mask[bits / 8] = static_cast<uint8_t>(0xff << (8 - bits % 8));
      out_.Mask({mask.data(), size});
    }
    out_.Compare(s.negate ? NFT_CMP_NEQ : NFT_CMP_EQ, address.first(size));
  }

  // iifname "cbr0", iifname != "veth*"
  void operator()(const nft::MatchInterface& s) {
    std::array<uint8_t, IFNAMSIZ> name{};
    const size_t length = std::min(s.name.size(), name.size() - 1);
    std::copy_n(s.name.begin(), length, name.begin());
    out_.LoadMeta(NFT_META_IIFNAME, 0);
    out_.Compare(s.negate ? NFT_CMP_NEQ : NFT_CMP_EQ,
                 std::span<const uint8_t>(name.data(), s.is_prefix ? length : name.size()));
  }

  // ct status dnat
  void operator()(const nft::MatchDnat&) {
    out_.LoadConntrack(NFT_CT_STATUS);
    MatchBits(NFT_CMP_NEQ, IPS_DST_NAT);
  }

  // meta mark & 0x00004000 != 0x00000000
  void operator()(const nft::MatchMark& s) {
    out_.LoadMeta(NFT_META_MARK, 0);
    MatchBits(NFT_CMP_NEQ, s.bits);
  }

  // fib saddr type local, fib daddr type != local
  void operator()(const nft::MatchLocal& s) {
    out_.LoadAddressType(s.field == Field::kSaddr ? NFTA_FIB_F_SADDR : NFTA_FIB_F_DADDR);
    out_.Compare(s.negate ? NFT_CMP_NEQ : NFT_CMP_EQ, uint32_t{RTN_LOCAL});
  }

  // meta l4proto tcp
  void operator()(const nft::MatchProtocol& s) {
    const auto number = static_cast<uint8_t>(s.protocol);
    out_.LoadMeta(NFT_META_L4PROTO, 0);
    out_.Compare(NFT_CMP_EQ, std::span<const uint8_t>(&number, 1));
  }

  // ip saddr . ip daddr @hairpin
  void operator()(const nft::MatchSet& s) {
    LoadKey(s.key, nft::DeclarationOf(s.set).interval);
    out_.Lookup(NameOf(s.set), s.negate);
  }

  // ip daddr . meta l4proto . th dport vmap @services
  void operator()(const nft::Vmap& s) {
    LoadKey(s.key, /*interval=*/false);
    out_.Vmap(NameOf(s.map));
  }

  // dnat ip to ip daddr . meta l4proto . th dport . numgen random mod 3 map @endpoints
  void operator()(const nft::DnatToMap& s) {
    LoadKey(s.key, /*interval=*/false);
    out_.Map(NameOf(s.map));
    out_.Dnat(NatFamily(), 0, nft::FieldSize(Field::kDaddr, family_));
  }

  // dnat to 10.0.0.2:8080
  void operator()(const nft::Dnat& s) {
    out_.LoadBytes(s.address.bytes(), 0);
    LoadPort(s.port, kSecond);
    out_.Dnat(NatFamily(), 0, kSecond);
  }

  // ip saddr @affinity-default/web/tcp/80/8080
  void operator()(const nft::MatchKept& s) {
    Load({.field = Field::kSaddr}, 0);
    out_.Lookup(s.map, /*negate=*/false);
  }

  // update @affinity-default/web/tcp/80/8080 { ip saddr timeout 3h : 10.0.0.2 }
  void operator()(const nft::Keep& s) {
    Load({.field = Field::kSaddr}, 0);
    out_.LoadBytes(s.endpoint.bytes(), kSecond);
    out_.Update(s.map, kSecond,
                static_cast<uint64_t>(std::chrono::milliseconds(s.timeout).count()));
  }

  // dnat to ip saddr map @affinity-default/web/tcp/80/8080:8080
  void operator()(const nft::DnatToKept& s) {
    Load({.field = Field::kSaddr}, 0);
    out_.Map(s.map);
    LoadPort(s.port, kSecond);
    out_.Dnat(NatFamily(), 0, kSecond);
  }

  // masquerade, masquerade fully-random
  void operator()(const nft::Masquerade& s) {
    out_.Masquerade(s.fully_random ? NF_NAT_RANGE_PROTO_RANDOM_FULLY : 0);
  }

  // meta mark set meta mark | 0x00004000
  void operator()(const nft::SetMark& s) { ChangeMark(~s.bits, s.bits); }

  // meta mark set meta mark ^ 0x00004000
  void operator()(const nft::FlipMark& s) { ChangeMark(~uint32_t{0}, s.bits); }

  // goto random-3
  void operator()(const nft::Goto& s) { out_.Verdict(NFT_GOTO, s.chain); }

  // jump services
  void operator()(const nft::Jump& s) { out_.Verdict(NFT_JUMP, s.chain); }

  // drop
  void operator()(const nft::Drop&) { out_.Verdict(NF_DROP, ""); }

  // reject
  void operator()(const nft::Reject&) {
    constexpr uint8_t kIcmpPortUnreachable = 3, kIcmpv6PortUnreachable = 4;  // RFC 792, RFC 4443
    out_.Reject(NFT_REJECT_ICMP_UNREACH,
                family_ == Family::kIPv4 ? kIcmpPortUnreachable : kIcmpv6PortUnreachable);
  }

 private:
  // Behind the longest address: where nft 1.0.6 wants to find what comes second.
  static constexpr size_t kSecond = 16;

  uint32_t NatFamily() const { return family_ == Family::kIPv4 ? NFPROTO_IPV4 : NFPROTO_IPV6; }

  void LoadPort(uint16_t port, size_t to) {
    const std::array<uint8_t, 2> bytes = {static_cast<uint8_t>(port >> 8),
                                          static_cast<uint8_t>(port & 0xff)};
    out_.LoadBytes(bytes, to);
  }

  size_t AddressOffset(Field field) const {  // RFC 791, RFC 8200
    if (family_ == Family::kIPv4) return field == Field::kSaddr ? 12 : 16;
    return field == Field::kSaddr ? 8 : 24;
  }

  void Load(const nft::Selector& selector, size_t to) {
    switch (selector.field) {
      case Field::kSaddr:
      case Field::kDaddr:
        return out_.LoadPayload(NFT_PAYLOAD_NETWORK_HEADER, AddressOffset(selector.field),
                                nft::FieldSize(selector.field, family_), to);
      case Field::kL4Proto:
        return out_.LoadMeta(NFT_META_L4PROTO, to);
      case Field::kDport:  // at byte 2 in TCP, UDP and SCTP alike
        return out_.LoadPayload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, sizeof(uint16_t), to);
      case Field::kNumgenRandom:
        return out_.LoadNumber(NFT_NG_RANDOM, selector.modulus, selector.offset, to);
      case Field::kNumgenInc:
        return out_.LoadNumber(NFT_NG_INCREMENTAL, selector.modulus, selector.offset, to);
      case Field::kSourceHash:
      case Field::kFlowHash:
        return LoadHash(selector, to);
    }
  }

  // The number is the last field of its key. What is hashed lies behind it, where nft 1.0.6 puts
  // it: so far behind that an IPv6 address and port just fit into the last registers.
  void LoadHash(const nft::Selector& selector, size_t to) {
    const size_t from = to + nft::FieldSize(selector.field, family_) + kSecond;
    size_t size = nft::FieldSize(Field::kSaddr, family_);
    Load({.field = Field::kSaddr}, from);
    if (selector.field == Field::kFlowHash) {  // a port's padding is hashed too, and is zero
      out_.LoadPayload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, sizeof(uint16_t), from + size);
      size += sizeof(uint32_t);
    }
    out_.LoadHash(from, size, nft::kHashSeed, selector.modulus, selector.offset, to);
  }

  void LoadKey(const nft::Selectors& key, bool interval) {
    size_t offset = 0;
    for (const nft::Selector& selector : key) {
      Load(selector, offset);
      // For lookups of ranges nft swaps numbers in the host's order, even one of a single byte,
      // where the kernel finds nothing to do. Here so that our rules are those that nft would make.
      if (interval && selector.field == Field::kL4Proto) out_.HostToNetwork(offset, 1, 2);
      offset += nft::FieldSize(selector.field, family_);
    }
  }

  // Compares the number's `bits`, the others masked away, with zero.
  void MatchBits(uint32_t operation, uint32_t bits) {
    out_.Bitwise(bits, 0);
    out_.Compare(operation, uint32_t{0});
  }

  void ChangeMark(uint32_t mask, uint32_t flip) {
    out_.LoadMeta(NFT_META_MARK, 0);
    out_.Bitwise(mask, flip);
    out_.StoreMeta(NFT_META_MARK);
  }

  Expressions out_;
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
