// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/counters.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::nft {

void PrintTo(const Counter& counter, std::ostream* out) {
  *out << counter.packets << " packets, " << counter.bytes << " bytes";
}

}  // namespace nftsvc::nft

namespace nftsvc::netlink {
namespace {

using base::Family;
using nft::Counter;

using Keys = std::vector<nft::ElementKey>;

std::shared_ptr<const Keys> Share(Keys keys) {
  return std::make_shared<const Keys>(std::move(keys));
}

class CountersTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped()) return;
    MustCommit(EmptyTables(100'000));
  }

  std::vector<Counter> Read(const std::vector<nft::ElementKey>& elements) {
    const absl::StatusOr<std::vector<Counter>> counters = kernel->ReadCounters(elements);
    EXPECT_TRUE(counters.ok()) << counters.status();
    return counters.value_or(std::vector<Counter>());
  }
};

TEST_F(CountersTest, StartAtZeroOrWhereTheyAreTold) {
  const nft::Element first = Service(Family::kIPv4, 1, "pick-1");
  const nft::Element second = Service(Family::kIPv6, 2, "pick-1");
  MustCommit({{nft::AddElement{first, nullptr, {}},
               nft::AddElement{second, nullptr, {uint64_t{1} << 40, uint64_t{1} << 50}}}});
  const Counter large{uint64_t{1} << 40, uint64_t{1} << 50};
  EXPECT_EQ(Read({second.id, first.id}), std::vector({large, Counter()}));
  EXPECT_EQ(
      Nft("list map ip nftsvc services").find("counter packets 0 bytes 0") == std::string::npos,
      false);
}

TEST_F(CountersTest, AreZeroForWhatTheKernelLacks) {
  const model::FrontendKey frontend = Frontend(Family::kIPv4, 1);
  std::vector<nft::ElementKey> wanted;
  std::vector<Counter> expected;
  nft::Transaction transaction;
  for (uint32_t slot = 0; slot < 100; ++slot) {
    const nft::Element element = Endpoint(frontend, slot, 1);
    wanted.push_back(element.id);
    expected.push_back(slot % 7 == 3 ? Counter() : Counter{slot, slot});
    if (slot % 7 == 3) continue;
    transaction.operations.push_back(nft::AddElement{element, nullptr, {slot, slot}});
  }
  MustCommit(transaction);
  EXPECT_EQ(Read(wanted), expected);
}

TEST_F(CountersTest, AreZeroWithoutSetOrTable) {
  MustCommit({{nft::DeleteTable{Family::kIPv6}, nft::DeleteSet{Family::kIPv4, "services"}}});
  EXPECT_EQ(Read({Service(Family::kIPv4, 1, "").id, Service(Family::kIPv6, 1, "").id}),
            std::vector<Counter>(2));
}

TEST_F(CountersTest, OfManyElementsAreReadInOrderToo) {
  constexpr uint32_t kCount = 12'000;
  const model::FrontendKey frontend = Frontend(Family::kIPv6, 1);
  std::vector<nft::ElementKey> wanted;
  std::vector<Counter> expected;
  nft::Transaction transaction;
  for (uint32_t slot = 0; slot < kCount; ++slot) {
    const nft::Element element = Endpoint(frontend, slot, 1);
    transaction.operations.push_back(nft::AddElement{element, nullptr, {slot, 2 * slot}});
    wanted.push_back(element.id);
    expected.push_back({slot, 2 * slot});
  }
  MustCommit(transaction);
  wanted.push_back(Endpoint(frontend, kCount, 1).id);  // not there
  expected.push_back({});
  wanted.push_back(wanted[5]);  // asked for twice
  expected.push_back(expected[5]);
  EXPECT_EQ(Read(wanted), expected);
}

TEST_F(CountersTest, MoveToTheElementThatTakesAnothersPlace) {
  const nft::Element before = Service(Family::kIPv4, 1, "pick-1");
  MustCommit({{nft::AddElement{before, nullptr, {7, 420}}}});
  const nft::Element after = Service(Family::kIPv4, 1, "pick-2");
  MustCommit({{Deletion(before), nft::AddElement{after, Share({before.id}), {}}}});
  EXPECT_EQ(Read({after.id}), std::vector({Counter{7, 420}}));
}

TEST_F(CountersTest, MoveFromSlotToSlot) {
  const model::FrontendKey frontend = Frontend(Family::kIPv4, 1);
  nft::Transaction transaction;
  for (uint32_t slot = 0; slot < 3; ++slot) {
    transaction.operations.push_back(nft::AddElement{
        Endpoint(frontend, slot, static_cast<uint8_t>(slot + 1)), nullptr, {slot, slot}});
  }
  MustCommit(transaction);
  const nft::Element last = Endpoint(frontend, 2, 3);
  MustCommit({{Deletion(Endpoint(frontend, 0, 1)), Deletion(last),
               nft::AddElement{Endpoint(frontend, 0, 3), Share({last.id}), {}}}});
  EXPECT_EQ(Read({Endpoint(frontend, 0, 3).id, last.id}), std::vector({Counter{2, 2}, Counter()}));
}

TEST_F(CountersTest, OfSeveralElementsAddUpInOne) {
  const model::FrontendKey frontend = Frontend(Family::kIPv4, 1);
  nft::Transaction transaction;
  Keys all;
  for (uint32_t slot = 0; slot < 50; ++slot) {
    const nft::Element element = Endpoint(frontend, slot, 1);
    all.push_back(element.id);
    transaction.operations.push_back(nft::AddElement{element, nullptr, {1, slot}});
  }
  MustCommit(transaction);
  for (nft::Operation& operation : transaction.operations) {
    operation = Deletion(std::get<nft::AddElement>(operation).element);
  }
  const nft::Element first = Endpoint(frontend, 100, 2);
  const nft::Element second = Endpoint(frontend, 101, 3);
  transaction.operations.push_back(
      nft::AddElement{first, Share({all.begin(), all.begin() + 40}), {}});
  transaction.operations.push_back(
      nft::AddElement{second, Share({all.begin() + 40, all.end()}), {}});
  MustCommit(transaction);
  EXPECT_EQ(Read({first.id, second.id}), std::vector({Counter{40, 780}, Counter{10, 445}}));
}

// A new service may take the key of one that was there before the tables were.
TEST_F(CountersTest, AreZeroWhenThereIsNothingToTakeOver) {
  const nft::Element element = Service(Family::kIPv4, 1, "pick-1");
  MustCommit({{nft::AddElement{element, Share({Service(Family::kIPv4, 9, "").id}), {}}}});
  EXPECT_EQ(Read({element.id}), std::vector<Counter>(1));
}

TEST_F(CountersTest, AreObservedWithTheirElements) {
  MustCommit({{nft::AddElement{Service(Family::kIPv4, 1, "pick-1"), nullptr, {3, 99}}}});
  const nft::Inventory inventory = MustObserve().inventory;
  ASSERT_EQ(inventory.elements.size(), 1u);
  EXPECT_EQ(inventory.elements.front().counter, (Counter{3, 99}));
}

}  // namespace
}  // namespace nftsvc::netlink
