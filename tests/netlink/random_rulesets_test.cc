// SPDX-License-Identifier: Apache-2.0
//
// The laws of plans and of the loop with the kernel itself instead of a fake: it takes what Plan
// makes of any two rulesets, and what is observed afterwards is what was meant.
#include <gtest/gtest.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/forwarding/resolve.h"
#include "src/netlink/feature_probe.h"
#include "src/nft/compile.h"
#include "src/nft/plan.h"
#include "src/reconcile/reconciler.h"
#include "tests/netlink/net_namespace.h"
#include "tests/support/difference.h"
#include "tests/support/fake_flow_store.h"
#include "tests/support/fake_state_store.h"
#include "tests/support/random_world.h"

namespace nftsvc::netlink {
namespace {

using nftsvc::testing::Difference;
using nftsvc::testing::FakeFlowStore;
using nftsvc::testing::FakeStateStore;
using nftsvc::testing::RandomWorld;

// As the daemon has them on this kernel.
nft::CompileOptions Options() {
  const auto features = ProbeFeatures();
  return {.matches_maps = !features.ok() || features->matches_maps};
}

nft::Ruleset RandomRuleset(RandomWorld& world) {
  model::Snapshot snapshot;
  snapshot.Apply(world.Add(snapshot, world.random().Below(10)));
  return nft::Compile(forwarding::Resolve(snapshot, world.Host(), forwarding::NoSlots), Options());
}

class RandomRulesetsTest : public KernelTest {};

TEST_F(RandomRulesetsTest, TheKernelGoesFromAnyToAnyOther) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    EnterNewNamespace();
    RandomWorld world(seed);
    const nft::Ruleset first = RandomRuleset(world);
    for (const nft::Ruleset& ruleset : {first, RandomRuleset(world), RandomRuleset(world), first}) {
      const nft::Inventory before = MustObserve().inventory;
      MustCommit(nft::Plan(before, ruleset));
      const nft::Inventory after = MustObserve().inventory;
      ASSERT_EQ(Difference(after, ruleset), "");
      ASSERT_EQ(nft::Print(nft::Plan(after, ruleset)), "");
      // What is known after a clean commit is what is there.
      const nft::Inventory known = nft::Inventory::Of(ruleset, before);
      for (size_t table = 0; table < known.tables.size(); ++table) {
        ASSERT_EQ(known.tables[table]->sets, after.tables[table]->sets);
        ASSERT_EQ(known.tables[table]->chains, after.tables[table]->chains);
      }
    }
  }
}

TEST_F(RandomRulesetsTest, TheLoopKeepsTheKernelEqualToTheSnapshotAndARestartChangesNothing) {
  const auto clock = [] { return absl::UnixEpoch(); };
  const auto log = [](base::Severity, absl::string_view) {};
  for (uint64_t seed = 0; seed < 5; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    EnterNewNamespace();
    RandomWorld world(seed);
    reconcile::Settings settings;
    settings.host = world.Host();
    settings.options = Options();
    FakeFlowStore flows;
    FakeStateStore disk;
    for (int life = 0; life < 3; ++life) {
      const reconcile::Generation before = Now();
      reconcile::Reconciler reconciler(*kernel, flows, disk, settings, clock, log);
      ASSERT_EQ(reconciler.Start(disk.revision, disk.services), absl::OkStatus());
      ASSERT_EQ(Now() == before, life > 0);
      for (int step = 0; step < 20; ++step) {
        SCOPED_TRACE(absl::StrCat("step ", step));
        const auto report = reconciler.Push(world.Change(reconciler.snapshot()), false);
        ASSERT_EQ(report.status(), absl::OkStatus());
        ASSERT_EQ(
            nftsvc::testing::DifferenceButForSpares(
                MustObserve().inventory, nft::Compile(reconciler.table(), Options()), settings),
            "");
      }
    }
  }
}

}  // namespace
}  // namespace nftsvc::netlink
