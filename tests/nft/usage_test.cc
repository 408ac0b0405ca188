// SPDX-License-Identifier: Apache-2.0
#include "src/nft/usage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using ::testing::ElementsAre;
using testing::FrontendAt;
using testing::Ip;
using ::testing::IsEmpty;

Element To(const char* frontend, const char* chain) {
  Element element;
  element.id = {
      .family = Family::kIPv4, .set = SetId::kServices, .key = FrontendKey(FrontendAt(frontend))};
  element.verdict = VerdictCode::kGoto;
  element.chain = chain;
  return element;
}

Element ClusterIp(const char* address) {
  Element element;
  element.id = {
      .family = Ip(address).family(), .set = SetId::kClusterIps, .key = AddressKey(Ip(address))};
  return element;
}

struct Net {
  std::vector<Element> removed;
  std::vector<Element> added;
};

// Of elements alone.
Net Replace(Usage& usage, std::vector<Element> before, std::vector<Element> after) {
  Parts from;
  from.elements = std::move(before);
  Parts to;
  to.elements = std::move(after);
  Usage::Net net = usage.Replace(std::move(from), std::move(to));
  return {.removed = std::move(net.removed.elements), .added = std::move(net.added.elements)};
}

size_t CountIn(const Usage& usage, SetId set) {
  return usage.counts()[0][static_cast<size_t>(set)];
}

TEST(UsageTest, CountsElementsAndTheChainsThatTheyGoTo) {
  Usage usage;
  Replace(usage, {},
          {To("10.96.0.1:80/tcp", "random-1"), To("10.96.0.2:80/tcp", "random-1"),
           To("10.96.0.3:80/tcp", "random-2")});
  EXPECT_EQ(CountIn(usage, SetId::kServices), 3U);
  EXPECT_THAT(usage.chains()[0], ElementsAre("random-1", "random-2"));
  EXPECT_THAT(usage.chains()[1], IsEmpty());
  Replace(usage, {To("10.96.0.1:80/tcp", "random-1"), To("10.96.0.3:80/tcp", "random-2")}, {});
  EXPECT_EQ(CountIn(usage, SetId::kServices), 1U);
  EXPECT_THAT(usage.chains()[0], ElementsAre("random-1"));
}

TEST(UsageTest, SaysOnceThatChainsChanged) {
  Usage usage;
  Replace(usage, {}, {To("10.96.0.1:80/tcp", "random-1")});
  EXPECT_TRUE(usage.TakeChainsChanged());
  EXPECT_FALSE(usage.TakeChainsChanged());
  Replace(usage, {}, {To("10.96.0.2:80/tcp", "random-1")});
  EXPECT_FALSE(usage.TakeChainsChanged()) << "somebody goes there already";
  Replace(usage, {To("10.96.0.1:80/tcp", "random-1")}, {});
  EXPECT_FALSE(usage.TakeChainsChanged()) << "somebody still goes there";
  Replace(usage, {To("10.96.0.2:80/tcp", "random-1")}, {});
  EXPECT_TRUE(usage.TakeChainsChanged());
}

TEST(UsageTest, AnElementThatTwoServicesYieldIsHeldWhileOneOfThemDoes) {
  Usage usage;
  EXPECT_THAT(Replace(usage, {}, {ClusterIp("10.96.0.1")}).added,
              ElementsAre(ClusterIp("10.96.0.1")));
  EXPECT_THAT(Replace(usage, {}, {ClusterIp("10.96.0.1")}).added, IsEmpty());
  EXPECT_EQ(CountIn(usage, SetId::kClusterIps), 1U);
  EXPECT_THAT(Replace(usage, {ClusterIp("10.96.0.1")}, {}).removed, IsEmpty());
  EXPECT_THAT(Replace(usage, {ClusterIp("10.96.0.1")}, {}).removed,
              ElementsAre(ClusterIp("10.96.0.1")));
  EXPECT_EQ(CountIn(usage, SetId::kClusterIps), 0U);
}

TEST(UsageTest, ASharedElementOnBothSidesIsNeitherAddedNorRemoved) {
  Usage usage;
  Replace(usage, {}, {ClusterIp("10.96.0.1")});
  const Net net = Replace(usage, {ClusterIp("10.96.0.1")}, {ClusterIp("10.96.0.1")});
  EXPECT_THAT(net.added, IsEmpty());
  EXPECT_THAT(net.removed, IsEmpty());
}

TEST(UsageTest, OneServiceMayYieldASharedElementTwice) {
  Usage usage;
  EXPECT_THAT(Replace(usage, {}, {ClusterIp("10.96.0.1"), ClusterIp("10.96.0.1")}).added,
              ElementsAre(ClusterIp("10.96.0.1")));
  EXPECT_THAT(Replace(usage, {ClusterIp("10.96.0.1"), ClusterIp("10.96.0.1")}, {}).removed,
              ElementsAre(ClusterIp("10.96.0.1")));
}

TEST(UsageTest, ReplacingBackRestoresTheState) {
  Usage usage;
  const std::vector<Element> a = {To("10.96.0.1:80/tcp", "random-1"), ClusterIp("10.96.0.1")};
  const std::vector<Element> b = {To("10.96.0.1:80/tcp", "random-2"), ClusterIp("10.96.0.1"),
                                  ClusterIp("fd00:96::1")};
  Replace(usage, {}, a);
  const SetCounts counts = usage.counts();
  const ChainNames chains = usage.chains();
  Replace(usage, a, b);
  EXPECT_THAT(usage.chains()[0], ElementsAre("random-2"));
  EXPECT_EQ(usage.counts()[1][static_cast<size_t>(SetId::kClusterIps)], 1U);
  Replace(usage, b, a);
  EXPECT_EQ(usage.counts(), counts);
  EXPECT_EQ(usage.chains(), chains);
}

}  // namespace
}  // namespace nftsvc::nft
