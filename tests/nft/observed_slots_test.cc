// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

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

}  // namespace
}  // namespace nftsvc::nft
