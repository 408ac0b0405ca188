// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "src/nft/compile.h"
#include "src/nft/pick.h"
#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using forwarding::Pool;
using testing::At;
using ::testing::ElementsAre;
using testing::FrontendAt;
using ::testing::IsEmpty;

constexpr char kObservedWeb[] = "10.96.0.1:80/tcp";

void AddSlot(Inventory& inventory, const char* frontend, uint32_t slot, const char* endpoint) {
  const model::FrontendKey key = FrontendAt(frontend);
  Element element;
  element.id = {.family = key.address.family(),
                .set = key.node_port ? SetId::kNodePortEndpoints : SetId::kEndpoints,
                .key = SlotKey(key, slot)};
  element.value = EndpointValue(At(endpoint).address, At(endpoint).port);
  inventory.elements.push_back({.element = element, .counter = {}});
}

TEST(ObservedSlotsTest, TheLowerHalfIsReadInSlotOrder) {
  Inventory inventory;
  AddSlot(inventory, kObservedWeb, 1, "10.0.0.3:80");
  AddSlot(inventory, kObservedWeb, 0, "10.0.0.2:8080");
  const ObservedSlots slots(inventory);
  EXPECT_THAT(slots(FrontendAt(kObservedWeb), Pool::kCluster),
              ElementsAre(At("10.0.0.2:8080"), At("10.0.0.3:80")));
  EXPECT_THAT(slots(FrontendAt(kObservedWeb), Pool::kLocal),
              ElementsAre(At("10.0.0.2:8080"), At("10.0.0.3:80")))
      << "without an upper half there is one pool, whichever";
}

TEST(ObservedSlotsTest, WithAnUpperHalfThatIsTheClustersAndTheLowerTheNodes) {
  Inventory inventory;
  AddSlot(inventory, kObservedWeb, 0, "10.0.0.2:80");
  AddSlot(inventory, kObservedWeb, kUpperHalf, "10.0.1.2:80");
  AddSlot(inventory, kObservedWeb, kUpperHalf + 1, "10.0.0.2:80");
  const ObservedSlots slots(inventory);
  EXPECT_THAT(slots(FrontendAt(kObservedWeb), Pool::kLocal), ElementsAre(At("10.0.0.2:80")));
  EXPECT_THAT(slots(FrontendAt(kObservedWeb), Pool::kCluster),
              ElementsAre(At("10.0.1.2:80"), At("10.0.0.2:80")));
}

TEST(ObservedSlotsTest, AMissingSlotIsNobodys) {
  Inventory inventory;
  AddSlot(inventory, kObservedWeb, 1, "10.0.0.3:80");
  EXPECT_THAT(ObservedSlots(inventory)(FrontendAt(kObservedWeb), Pool::kCluster),
              ElementsAre(At("0.0.0.0:0"), At("10.0.0.3:80")));
}

TEST(ObservedSlotsTest, SlotsThatNoRuleDrawsAreIgnored) {
  Inventory inventory;
  AddSlot(inventory, kObservedWeb, 2 * kUpperHalf, "10.0.0.2:80");
  AddSlot(inventory, kObservedWeb, UINT32_MAX, "10.0.0.2:80");
  EXPECT_THAT(ObservedSlots(inventory)(FrontendAt(kObservedWeb), Pool::kCluster), IsEmpty());
}

TEST(ObservedSlotsTest, FrontendsDoNotMix) {
  Inventory inventory;
  AddSlot(inventory, kObservedWeb, 0, "10.0.0.2:80");
  AddSlot(inventory, "node port 80/tcp", 0, "10.0.0.3:80");
  AddSlot(inventory, "[fd00::1]:80/tcp", 0, "[fd00:10::2]:80");
  const ObservedSlots slots(inventory);
  EXPECT_THAT(slots(FrontendAt("node port 80/tcp"), Pool::kCluster),
              ElementsAre(At("10.0.0.3:80")));
  EXPECT_THAT(slots(FrontendAt("[fd00::1]:80/tcp"), Pool::kCluster),
              ElementsAre(At("[fd00:10::2]:80")));
  EXPECT_THAT(slots(FrontendAt("10.96.0.1:80/udp"), Pool::kCluster), IsEmpty());
}

