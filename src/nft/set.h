// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/family.h"

// The sets and maps of a table. There is a fixed number of them; services are their elements.
namespace nftsvc::nft {

// The name of both tables, `ip nftsvc` and `ip6 nftsvc`.
inline constexpr char kTableName[] = "nftsvc";

// The tables' comment. A table of our name without it was made by somebody else.
inline constexpr char kTableComment[] = "made by nftsvcd";

// A part of a key, and what a rule can load.
enum class Field : uint8_t {
  kSaddr,         // ip saddr
  kDaddr,         // ip daddr
  kL4Proto,       // meta l4proto
  kDport,         // th dport
  kNumgenRandom,  // numgen random mod N, a slot
  kNumgenInc,     // numgen inc mod N: the rule's next one
  kSourceHash,    // jhash ip saddr mod N
  kFlowHash,      // jhash ip saddr . th sport mod N
};

// What the hashes start from. The same on every host, so that all of them choose alike.
inline constexpr uint32_t kHashSeed = 0x6e667473;

// Bytes that a field takes in a key: as wide as it is, padded to a multiple of 4, the size of a
// register (include/uapi/linux/netfilter/nf_tables.h: NFT_REG32_SIZE).
size_t FieldSize(Field field, base::Family family);

enum class SetId : uint8_t {
  kServices,                // map services: frontend -> how to pick an endpoint
  kEndpoints,               // map endpoints: frontend . slot -> endpoint
  kEndpointChains,          // map endpoint-chains: frontend . slot -> an endpoint's chain
  kNodePorts,               // map node-ports: node port -> how to pick
  kNodePortEndpoints,       // map node-port-endpoints: node port . slot -> endpoint
  kNodePortEndpointChains,  // map node-port-endpoint-chains: node port . slot -> a chain
  kNoEndpoints,             // map no-endpoints: frontend -> reject or drop
  kNoEndpointsNodePorts,    // map no-endpoints-node-ports: node port -> reject or drop
  kHairpin,                 // set hairpin: endpoints here that may dial themselves
  kClusterIps,              // set cluster-ips
  kNodePortAddresses,       // set node-port-addresses: where node ports are dialled
  kAllowedSources,          // set allowed-sources: frontend . source range
  kProtocols,               // set protocols: tcp, udp, sctp
  kUnsticky,                // set unsticky: counts clients for whom an affinity map had no room

  // Maps affinity-…: client -> endpoint, one for each port that keeps clients on their endpoints.
  // Packets fill them, not we. Not among AllSets().
  kAffinity,
};

inline constexpr size_t kSetCount = 14;
std::span<const SetId> AllSets();

enum class SetData : uint8_t { kNone, kVerdict, kEndpoint, kAddress };

// How a set is declared. Does not differ between tables but for the width of addresses.
struct SetDeclaration {
  absl::string_view name;  // kAffinity: how the names begin
  std::vector<Field> key;
  SetData data = SetData::kNone;
  bool counter = false;   // each element counts the connections that found it
  bool interval = false;  // keys are ranges
  bool dynamic = false;   // filled by packets, with timeouts
};

const SetDeclaration& DeclarationOf(SetId set);

// Whether its keys end with a slot: of an endpoint, or of its chain.
constexpr bool HoldsSlots(SetId set) {
  return set == SetId::kEndpoints || set == SetId::kEndpointChains ||
         set == SetId::kNodePortEndpoints || set == SetId::kNodePortEndpointChains;
}

// Whether its elements say no more than that a key is there, so that several services may have the
// same one. A range says how far it goes, too.
bool IsShared(SetId set);

std::optional<SetId> FindSet(absl::string_view name);

// Bytes of a whole key, and of the data of a kEndpoint (address and port) or kAddress map.
size_t KeySize(SetId set, base::Family family);
size_t DataSize(SetId set, base::Family family);

// How many elements the set is declared to hold, for `count` elements: a third more at least, so
// that it grows seldom. A set with a size and without timeouts becomes the kernel's fixed hash
// table, which is faster to fill and to read than the growing one; its buckets are the power of two
// from size * 4 / 3 on (net/netfilter/nft_set_hash.c: nft_hash_buckets), so sizes are 3 * 2^n.
// Nothing for interval sets: the kernel keeps them otherwise (net/netfilter/nft_set_pipapo.c).
uint32_t CapacityFor(size_t count);

}  // namespace nftsvc::nft
