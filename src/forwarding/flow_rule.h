// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "src/base/protocol.h"
#include "src/forwarding/slots.h"

// Flows: connections that the kernel has seen and sends on as it decided at their first packet,
// whatever our rules say by now. For UDP, which knows no end of a connection, that can be forever.
namespace nftsvc::forwarding {

struct Flow {
  base::Protocol protocol = base::Protocol::kUdp;
  SlotAddress dialled;     // by the client
  SlotAddress reached;     // who gets the packets: what was dialled, if nothing was translated
  bool half_open = false;  // TCP: not answered yet
};

// Which flows of some frontends have lost the endpoint that they reach. No two rules of a list are
// about the same frontend.
struct FlowRule {
  enum class Stale : uint8_t {
    kAtThese,   // flows that reach one of `endpoints`
    kAtOthers,  // flows that reach anything else, themselves untranslated included
  };

  // UDP or TCP. Of TCP only half-open flows can be stale: established connections are nobody's to
  // cut, and end by themselves.
  base::Protocol protocol = base::Protocol::kUdp;

  // Addresses of one family; for a node port each address of the node where it is dialled.
  std::vector<SlotAddress> frontends;

  Stale stale = Stale::kAtOthers;
  std::vector<SlotAddress> endpoints;

  friend bool operator==(const FlowRule&, const FlowRule&) = default;
};

// Rules, to be asked about many flows. The rules must outlive it.
class FlowRuleIndex {
 public:
  explicit FlowRuleIndex(std::span<const FlowRule> rules);

  bool IsStale(const Flow& flow) const;

 private:
  struct Entry {
    FlowRule::Stale stale;
    absl::flat_hash_set<SlotAddress> endpoints;
  };

  std::vector<Entry> entries_;
  absl::flat_hash_map<std::pair<base::Protocol, SlotAddress>, const Entry*> by_frontend_;
};

}  // namespace nftsvc::forwarding
