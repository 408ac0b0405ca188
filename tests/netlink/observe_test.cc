// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/observe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

class ObserveTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped()) return;
    MustCommit(EmptyTables(1000));
  }
};

// Commits pairs of elements as fast as it can; whoever sees one alone has seen half a commit.
class Writer {
 public:
  Writer() : thread_([this] { Run(); }) {}
  ~Writer() { thread_.join(); }

  bool running() const { return running_; }
  int commits() const { return commits_; }

 private:
  void Run() {
    // Threads share the namespace of the one that made them.
    const absl::StatusOr<std::unique_ptr<Kernel>> kernel = Kernel::Open();
    if (kernel.ok()) {
      for (int i = 0; i < 1000; ++i) {
        const nft::Element service = Service(Family::kIPv4, 1, "pick-1");
        const nft::Element endpoint = Endpoint(Frontend(Family::kIPv6, 1), 0, 1);
        nft::Transaction transaction;
        if (i % 2 == 0) {
          transaction.operations = {nft::AddElement{service, nullptr, {}},
                                    nft::AddElement{endpoint, nullptr, {}}};
        } else {
          transaction.operations = {Deletion(service), Deletion(endpoint)};
        }
        const absl::StatusOr<reconcile::Generation> generation = (*kernel)->CurrentGeneration();
        if (generation.ok() && (*kernel)->Commit(transaction, *generation).ok()) ++commits_;
      }
    }
    running_ = false;
  }

  std::atomic<bool> running_ = true;
  std::atomic<int> commits_ = 0;
  std::thread thread_;
};

TEST_F(ObserveTest, SeesNoHalfCommits) {
  int observed = 0;
  Writer writer;
  while (writer.running()) {
    const reconcile::RulesetStore::Observation seen = MustObserve();
    if (!seen.whole) continue;  // it may give up, but then says so
    ++observed;
    ASSERT_NE(seen.inventory.elements.size(), 1u);
  }
  EXPECT_EQ(writer.commits(), 1000);
  EXPECT_TRUE(MustObserve().inventory.elements.empty());
  RecordProperty("whole_observations", observed);
}

TEST_F(ObserveTest, OthersWhoCommitAllTheTimeAreNoHindrance) {
  ASSERT_EQ(Load("table inet others { set numbers { type mark; }\n}\n"), "");
  nft::Transaction transaction;
  constexpr size_t kCount = 900;
  for (size_t i = 0; i < kCount; ++i) {
    transaction.operations.push_back(nft::AddElement{
        Endpoint(Frontend(Family::kIPv4, 1), static_cast<uint32_t>(i), 1), nullptr, {}});
  }
  MustCommit(transaction);
  std::atomic<bool> running = true;
  std::thread others([&running] {
    for (int i = 0; i < 1000 && running; ++i) {
      EXPECT_EQ(Load("add element inet others numbers { " + std::to_string(i) + " }"), "");
    }
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(MustObserve().inventory.elements.size(), kCount);
  }
  running = false;
  others.join();
}

// Whether it is right, wrong or nothing.
TEST_F(ObserveTest, WhatIsExpectedChangesNothingOfTheResult) {
  const auto endpoint = [](uint32_t slot, uint8_t last) {
    return Endpoint(Frontend(Family::kIPv4, 1), slot, last);
  };
  MustCommit(
      {{nft::AddElement{endpoint(0, 1), nullptr, {}}, nft::AddElement{endpoint(1, 2), nullptr, {}},
        nft::AddElement{Endpoint(Frontend(Family::kIPv6, 1), 0, 3), nullptr, {}}}});
  const auto sorted = [](std::vector<nft::ElementInventory> elements) {
    std::sort(elements.begin(), elements.end(),
              [](const auto& a, const auto& b) { return a.element.id < b.element.id; });
    return elements;
  };
  const std::vector<nft::ElementInventory> right = sorted(MustObserve().inventory.elements);
  ASSERT_EQ(right.size(), 3u);
  const std::vector<std::vector<nft::Element>> expectations = {
      {right[0].element, right[1].element, right[2].element},
      {right[2].element, right[1].element, right[0].element},
      {endpoint(0, 9), endpoint(1, 9)},                  // with other data
      {endpoint(0, 1), endpoint(7, 2)},                  // as many, one of them not there
      {endpoint(7, 1), endpoint(8, 2)},                  // as many, none of them there
      {endpoint(0, 1)},                                  // too few
      {endpoint(0, 1), endpoint(1, 2), endpoint(2, 3)},  // too many
  };
  for (const std::vector<nft::Element>& expected : expectations) {
    const auto seen = kernel->Observe(expected);
    ASSERT_TRUE(seen.ok()) << seen.status();
    const std::vector<nft::ElementInventory> elements = sorted(seen->inventory.elements);
    ASSERT_EQ(elements.size(), right.size());
    for (size_t i = 0; i < right.size(); ++i) EXPECT_EQ(elements[i].element, right[i].element);
  }
}

TEST_F(ObserveTest, TheGenerationIsTheOneToCommitOn) {
  const reconcile::Generation generation = MustObserve().generation;
  EXPECT_TRUE(kernel->Commit({{nft::DeleteTable{Family::kIPv4}}}, generation).ok());
}

TEST_F(ObserveTest, TablesOfOtherNamesAndFamiliesAreNoneOfOurs) {
  ASSERT_EQ(Load("table ip other { chain c { }\n}\n"
                 "table inet nftsvc { chain c { }\n}\n"
                 "table arp nftsvc { chain c { }\n}\n"),
            "");
  const nft::Inventory inventory = MustObserve().inventory;
  for (const std::optional<nft::TableInventory>& table : inventory.tables) {
    EXPECT_EQ(table->chains.size(), 2u);
  }
}

TEST_F(ObserveTest, AForeignTableOfOurNameIsNotOurs) {
  MustCommit({{nft::DeleteTable{Family::kIPv4}, nft::DeleteTable{Family::kIPv6}}});
  ASSERT_EQ(Load("table ip nftsvc { }\n"
                 "table ip6 nftsvc { comment \"made by somebody\"\n}\n"),
            "");
  const nft::Inventory inventory = MustObserve().inventory;
  EXPECT_FALSE(inventory.tables[0]->ours);
  EXPECT_FALSE(inventory.tables[1]->ours);
}

TEST_F(ObserveTest, SaysWhetherATableIsSwitchedOff) {
  EXPECT_FALSE(MustObserve().inventory.tables[0]->dormant);
  ASSERT_EQ(Load("add table ip nftsvc { flags dormant; }"), "");
  EXPECT_TRUE(MustObserve().inventory.tables[0]->dormant);
  EXPECT_FALSE(MustObserve().inventory.tables[1]->dormant);
}

}  // namespace
}  // namespace nftsvc::netlink
