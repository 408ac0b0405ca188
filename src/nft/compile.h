// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "src/forwarding/resolve.h"
#include "src/forwarding/routes.h"
#include "src/nft/inventory.h"
#include "src/nft/ruleset.h"

// The forwarding table lowered to nftables, layout FLAT: services are elements of a few maps,
// chains say how to pick, one for each way that is in use.
namespace nftsvc::nft {

struct CompileOptions {
  uint32_t mark_bits = 0x4000;  // on packets to be masqueraded
  bool fully_random = true;     // masquerade's source ports

  friend bool operator==(const CompileOptions&, const CompileOptions&) = default;
};

// The chains that elements go to.
using ChainNames = std::array<absl::btree_set<std::string>, 2>;  // by Family

// The elements of one service. Several services may yield the same element of a set without data
// (hairpin, cluster-ips): see Usage.
std::vector<Element> CompileElements(const forwarding::ServiceRoutes& routes);

// The elements that come from the host.
std::vector<Element> CompileElements(const forwarding::HostFacts& host);

// The chains and rules, given which chains elements go to.
Skeleton CompileSkeleton(const forwarding::HostFacts& host, const CompileOptions& options,
                         const ChainNames& used);

// The whole table. Elements in the order of services, each once.
Ruleset Compile(const forwarding::ForwardingTable& table, const CompileOptions& options);

// The endpoint in each slot of a frontend's pool, as the kernel's endpoint maps have it: the memory
// for forwarding::Resolve, so that a restart changes nothing.
class ObservedSlots {
 public:
  explicit ObservedSlots(const Inventory& inventory);
  forwarding::SlotAddresses operator()(const model::FrontendKey& frontend,
                                       forwarding::Pool pool) const;

 private:
  absl::flat_hash_map<model::FrontendKey, std::array<forwarding::SlotAddresses, 2>> slots_;
};

}  // namespace nftsvc::nft
