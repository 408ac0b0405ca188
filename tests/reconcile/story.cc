// SPDX-License-Identifier: Apache-2.0
#include "tests/reconcile/story.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "src/forwarding/routes.h"
#include "src/reconcile/reconciler.h"
#include "tests/support/builders.h"

namespace nftsvc::reconcile {
namespace {

using testing::Loop;
using testing::WebAt;

// More than one set can hold that is made for few.
model::Service Big() {
  model::Service service = testing::Web({});
  service.name = testing::Name("default/big");
  service.cluster_ips = {testing::Ip("10.96.0.9")};
  for (int i = 0; i < 800; ++i) {
    service.ports[0].endpoints.push_back(
        testing::EndpointAt(absl::StrCat("10.1.", i / 250, ".", 1 + i % 250, ":80")));
  }
  return service;
}

// What must hold whatever the kernel does.
void ExpectHonest(Loop& loop) {
  const Health& health = loop->health();
  EXPECT_EQ(health.in_sync, health.problem.empty()) << health.problem;
  if (health.in_sync) {
    EXPECT_EQ(DifferenceFromDesired(loop), "") << "claims to be in sync";
  }
}

}  // namespace

std::vector<StepFunction> Story() {
  return {
      [](Loop& loop) { return loop.Start(); },
      [](Loop& loop) {
        return loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status();
      },
      [](Loop& loop) {
        return loop.Push(WebAt({"10.0.0.3:80", "[fd00:10::2]:80"})).status();
      },
      [](Loop& loop) {
        loop.PollWhenDue();
        return absl::OkStatus();
      },
      [](Loop& loop) { return loop.Push(Big()).status(); },
      [](Loop& loop) {
        Settings settings = loop->settings();
        settings.host.masquerade_all = true;
        return loop->Reconfigure(settings);
      },
      [](Loop& loop) { return loop.Remove("default/web").status(); },
      [](Loop& loop) {
        loop.PollWhenDue();
        return absl::OkStatus();
      },
  };
}

void Live(Loop& loop) {
  for (const StepFunction& step : Story()) {
    absl::Status status;
    for (int attempt = 0; attempt < 12; ++attempt) {
      const std::string routes = forwarding::Print(loop->table());
      const uint64_t revision = loop->revision();
      const Settings settings = loop->settings();
      status = step(loop);
      ExpectHonest(loop);
      if (status.ok()) break;
      EXPECT_EQ(loop->revision(), revision);
      if (loop->settings() == settings) {
        EXPECT_EQ(forwarding::Print(loop->table()), routes) << "a failed push changed the table";
      }
      loop.PollWhenDue();
      ExpectHonest(loop);
    }
    ASSERT_EQ(status, absl::OkStatus());
  }
  // Looks find what the trouble left behind, once it is over.
  for (int polls = 0; polls < 3; ++polls) loop.PollWhenDue();
  for (int polls = 0; polls < 20 && !loop->health().in_sync; ++polls) loop.PollWhenDue();
  EXPECT_TRUE(loop->health().in_sync) << loop->health().problem;
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  EXPECT_EQ(loop->revision(), 4U);
  EXPECT_EQ(loop.state.revision, 4U);
}

size_t CallsOfTheStory() {
  Loop loop;
  Live(loop);
  return loop.kernel.calls().size();
}

}  // namespace nftsvc::reconcile
