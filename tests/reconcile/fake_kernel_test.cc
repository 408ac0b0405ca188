// SPDX-License-Identifier: Apache-2.0
//
// The fake kernel is honest: see tests/netlink/kernel_rules_test.cc for the same rules on a real
// one.
#include "tests/support/fake_kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "src/nft/compile.h"
#include "src/nft/plan.h"
#include "tests/support/builders.h"
#include "tests/support/difference.h"
#include "tests/support/kernel_rules.h"

namespace nftsvc::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(FakeKernelTest, ObeysTheKernelsRules) {
  for (const KernelRule& rule : KernelRules()) {
    SCOPED_TRACE(rule.name);
    FakeKernel kernel;
    if (!rule.before.empty()) {
      ASSERT_EQ(kernel.Commit(rule.before, kernel.generation()).status(), absl::OkStatus());
    }
    const auto generation = kernel.generation();
    const absl::Status status = kernel.Commit(rule.tried, generation).status();
    EXPECT_EQ(status.code(), rule.code) << status;
    EXPECT_EQ(kernel.generation(), status.ok() ? generation + 1 : generation);
  }
}

TEST(FakeKernelTest, TakesATransactionWholeOrNotAtAllAndNamesWhatFailed) {
  FakeKernel kernel;
  const nft::Transaction transaction{
      {nft::AddTable{base::Family::kIPv4}, nft::DeleteChain{base::Family::kIPv4, "a"}}};
  const absl::Status status = kernel.Commit(transaction, kernel.generation()).status();
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("commit: delete chain ip nftsvc a: no such file or directory"));
  EXPECT_FALSE(kernel.Observe({})->inventory.tables[0].has_value());
  EXPECT_THAT(kernel.committed(), IsEmpty());
}

TEST(FakeKernelTest, RefusesAStaleGeneration) {
  FakeKernel kernel;
  const auto generation = kernel.generation();
  kernel.CommitElsewhere();
  const nft::Transaction transaction{{nft::AddTable{base::Family::kIPv4}}};
  EXPECT_EQ(kernel.Commit(transaction, generation).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(*kernel.Commit(transaction, generation + 1), generation + 2);
}

TEST(FakeKernelTest, FailsOnDemandWithOrWithoutDoingWhatItWasAsked) {
  FakeKernel kernel;
  const nft::Transaction transaction{{nft::AddTable{base::Family::kIPv4}}};
  kernel.FailCall(0, {absl::UnavailableError("not now")});
  kernel.FailCall(1, {absl::UnknownError("who knows"), /*applied=*/true});
  EXPECT_EQ(kernel.Commit(transaction, 1).status().message(), "not now");
  EXPECT_THAT(kernel.committed(), IsEmpty());
  EXPECT_EQ(kernel.Commit(transaction, 1).status().message(), "who knows");
  EXPECT_EQ(kernel.committed().size(), 1U);
  EXPECT_TRUE(kernel.Observe({})->inventory.tables[0].has_value());
  EXPECT_THAT(kernel.calls(), ElementsAre(FakeKernel::Call::kCommit, FakeKernel::Call::kCommit,
                                          FakeKernel::Call::kObserve));
}

TEST(FakeKernelTest, ObservesWhatWasCommitted) {
  const nft::Ruleset ruleset = nft::Compile(
      forwarding::Resolve(SnapshotOf({WebAt({"10.0.0.2:80"})}), NodeA(), forwarding::NoSlots), {});
  FakeKernel kernel;
  ASSERT_EQ(kernel.Commit(nft::Plan({}, ruleset), kernel.generation()).status(), absl::OkStatus());
  const auto seen = kernel.Observe({});
  EXPECT_EQ(seen->generation, kernel.generation());
  EXPECT_EQ(Difference(seen->inventory, ruleset), "");
}

TEST(FakeKernelTest, CarriesTheCountersOfDeletedElements) {
  const nft::Element element = [] {
    nft::Element slot;
    slot.id = {.family = base::Family::kIPv4,
               .set = nft::SetId::kEndpoints,
               .key = nft::SlotKey(FrontendAt("10.96.0.1:80/tcp"), 0)};
    slot.value = nft::EndpointValue(Ip("10.0.0.2"), 80);
    return slot;
  }();
  nft::AddElement add;
  add.element = element;
  FakeKernel kernel;
  const nft::Transaction first{{nft::AddTable{base::Family::kIPv4},
                                nft::AddSet{base::Family::kIPv4, nft::SetId::kEndpoints, 768},
                                add}};
  ASSERT_EQ(kernel.Commit(first, kernel.generation()).status(), absl::OkStatus());
  kernel.Count(element.id, 7);

  add.counters_of = std::make_shared<const std::vector<nft::ElementKey>>(1, element.id);
  EXPECT_EQ(
      kernel.Commit({{nft::DeleteElement{element.id, {}}, add}}, kernel.generation()).status(),
      absl::OkStatus());
  EXPECT_EQ(kernel.ReadCounters({element.id})->front().packets, 7U);
}

}  // namespace
}  // namespace nftsvc::testing
