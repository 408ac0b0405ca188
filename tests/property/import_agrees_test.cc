// SPDX-License-Identifier: Apache-2.0
//
// What is read back from the iptables chains of a snapshot makes the same chains: an import loses
// nothing that the chains say. What they do not say is taken out of the snapshots first: endpoints
// that nobody is sent to, and why some are preferred.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "src/forwarding/resolve.h"
#include "src/iptables/compile.h"
#include "src/iptables/import.h"
#include "src/model/build_service.h"
#include "src/model/placement_pool.h"
#include "src/wire/snapshot_codec.h"
#include "tests/support/builders.h"
#include "tests/support/cases.h"
#include "tests/support/random_world.h"

namespace nftsvc::testing {
namespace {

using base::Family;
using forwarding::HostFacts;
using model::TrafficPolicy;

template <typename T, typename Condition>
void RemoveIf(std::vector<T>& values, Condition condition) {
  values.erase(std::remove_if(values.begin(), values.end(), condition), values.end());
}

// In both families: a node port that cannot be dialled has no rules.
bool HasNodePorts(const HostFacts& host) {
  const auto accepts = [&](Family family) {
    return std::any_of(host.node_port_addresses.begin(), host.node_port_addresses.end(),
                       [&](const base::IpAddress& a) { return a.family() == family; });
  };
  return host.node_ports_on_all_addresses || (accepts(Family::kIPv4) && accepts(Family::kIPv6));
}

model::Service Tellable(model::Service service, const HostFacts& host, Random& random,
                        model::PlacementPool& placements) {
  // Rules that refuse clients at an address of the node do not say whether it is a node port's.
  const auto is_of_node = [&](const base::IpAddress& address) {
    return host.AcceptsNodePortsAt(address);
  };
  RemoveIf(service.external_ips, is_of_node);
  RemoveIf(service.load_balancer_ips, is_of_node);
  // kube-proxy itself lets a load balancer's own address in.
  RemoveIf(service.load_balancer_source_ranges,
           [](const base::IpPrefix& range) { return range.is_single_address(); });

  for (model::Port& port : service.ports) {
    if (port.node_port == port.port || !HasNodePorts(host)) port.node_port = 0;

    port.balancing = random.OneIn(4) ? model::Balancing::kRoundRobin : model::Balancing::kRandom;
    RemoveIf(port.endpoints, [](const model::Endpoint& e) { return !e.ready || e.weight == 0; });
    for (model::Endpoint& endpoint : port.endpoints) {
      endpoint.terminating = false;
      const bool is_here = !host.node_name.empty() && endpoint.placement->node == host.node_name;
      endpoint.placement = placements.Share(
          {.node = is_here ? host.node_name : "", .zone = "", .zone_hints = {}, .node_hints = {}});
    }
  }
  // Of endpoints elsewhere, only external chains tell, those of each family by themselves.
  for (const base::IpAddress& cluster_ip : service.cluster_ips) {
    const auto is_alike = [&](const base::IpAddress& a) {
      return a.family() == cluster_ip.family();
    };
    if (std::none_of(service.external_ips.begin(), service.external_ips.end(), is_alike) &&
        std::none_of(service.load_balancer_ips.begin(), service.load_balancer_ips.end(),
                     is_alike)) {
      service.internal_traffic_policy = TrafficPolicy::kCluster;
    }
  }
  return service;
}

// Whether there is a frontend at all: Tellable may have taken all from a port.
bool IsWhole(const model::Service& service) {
  const bool has_address = !service.cluster_ips.empty() || !service.external_ips.empty() ||
                           !service.load_balancer_ips.empty();
  return std::all_of(service.ports.begin(), service.ports.end(),
                     [&](const model::Port& port) { return has_address || port.node_port != 0; });
}

std::string Chains(const model::Snapshot& snapshot, const HostFacts& host) {
  const forwarding::ForwardingTable table =
      forwarding::Resolve(snapshot, host, forwarding::NoSlots);
  return absl::StrCat(iptables::Print(iptables::Compile(table, Family::kIPv4, {})),
                      iptables::Print(iptables::Compile(table, Family::kIPv6, {})));
}

// Rules about different frontends have no order.
std::string Sorted(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  std::sort(lines.begin(), lines.end());
  return absl::StrJoin(lines, "\n");
}

model::Snapshot Imported(const std::string& chains, const HostFacts& host) {
  const absl::StatusOr<iptables::ImportResult> result = iptables::Import(chains, host.node_name);
  EXPECT_TRUE(result.ok()) << result.status();
  std::vector<model::Service> services;
  if (!result.ok()) return SnapshotOf(services);
  for (const model::Issue& issue : result->issues) ADD_FAILURE() << issue.ToString();
  for (const iptables::ImportNote& note : result->notes) {
    EXPECT_NE(note.what, iptables::kNotUnderstood) << absl::StrJoin(note.places, ", ");
  }
  model::PlacementPool placements;
  model::IssueCollector issues;
  for (const v1::Service& message : result->snapshot.services()) {
    const model::ServiceDraft draft = wire::DecodeService(message);
    services.push_back(BuildService(draft, model::Path(""), placements, issues));
    services.back().name = BuildName(draft, model::Path(""), issues);
  }
  for (const model::Issue& issue : std::move(issues).Take()) ADD_FAILURE() << issue.ToString();
  return SnapshotOf(services);
}

TEST(ImportAgreesTest, WhatIsReadBackFromChainsMakesTheSameChains) {
  size_t rules = 0;
  for (uint64_t seed = 0; seed < Cases(1000); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    HostFacts host = world.Host();
    // Refusals at 127.0.0.1 are rules of ours that kube-proxy has not.
    host.localhost_node_ports = false;
    model::Snapshot any;
    any.Apply(world.Add(any, 1 + world.random().Below(8)));
    model::PlacementPool placements;
    std::vector<model::Service> services;
    for (const auto& [name, service] : any.services()) {
      model::Service tellable = Tellable(*service, host, world.random(), placements);
      if (IsWhole(tellable)) services.push_back(std::move(tellable));
    }
    const std::string chains = Chains(SnapshotOf(services), host);
    const std::string again = Chains(Imported(chains, host), host);
    ASSERT_EQ(Sorted(again), Sorted(chains));
    rules += static_cast<size_t>(std::count(chains.begin(), chains.end(), '\n'));
  }
  EXPECT_GT(rules, Cases(50'000));
}

}  // namespace
}  // namespace nftsvc::testing
