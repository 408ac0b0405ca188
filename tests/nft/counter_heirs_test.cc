// SPDX-License-Identifier: Apache-2.0
#include "src/nft/counter_heirs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using ::testing::ElementsAre;
using testing::FrontendAt;
using testing::Ip;
using ::testing::IsNull;
using ::testing::NotNull;
using ::testing::Pointee;

constexpr char kWeb[] = "10.96.0.1:80/tcp";

Element Slot(const char* frontend, uint32_t slot, const char* endpoint) {
  Element element;
  element.id = {.family = Family::kIPv4,
                .set = SetId::kEndpoints,
                .key = SlotKey(FrontendAt(frontend), slot)};
  element.value = EndpointValue(Ip(endpoint), 80);
  return element;
}

Element Service(const char* frontend, const char* chain) {
  Element element;
  element.id = {
      .family = Family::kIPv4, .set = SetId::kServices, .key = FrontendKey(FrontendAt(frontend))};
  element.verdict = VerdictCode::kGoto;
  element.chain = chain;
  return element;
}

ElementInventory Counted(Element element, uint64_t packets) {
  return {.element = std::move(element), .counter = {.packets = packets, .bytes = 60 * packets}};
}

TEST(CounterHeirsTest, AnEndpointInheritsWhateverTheSlot) {
  CounterHeirs heirs(/*counters_known=*/true);
  heirs.Leave(Counted(Slot(kWeb, 3, "10.0.0.2"), 7));
  EXPECT_EQ(heirs.Inherit(Slot(kWeb, 0, "10.0.0.2")).counter, (Counter{7, 420}));
}

TEST(CounterHeirsTest, AFrontendInheritsWhateverTheVerdict) {
  CounterHeirs heirs(/*counters_known=*/true);
  heirs.Leave(Counted(Service(kWeb, "random-1"), 7));
  EXPECT_EQ(heirs.Inherit(Service(kWeb, "random-2")).counter.packets, 7U);
}

TEST(CounterHeirsTest, NobodyElseInherits) {
  CounterHeirs heirs(/*counters_known=*/true);
  heirs.Leave(Counted(Slot(kWeb, 0, "10.0.0.2"), 7));
  heirs.Leave(Counted(Service(kWeb, "random-1"), 8));
  EXPECT_EQ(heirs.Inherit(Slot(kWeb, 0, "10.0.0.3")).counter, Counter());
  EXPECT_EQ(heirs.Inherit(Slot("10.96.0.2:80/tcp", 0, "10.0.0.2")).counter, Counter());
  EXPECT_EQ(heirs.Inherit(Service("10.96.0.2:80/tcp", "random-1")).counter, Counter());
}

TEST(CounterHeirsTest, TheFirstOfAnEndpointsSlotsInheritsTheSum) {
  CounterHeirs heirs(/*counters_known=*/true);
  heirs.Leave(Counted(Slot(kWeb, 0, "10.0.0.2"), 7));
  heirs.Leave(Counted(Slot(kWeb, 1, "10.0.0.2"), 5));
  EXPECT_TRUE(heirs.IsDue(Slot(kWeb, 9, "10.0.0.2")));
  EXPECT_EQ(heirs.Inherit(Slot(kWeb, 2, "10.0.0.2")).counter, (Counter{12, 720}));
  EXPECT_FALSE(heirs.IsDue(Slot(kWeb, 9, "10.0.0.2")));
  EXPECT_EQ(heirs.Inherit(Slot(kWeb, 3, "10.0.0.2")).counter, Counter());
}

TEST(CounterHeirsTest, WhereCountersAreNotKnownTheElementsToReadAreNamed) {
  CounterHeirs heirs(/*counters_known=*/false);
  const Element first = Slot(kWeb, 0, "10.0.0.2");
  const Element second = Slot(kWeb, 1, "10.0.0.2");
  heirs.Leave(Counted(first, 0));
  heirs.Leave(Counted(second, 0));
  const Inheritance add = heirs.Inherit(Slot(kWeb, 2, "10.0.0.2"));
  EXPECT_THAT(add.counters_of, Pointee(ElementsAre(first.id, second.id)));
  EXPECT_EQ(add.counter, Counter());
  EXPECT_THAT(heirs.Inherit(Slot(kWeb, 3, "10.0.0.2")).counters_of, IsNull());
}

TEST(CounterHeirsTest, ElementsWithoutACounterLeaveAndInheritNothing) {
  CounterHeirs heirs(/*counters_known=*/false);
  Element hairpin;
  hairpin.id = {.family = Family::kIPv4, .set = SetId::kHairpin, .key = {}};
  heirs.Leave(Counted(hairpin, 7));
  EXPECT_FALSE(heirs.IsDue(hairpin));
  EXPECT_THAT(heirs.Inherit(hairpin).counters_of, IsNull());
}

TEST(CounterHeirsTest, ACountOfZeroIsNotWorthAnInheritance) {
  CounterHeirs heirs(/*counters_known=*/true);
  heirs.Leave(Counted(Slot(kWeb, 0, "10.0.0.2"), 0));
  EXPECT_FALSE(heirs.IsDue(Slot(kWeb, 1, "10.0.0.2")));
}

}  // namespace
}  // namespace nftsvc::nft