std::vector<Element> ElementsOf(const Inventory& inventory) {
  std::vector<Element> elements;
  for (const ElementInventory& observed : inventory.elements) elements.push_back(observed.element);
  return elements;
}

TEST(ObservedSlotsTest, OfWhatIsAsExpectedNothingIsKept) {
  Inventory inventory;
  AddSlot(inventory, kObservedWeb, 0, "10.0.0.2:80");
  AddSlot(inventory, "10.96.0.2:80/tcp", 0, "10.0.0.2:80");
  const std::vector<Element> expected = ElementsOf(inventory);
  EXPECT_THAT(ObservedSlots(inventory, expected).frontends(), IsEmpty());

  // What is missing takes no slot from others.
  inventory.elements.erase(inventory.elements.begin());
  EXPECT_THAT(ObservedSlots(inventory, expected).frontends(), IsEmpty());
}

TEST(ObservedSlotsTest, OfAFrontendThatDiffersInOneSlotAllAreKept) {
  Inventory inventory;
  AddSlot(inventory, "10.96.0.2:80/tcp", 0, "10.0.0.2:80");
  AddSlot(inventory, kObservedWeb, 0, "10.0.0.2:80");
  AddSlot(inventory, kObservedWeb, 1, "10.0.0.3:80");
  AddSlot(inventory, kObservedWeb, kUpperHalf, "10.0.0.4:80");
  std::vector<Element> expected = ElementsOf(inventory);
  expected[2].value = EndpointValue(At("10.0.0.9:80").address, 80);
  const ObservedSlots slots(inventory, expected);
  EXPECT_THAT(slots.frontends(), ElementsAre(FrontendAt(kObservedWeb)));
  EXPECT_THAT(slots(FrontendAt(kObservedWeb), Pool::kLocal),
              ElementsAre(At("10.0.0.2:80"), At("10.0.0.3:80")));
  EXPECT_THAT(slots(FrontendAt(kObservedWeb), Pool::kCluster), ElementsAre(At("10.0.0.4:80")));
}

TEST(ObservedSlotsTest, WhatNobodyExpectsIsKept) {
  Inventory inventory;
  AddSlot(inventory, kObservedWeb, 0, "10.0.0.2:80");
  EXPECT_THAT(ObservedSlots(inventory, {}).frontends(), ElementsAre(FrontendAt(kObservedWeb)));
}

// A dump has an order of its own.
TEST(ObservedSlotsTest, InAnotherOrderWhatDiffersIsKeptToo) {
  Inventory inventory;
  std::vector<std::string> frontends;
  for (int i = 0; i < 100; ++i) frontends.push_back("10.96.1." + std::to_string(i) + ":80/tcp");
  for (const std::string& frontend : frontends) {
    AddSlot(inventory, frontend.c_str(), 0, "10.0.0.2:80");
  }
  std::vector<Element> expected = ElementsOf(inventory);
  expected[7].value = EndpointValue(At("10.0.0.9:80").address, 80);
  std::reverse(inventory.elements.begin(), inventory.elements.end());
  EXPECT_THAT(ObservedSlots(inventory, expected).frontends(),
              ::testing::Contains(FrontendAt(frontends[7].c_str())));
}

// `nft add element ip nftsvc endpoints { * : 10.0.0.2 . 80 }`
TEST(ObservedSlotsTest, ACatchAllElementIsInNoSlot) {
  Inventory inventory;
  AddSlot(inventory, kObservedWeb, 0, "10.0.0.2:80");
  inventory.elements.front().element.id.key = Bytes();
  EXPECT_THAT(ObservedSlots(inventory).frontends(), IsEmpty());
  EXPECT_THAT(ObservedSlots(inventory, {}).frontends(), IsEmpty());
}

}  // namespace
}  // namespace nftsvc::nft
