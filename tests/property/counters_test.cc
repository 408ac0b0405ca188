// SPDX-License-Identifier: Apache-2.0
//
// Connection counters survive pushes, although almost every push deletes and adds elements.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/nft/names.h"
#include "tests/support/cases.h"
#include "tests/support/loop.h"
#include "tests/support/random_world.h"

namespace nftsvc::testing {
namespace {

using forwarding::SlotAddress;

struct Counts {
  std::map<model::FrontendKey, uint64_t> frontends;
  std::map<std::pair<model::FrontendKey, SlotAddress>, uint64_t> endpoints;
};

// Adds up the kernel's elements.
Counts Read(const FakeKernel& kernel) {
  Counts counts;
  for (const nft::ElementInventory& seen : kernel.tables().Observe().elements) {
    const nft::Element& element = seen.element;
    switch (element.id.set) {
      case nft::SetId::kServices:
      case nft::SetId::kNodePorts:
        if (element.chain == nft::kCheckedNodePorts) break;
        counts.frontends[nft::FrontendIn(element.id)] += seen.counter.packets;
        break;
      case nft::SetId::kEndpoints:
      case nft::SetId::kNodePortEndpoints:
      case nft::SetId::kEndpointChains:
      case nft::SetId::kNodePortEndpointChains: {
        const nft::Bytes endpoint = nft::EndpointOf(element).value();
        const base::IpAddress address = nft::AddressIn(element.id.family, endpoint);
        const SlotAddress at{address, nft::PortAt(endpoint, address.bytes().size())};
        counts.endpoints[{nft::FrontendIn(element.id), at}] += seen.counter.packets;
        break;
      }
      default:
        break;
    }
  }
  return counts;
}

// Lets some connections be made.
void Connect(FakeKernel& kernel, Random& random) {
  for (const nft::ElementInventory& seen : kernel.tables().Observe().elements) {
    if (!nft::DeclarationOf(seen.element.id.set).counter || random.OneIn(3)) continue;
    kernel.Count(seen.element.id, 1 + random.Below(1'000));
  }
}

// A count goes on while what it counts for stays, in whichever slots and however many.
template <typename Key>
void ExpectGoesOn(const std::map<Key, uint64_t>& before, const std::map<Key, uint64_t>& after,
                  size_t& compared) {
  for (const auto& [key, now] : after) {
    const auto then = before.find(key);
    if (then == before.end()) {
      ASSERT_EQ(now, 0U) << "a new one starts at zero";
      continue;
    }
    ASSERT_EQ(now, then->second);
    ++compared;
  }
}

TEST(CountersTest, CountsGoOnOverRandomPushes) {
  size_t compared = 0;
  for (uint64_t seed = 0; seed < Cases(40); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    Loop loop(RandomSettings(world));
    ASSERT_EQ(loop.Start(), absl::OkStatus());
    for (int step = 0; step < 60; ++step) {
      SCOPED_TRACE(absl::StrCat("step ", step));
      Connect(loop.kernel, world.random());
      const Counts before = Read(loop.kernel);
      const auto report = loop.Push(world.Change(loop->snapshot()));
      ASSERT_EQ(report.status(), absl::OkStatus());
      const Counts after = Read(loop.kernel);
      ExpectGoesOn(before.endpoints, after.endpoints, compared);
      ExpectGoesOn(before.frontends, after.frontends, compared);
      if (HasFatalFailure()) FAIL() << absl::StrJoin(report->commands.lines, "\n");
    }
  }
  EXPECT_GT(compared, Cases(10'000));
}

TEST(CountersTest, WhatReadConnectionsSaysIsWhatTheElementsAddUpTo) {
  for (uint64_t seed = 0; seed < Cases(20); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    Loop loop(RandomSettings(world));
    ASSERT_EQ(loop.Start(), absl::OkStatus());
    ASSERT_EQ(loop.Push(world.Add(loop->snapshot(), 6)).status(), absl::OkStatus());
    Connect(loop.kernel, world.random());
    std::vector<model::ServiceName> names;
    for (const auto& [name, service] : loop->snapshot().services()) names.push_back(name);
    const auto connections = loop->ReadConnections(names);
    ASSERT_EQ(connections.status(), absl::OkStatus());
    Counts told;
    for (const reconcile::Connections& of_service : *connections) {
      told.frontends.insert(of_service.frontends.begin(), of_service.frontends.end());
      told.endpoints.insert(of_service.endpoints.begin(), of_service.endpoints.end());
    }
    const Counts held = Read(loop.kernel);
    ASSERT_TRUE(told.frontends == held.frontends);
    ASSERT_TRUE(told.endpoints == held.endpoints);
  }
}

}  // namespace
}  // namespace nftsvc::testing
