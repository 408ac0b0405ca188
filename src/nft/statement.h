// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "src/base/ip_address.h"
#include "src/base/ip_prefix.h"
#include "src/base/protocol.h"
#include "src/nft/set.h"

// The part of the nft language that our rules are written in, as data. Each kind of statement says
// the line that it prints as (in an ip table; an ip6 table has `ip6 saddr`, `ip6 daddr`). A new
// kind must be known to four visitors: print.cc, netlink/encode_rule.cc, the tests' interpreter,
// and by way of print the digest; std::visit makes the compiler say which is missing.
namespace nftsvc::nft {

// What a rule reads from a packet, or draws.
struct Selector {
  Field field = Field::kDaddr;
  uint32_t modulus = 0;  // numgen and jhash: how many numbers
  uint32_t offset = 0;   // numgen and jhash: the first of them

  friend bool operator==(const Selector&, const Selector&) = default;
};

using Selectors = std::vector<Selector>;  // joined by " . "

// ip saddr != 10.0.0.0/8
struct MatchAddress {
  Field field = Field::kSaddr;  // kSaddr or kDaddr
  bool negate = false;
  base::IpPrefix prefix;
  friend bool operator==(const MatchAddress&, const MatchAddress&) = default;
};

// iifname "cbr0", iifname != "veth*"
struct MatchInterface {
  bool negate = false;
  std::string name;
  bool is_prefix = false;
  friend bool operator==(const MatchInterface&, const MatchInterface&) = default;
};

// ct status dnat
struct MatchDnat {
  friend bool operator==(const MatchDnat&, const MatchDnat&) = default;
};

// meta mark & 0x00004000 != 0x00000000
struct MatchMark {
  uint32_t bits = 0;
  friend bool operator==(const MatchMark&, const MatchMark&) = default;
};

// fib saddr type local, fib daddr type != local
struct MatchLocal {
  Field field = Field::kSaddr;  // kSaddr or kDaddr
  bool negate = false;
  friend bool operator==(const MatchLocal&, const MatchLocal&) = default;
};

// meta l4proto tcp
struct MatchProtocol {
  base::Protocol protocol = base::Protocol::kTcp;
  friend bool operator==(const MatchProtocol&, const MatchProtocol&) = default;
};

// ip saddr . ip daddr @hairpin
struct MatchSet {
  Selectors key;
  bool negate = false;
  SetId set = SetId::kHairpin;
  friend bool operator==(const MatchSet&, const MatchSet&) = default;
};

// ip daddr . meta l4proto . th dport vmap @services
struct Vmap {
  Selectors key;
  SetId map = SetId::kServices;
  friend bool operator==(const Vmap&, const Vmap&) = default;
};

// dnat ip to ip daddr . meta l4proto . th dport . numgen random mod 3 map @endpoints
// A key that the map lacks ends the rule, not the chain.
struct DnatToMap {
  Selectors key;
  SetId map = SetId::kEndpoints;
  friend bool operator==(const DnatToMap&, const DnatToMap&) = default;
};

// dnat to 10.0.0.2:8080
// nft accepts this one and DnatToKept only behind a MatchProtocol.
struct Dnat {
  base::IpAddress address;
  uint16_t port = 0;
  friend bool operator==(const Dnat&, const Dnat&) = default;
};

// ip saddr @affinity-default/web/tcp/80/8080
struct MatchKept {
  std::string map;
  friend bool operator==(const MatchKept&, const MatchKept&) = default;
};

// update @affinity-default/web/tcp/80/8080 { ip saddr timeout 3h : 10.0.0.2 }
// Remembers the endpoint of a client that has none; of one that has, only starts the time anew
// (net/netfilter/nft_set_hash.c: nft_rhash_update). Ends the rule if the map is full.
struct Keep {
  std::string map;
  std::chrono::seconds timeout{0};
  base::IpAddress endpoint;
  friend bool operator==(const Keep&, const Keep&) = default;
};

// dnat to ip saddr map @affinity-default/web/tcp/80/8080:8080
struct DnatToKept {
  std::string map;
  uint16_t port = 0;
  friend bool operator==(const DnatToKept&, const DnatToKept&) = default;
};

// masquerade, masquerade fully-random
struct Masquerade {
  bool fully_random = false;
  friend bool operator==(const Masquerade&, const Masquerade&) = default;
};

// meta mark set meta mark | 0x00004000
struct SetMark {
  uint32_t bits = 0;
  friend bool operator==(const SetMark&, const SetMark&) = default;
};

// meta mark set meta mark ^ 0x00004000
struct FlipMark {
  uint32_t bits = 0;
  friend bool operator==(const FlipMark&, const FlipMark&) = default;
};

// goto random-3
struct Goto {
  std::string chain;
  friend bool operator==(const Goto&, const Goto&) = default;
};

// jump services
struct Jump {
  std::string chain;
  friend bool operator==(const Jump&, const Jump&) = default;
};

// drop
struct Drop {
  friend bool operator==(const Drop&, const Drop&) = default;
};

// reject: ICMP port unreachable. Only in the input, forward and output hooks.
struct Reject {
  friend bool operator==(const Reject&, const Reject&) = default;
};

using Statement = std::variant<MatchAddress, MatchInterface, MatchDnat, MatchMark, MatchLocal,
                               MatchProtocol, MatchSet, Vmap, DnatToMap, Dnat, MatchKept, Keep,
                               DnatToKept, Masquerade, SetMark, FlipMark, Goto, Jump, Drop, Reject>;

using Rule = std::vector<Statement>;

}  // namespace nftsvc::nft
