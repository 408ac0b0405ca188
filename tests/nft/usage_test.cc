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

// Who may dial 198.51.100.1:80/tcp: 10.0.0.0 to `last`.
Element SourcesTo(const char* last) {
  Element element;
  element.id = {.family = Family::kIPv4,
                .set = SetId::kAllowedSources,
                .key = FrontendKey(FrontendAt("198.51.100.1:80/tcp"))};
  element.value = element.id.key;
  element.id.key.Append(Ip("10.0.0.0").bytes());
  element.value.Append(Ip(last).bytes());
  return element;
}

struct Net {
  std::vector<Element> removed;
  std::vector<Element> added;
  ChainNames chains_removed;
  ChainNames chains_added;
};

// Of elements alone.
Net Replace(Usage& usage, std::vector<Element> before, std::vector<Element> after) {
  Parts from;
  from.elements = std::move(before);
  Parts to;
  to.elements = std::move(after);
  Usage::Net net = usage.Replace(std::move(from), std::move(to));
  return {.removed = std::move(net.removed.elements),
          .added = std::move(net.added.elements),
          .chains_removed = std::move(net.chains_removed),
          .chains_added = std::move(net.chains_added)};
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

TEST(UsageTest, SaysWhichChainsComeAndGo) {
  Usage usage;
  Net net = Replace(usage, {}, {To("10.96.0.1:80/tcp", "random-1")});
  EXPECT_THAT(net.chains_added[0], ElementsAre("random-1"));
  net = Replace(usage, {}, {To("10.96.0.2:80/tcp", "random-1")});
  EXPECT_THAT(net.chains_added[0], IsEmpty()) << "somebody goes there already";
  net = Replace(usage, {To("10.96.0.1:80/tcp", "random-1")}, {});
  EXPECT_THAT(net.chains_removed[0], IsEmpty()) << "somebody still goes there";
  net = Replace(usage, {To("10.96.0.2:80/tcp", "random-1")}, {});
  EXPECT_THAT(net.chains_removed[0], ElementsAre("random-1"));
}

TEST(UsageTest, AChainComesWithThoseThatItsRulesGoTo) {
  Usage usage;
  Net net = Replace(usage, {}, {To("10.96.0.1:80/tcp", "checked-outside-random-3")});
  EXPECT_THAT(net.chains_added[0],
              ElementsAre("checked-outside-random-3", "outside-random-3", "random-1", "random-3"));
  net = Replace(usage, {}, {To("10.96.0.2:80/tcp", "random-2")});
  EXPECT_THAT(net.chains_added[0], ElementsAre("random-2"));
  net = Replace(usage, {To("10.96.0.1:80/tcp", "checked-outside-random-3")}, {});
  EXPECT_THAT(net.chains_removed[0],
              ElementsAre("checked-outside-random-3", "outside-random-3", "random-3"))
      << "random-2 falls back to random-1";
}

TEST(UsageTest, ChainsThatEveryTableHasAreNobodysNeed) {
  Usage usage;
  EXPECT_THAT(Replace(usage, {}, {To("10.96.0.1:80/tcp", "reject-new")}).chains_added[0],
              IsEmpty());
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

TEST(UsageTest, ARangeThatGoesElsewhereFromTheSameAddressIsAnother) {
  Usage usage;
  Replace(usage, {}, {SourcesTo("10.255.255.255")});
  const Net net = Replace(usage, {SourcesTo("10.255.255.255")}, {SourcesTo("10.0.0.255")});
  EXPECT_THAT(net.removed, ElementsAre(SourcesTo("10.255.255.255")));
  EXPECT_THAT(net.added, ElementsAre(SourcesTo("10.0.0.255")));
  EXPECT_EQ(CountIn(usage, SetId::kAllowedSources), 1U);
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
  EXPECT_THAT(usage.chains()[0], ElementsAre("random-1", "random-2"));
  EXPECT_EQ(usage.counts()[1][static_cast<size_t>(SetId::kClusterIps)], 1U);
  Replace(usage, b, a);
  EXPECT_EQ(usage.counts(), counts);
  EXPECT_EQ(usage.chains(), chains);
}

}  // namespace
}  // namespace nftsvc::nft
