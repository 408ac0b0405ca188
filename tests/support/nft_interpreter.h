// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/base/ip_address.h"
#include "src/forwarding/decide.h"
#include "src/nft/element.h"
#include "src/nft/ruleset.h"

namespace nftsvc::testing {

// What a host did with a packet.
struct Outcome {
  forwarding::Verdict verdict = forwarding::Verdict::kNone;

  // With kForward.
  base::IpAddress address;
  uint16_t port = 0;
  bool masquerade = false;

  std::vector<uint32_t> draws;  // the modulus of each number drawn on the way
};

// Runs packets through a ruleset as nf_tables does: hooks by priority, rules statement by
// statement, elements found by the bytes of their keys. Knows the language, not what our rules are
// meant to do, so that Decide and Compile can be held against each other.
//
// What a kernel would refuse (a jump to nowhere, a translation in a filter chain) fails the test.
class NftInterpreter {
 public:
  // `local_addresses`: the host's own, besides loopback. The ruleset must outlive the interpreter.
  NftInterpreter(const nft::Ruleset& ruleset, std::vector<base::IpAddress> local_addresses);

  // A packet that begins a connection. numgen and jhash give `slot` modulo their modulus. Clients
  // that an affinity map takes in stay in it for the next packets.
  Outcome Run(const forwarding::Packet& packet, size_t slot) const;

  // Whom the affinity maps of a family keep, by map and client.
  using Kept = absl::flat_hash_map<std::pair<std::string, base::IpAddress>, base::IpAddress>;
  Kept& kept(base::Family family) const { return kept_[static_cast<size_t>(family)]; }

 private:
  friend class PacketWalk;

  struct Table {
    absl::flat_hash_map<std::string, const nft::Chain*> chains;
    std::vector<const nft::Chain*> base_chains;  // by priority
  };

  const nft::Element* Find(base::Family family, nft::SetId set, const nft::Bytes& key) const;
  bool IsLocal(const base::IpAddress& address) const;

  std::array<Table, 2> tables_;  // by Family
  absl::flat_hash_map<nft::ElementKey, const nft::Element*> elements_;
  std::vector<const nft::Element*> intervals_;
  std::vector<base::IpAddress> local_addresses_;
  std::array<absl::flat_hash_map<std::string, uint32_t>, 2> room_;  // in affinity maps, by family
  mutable std::array<Kept, 2> kept_;
};

}  // namespace nftsvc::testing
