// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "src/forwarding/resolve.h"
#include "src/forwarding/routes.h"
#include "src/nft/inventory.h"
#include "src/nft/ruleset.h"

// The forwarding table lowered to nftables: services are elements of a few maps, chains say how to
// pick, one for each way that is in use.
namespace nftsvc::nft {

enum class Layout : uint8_t {
  kFlat,         // endpoints are elements; only those that keep clients have a chain
  kVerdictMaps,  // each endpoint has a chain, as in kube-proxy's rules
};

struct CompileOptions {
  uint32_t mark_bits = 0x4000;  // on packets to be masqueraded
  bool fully_random = true;     // masquerade's source ports
  Layout layout = Layout::kFlat;
  uint32_t affinity_clients = kUnreservedClients;  // that an affinity map has room for
  bool exclusive = false;                          // nobody else may change the tables
  bool matches_maps = true;  // the kernel looks for a key in a map as in a set (Linux 6.5)

  friend bool operator==(const CompileOptions&, const CompileOptions&) = default;
};

// The chains that elements go to.
using ChainNames = std::array<absl::btree_set<std::string>, 2>;  // by Family

// What one service adds. Several services may yield the same element of a set without data
// (hairpin, cluster-ips): see Usage. Its chains and maps are its own.
Parts CompileService(const forwarding::ServiceRoutes& routes, const CompileOptions& options);

// What these add, in their order; null adds nothing. By all processors, where there are many.
Parts CompileServices(absl::Span<const forwarding::ServiceRoutesPtr> services,
                      const CompileOptions& options);

// Of these parts, the maps alone: who may be in which.
std::array<std::vector<AffinityMap>, 2> CompileAffinityMaps(const forwarding::ServiceRoutes& routes,
                                                            const CompileOptions& options);

// The elements that come from the host.
std::vector<Element> CompileElements(const forwarding::HostFacts& host);

// The chains and rules that no service has for itself, given which chains elements go to.
Skeleton CompileSkeleton(const forwarding::HostFacts& host, const CompileOptions& options,
                         const ChainNames& used);

// The chains that must be there for an element to go to the chain of this name, itself among them.
// Empty: one that every skeleton has.
std::vector<std::string> ChainsNeededBy(absl::string_view name);

// Those chains of the skeleton. Requires: names that ChainsNeededBy has said.
std::array<Chains, 2> CompileChains(const ChainNames& names, const forwarding::HostFacts& host,
                                    const CompileOptions& options);

// The whole table. Elements in the order of services, each once.
Ruleset Compile(const forwarding::ForwardingTable& table, const CompileOptions& options);

// The endpoint in each slot of a frontend's pool, as the kernel's endpoint maps have it: the memory
// for forwarding::Resolve, so that a restart changes nothing.
class ObservedSlots {
 public:
  explicit ObservedSlots(const Inventory& inventory);

  // Only of frontends that have another endpoint in a slot than `expected` has; of more than those
  // where a set's elements do not come in that order, in which an observation has them.
  ObservedSlots(const Inventory& inventory, const std::vector<Element>& expected);

  forwarding::SlotAddresses operator()(const model::FrontendKey& frontend,
                                       forwarding::Pool pool) const;

  // In any order.
  std::vector<model::FrontendKey> frontends() const;

 private:
  void Put(const Element& element);

  absl::flat_hash_map<model::FrontendKey, std::array<forwarding::SlotAddresses, 2>> slots_;
};

}  // namespace nftsvc::nft
