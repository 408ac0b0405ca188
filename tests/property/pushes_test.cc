// SPDX-License-Identifier: Apache-2.0
//
// A long life of the loop: pushes plan from memory and from the changed services alone, and yet the
// kernel always holds what a fresh compilation of the whole would give.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/forwarding/resolve.h"
#include "src/nft/compile.h"
#include "tests/support/cases.h"
#include "tests/support/difference.h"
#include "tests/support/loop.h"
#include "tests/support/random.h"
#include "tests/support/random_world.h"

namespace nftsvc::testing {
namespace {

std::string DifferenceFromFreshCompilation(Loop& loop) {
  return DifferenceButForSpares(loop.kernel.tables().Observe(),
                                nft::Compile(loop->table(), loop->settings().options),
                                loop->settings());
}

TEST(PushesTest, AfterEveryPushTheKernelHoldsWhatAFreshCompilationGives) {
  for (uint64_t seed = 0; seed < Cases(40); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    Loop loop(RandomSettings(world));
    ASSERT_EQ(loop.Start(), absl::OkStatus());
    ASSERT_EQ(DifferenceFromFreshCompilation(loop), "");
    const size_t looks = loop.kernel.CountOf(FakeKernel::Call::kObserve);
    for (int step = 0; step < 60; ++step) {
      SCOPED_TRACE(absl::StrCat("step ", step));
      const auto report = loop.Push(world.Change(loop->snapshot()));
      ASSERT_EQ(report.status(), absl::OkStatus());
      ASSERT_EQ(DifferenceFromFreshCompilation(loop), "")
          << absl::StrJoin(report->commands.lines, "\n");
    }
    EXPECT_EQ(loop.kernel.CountOf(FakeKernel::Call::kObserve), looks) << "needed to look again";
  }
}

TEST(PushesTest, APreviewSaysWhatThePushThenDoes) {
  for (uint64_t seed = 0; seed < Cases(20); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    Loop loop(RandomSettings(world));
    ASSERT_EQ(loop.Start(), absl::OkStatus());
    for (int step = 0; step < 30; ++step) {
      const std::vector<model::ServiceChange> changes = world.Change(loop->snapshot());
      const auto preview = loop->Preview(changes);
      ASSERT_EQ(preview.status(), absl::OkStatus());
      const auto report = loop.Push(changes);
      ASSERT_EQ(report.status(), absl::OkStatus());
      ASSERT_EQ(preview->commands.lines, report->commands.lines);
      ASSERT_EQ(preview->operations, report->operations);
    }
  }
}

TEST(PushesTest, ARestartAfterAnyHistoryCommitsNothing) {
  for (uint64_t seed = 0; seed < Cases(60); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    Loop loop(RandomSettings(world));
    ASSERT_EQ(loop.Start(), absl::OkStatus());
    for (int life = 0; life < 8; ++life) {
      for (int step = 0; step < 6; ++step) {
        ASSERT_EQ(loop.Push(world.Change(loop->snapshot())).status(), absl::OkStatus());
      }
      const std::string routes = forwarding::Print(loop->table());
      const size_t commits = loop.kernel.committed().size();
      loop.Restart();
      ASSERT_EQ(loop.Start(), absl::OkStatus());
      ASSERT_EQ(loop.kernel.committed().size(), commits)
          << nft::Print(loop.kernel.committed().back());
      ASSERT_EQ(forwarding::Print(loop->table()), routes);
    }
  }
}

TEST(PushesTest, ResolvingWithOnesOwnResultAsMemoryChangesNothing) {
  for (uint64_t seed = 0; seed < Cases(40); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    Loop loop(RandomSettings(world));
    ASSERT_EQ(loop.Start(), absl::OkStatus());
    for (int step = 0; step < 40; ++step) {
      ASSERT_EQ(loop.Push(world.Change(loop->snapshot())).status(), absl::OkStatus());
      for (const auto& [name, routes] : loop->table().services) {
        const auto memory = [&routes](const model::FrontendKey& frontend, forwarding::Pool pool) {
          return forwarding::SlotsOf(*routes, frontend, pool);
        };
        const forwarding::ServiceRoutes again =
            forwarding::Resolve(*loop->snapshot().Find(name), loop->settings().host, memory);
        ASSERT_EQ(forwarding::Print(again), forwarding::Print(*routes));
        ASSERT_TRUE(again == *routes);
      }
    }
  }
}

TEST(PushesTest, TheOrderOfPushesDoesNotMatter) {
  for (uint64_t seed = 0; seed < Cases(60); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    const forwarding::HostFacts host = world.Host();
    std::vector<model::ServiceChange> changes = world.Add({}, 6);
    std::string first;
    for (int order = 0; order < 3; ++order) {
      world.random().Shuffle(changes);
      Loop loop(SettingsOf(host));
      ASSERT_EQ(loop.Start(), absl::OkStatus());
      for (const model::ServiceChange& change : changes) {
        ASSERT_EQ(loop.Push({change}).status(), absl::OkStatus());
      }
      const std::string text = nft::Print(nft::Compile(loop->table(), {}));
      ASSERT_EQ(DifferenceFromFreshCompilation(loop), "");
      if (order == 0) first = text;
      ASSERT_EQ(text, first);
    }
  }
}

// With one frontend. Four chains come or go when nobody else has as many endpoints.
constexpr size_t kMostOperations = 17;

TEST(PushesTest, AChangedEndpointCostsAFewOperationsHoweverManyThereAre) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  std::vector<model::ServiceChange> others;
  for (int i = 0; i < 500; ++i) {
    model::Service other = WebAt({"10.1.0.1:80", "10.1.0.2:80", "10.1.0.3:80"});
    other.name.name = absl::StrCat("other-", i);
    other.cluster_ips = {Ip(absl::StrCat("10.97.", i / 250, ".", i % 250))};
    others.push_back(Upsert({}, std::move(other)));
  }
  ASSERT_EQ(loop.Push(others).status(), absl::OkStatus());

  Random random(1);
  model::Service web = Web({});
  for (const size_t size : {1, 2, 3, 10, 100, 300}) {
    while (web.ports[0].endpoints.size() < size) {
      const size_t n = web.ports[0].endpoints.size();
      web.ports[0].endpoints.push_back(
          EndpointAt(absl::StrCat("10.2.", n / 250, ".", 1 + n % 250, ":80")));
    }
    ASSERT_EQ(loop.Push(web).status(), absl::OkStatus());
    SCOPED_TRACE(absl::StrCat(size, " endpoints"));
    const auto push = [&](auto change) {
      change(web.ports[0].endpoints);
      const auto report = loop.Push(web);
      ASSERT_EQ(report.status(), absl::OkStatus());
      EXPECT_GT(report->operations, 0U);
      EXPECT_LE(report->operations, kMostOperations) << absl::StrJoin(report->commands.lines, "\n");
    };
    using Endpoints = std::vector<model::Endpoint>;
    push([](Endpoints& all) { all.push_back(EndpointAt("10.3.0.1:80")); });
    push([&](Endpoints& all) { all.erase(all.begin() + static_cast<ptrdiff_t>(size / 2)); });
    push([](Endpoints& all) { all.back() = EndpointAt("10.3.0.2:80"); });
    push([](Endpoints& all) { all.front().ready = false; });
    push([](Endpoints& all) { all.front().ready = true; });
    push([](Endpoints& all) { all.back().name = "renamed"; });
  }
}

}  // namespace
}  // namespace nftsvc::testing
