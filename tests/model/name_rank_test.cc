// SPDX-License-Identifier: Apache-2.0
#include "src/model/name_rank.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace nftsvc::model {
namespace {

std::vector<uint64_t> Ranks(const std::vector<ServiceName>& names) {
  std::vector<const ServiceName*> pointers;
  for (const ServiceName& name : names) pointers.push_back(&name);
  return RankNames(pointers);
}

TEST(RankNames, TellsApartWhatDiffersBehindTheBeginningOfAll) {
  const std::vector<uint64_t> ranks =
      Ranks({{"a-long-namespace", "service-10"}, {"a-long-namespace", "service-2"}});
  EXPECT_LT(ranks[0], ranks[1]);
}

TEST(RankNames, PutsAShorterNamespaceFirst) {
  const std::vector<uint64_t> ranks = Ranks({{"a-b", "a"}, {"a", "z"}});
  EXPECT_GT(ranks[0], ranks[1]);
}

TEST(RankNames, SaysNothingOfEqualNames) {
  EXPECT_THAT(Ranks({{"a", "b"}, {"a", "b"}}), testing::Each(0));
  EXPECT_THAT(Ranks({}), testing::IsEmpty());
}

// Few letters and short texts, so that there are many prefixes; a byte above 127 among them.
TEST(RankNames, NeverContradictsTheOrderOfNames) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same each time
  const auto text = [&](size_t most) {
    std::string made;
    for (size_t i = random() % (most + 1); i > 0; --i) made += "ab-\xc3"[random() % 4];
    return made;
  };
  size_t told_apart = 0;
  for (int round = 0; round < 200; ++round) {
    const std::string beginning = text(12);
    std::vector<ServiceName> names;
    for (int i = 0; i < 10; ++i) names.push_back({beginning + text(3), text(12)});
    const std::vector<uint64_t> ranks = Ranks(names);
    for (size_t a = 0; a < names.size(); ++a) {
      for (size_t b = 0; b < names.size(); ++b) {
        if (ranks[a] >= ranks[b]) continue;
        EXPECT_LT(names[a], names[b]);
        ++told_apart;
      }
    }
  }
  EXPECT_GT(told_apart, 5'000u);
}

}  // namespace
}  // namespace nftsvc::model
