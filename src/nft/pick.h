// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "src/forwarding/host_facts.h"
#include "src/nft/compile.h"
#include "src/nft/ruleset.h"

namespace nftsvc::nft {

// A way to pick an endpoint: what the verdict of an element in `services` or `node-ports` stands
// for. Each way that is in use has one chain, whatever the number of services that share it. The
// chain's name says all there is to know of it, so that the names that elements go to tell which
// chains are needed:
//
//   random-3                 draw one of 3 slots, translate; if the slot is gone, random-1
//   outside-random-3         masquerade if the source is not a pod, then random-3
//   masquerade-random-3      masquerade, then random-3
//   cluster-random-5         likewise, one of 5 slots of the upper half
//   local-random-2-of-5      external policy Local: pods and this host go to cluster-random-5 (the
//                            host masqueraded), others to random-2; with 0 of 5, others go nowhere
//   …random-chain-3          slots hold chains of endpoints rather than endpoints
//   …round-robin-3-OWNER     in turn; each port has its own chain, since the rule does the counting
//   …source-hash-3, …flow-hash-3, …maglev-16381
//   …kept-random-chain-3-OWNER  the clients that OWNER keeps go where they went, others to
//                            random-chain-3; with "/local" behind OWNER, those of its local pool
//   node-port-…              the same for node ports
//
// Before any of them, checked-… looks whether the source may dial the frontend.
struct Pick {
  enum class Kind : uint8_t { kDraw, kDrawUpper, kOutside, kMasquerade, kLocal };

  Kind kind = Kind::kDraw;
  bool node_port = false;
  model::Balancing balancing = model::Balancing::kRandom;
  bool chains = false;
  bool keeps = false;          // looks among the clients that have an endpoint first
  uint32_t slots = 0;          // kLocal: on this node
  uint32_t cluster_slots = 0;  // kLocal only
  std::string owner = {};      // kRoundRobin and keeps only: see OwnerName

  std::string ChainName() const;

  // The way that a chain of this name stands for; nothing if it is none of ours.
  static std::optional<Pick> FromChainName(absl::string_view name);

  friend bool operator==(const Pick&, const Pick&) = default;
};

// Where the upper half of a frontend's slots begins.
inline constexpr uint32_t kUpperHalf = 32'768;

// The chain for a way to pick, and before it those that its rules go to.
Chains PickChains(const Pick& pick, base::Family family, const forwarding::PodDetector& pods,
                  const CompileOptions& options);

}  // namespace nftsvc::nft
