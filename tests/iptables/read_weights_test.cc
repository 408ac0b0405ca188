// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/read_weights.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

namespace nftsvc::iptables {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// As the kernel keeps a probability.
double Kept(double probability) { return std::round(probability * 0x1p31) / 0x1p31; }

double AsText(double probability, int digits) {
  const double scale = std::pow(10, digits);
  return std::round(probability * scale) / scale;
}

// The probabilities of rules that give these shares, the last one's left open.
std::vector<double> Probabilities(const std::vector<uint32_t>& weights, auto rounded) {
  double left = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<double> probabilities;
  for (const uint32_t weight : weights) {
    probabilities.push_back(&weight == &weights.back() ? 1 : rounded(weight / left));
    left -= weight;
  }
  return probabilities;
}

std::vector<double> Saved(const std::vector<uint32_t>& weights) {
  return Probabilities(weights, [](double p) { return AsText(Kept(AsText(p, 10)), 11); });
}

TEST(ReadWeightsTest, NothingHasNoWeights) {
  EXPECT_THAT(WeightsOf({}).weights, IsEmpty());
  EXPECT_TRUE(WeightsOf({}).exact);
}

TEST(ReadWeightsTest, EqualSharesHaveTheWeightOne) {
  for (const size_t count : {1u, 2u, 3u, 7u, 100u, 1'000u, 32'768u}) {
    const Shares saved = WeightsOf(Saved(std::vector<uint32_t>(count, 1)));
    EXPECT_TRUE(saved.exact);
    EXPECT_EQ(saved.weights, std::vector<uint16_t>(count, 1));
  }
}

TEST(ReadWeightsTest, EqualSharesOfEarlyVersionsHadFiveDigits) {
  for (const size_t count : {3u, 6u, 7u, 11u, 100u}) {
    const auto early = [](double p) { return AsText(Kept(AsText(p, 5)), 11); };
    const Shares shares = WeightsOf(Probabilities(std::vector<uint32_t>(count, 1), early));
    EXPECT_TRUE(shares.exact);
    EXPECT_THAT(shares.weights, Each(1));
  }
}

TEST(ReadWeightsTest, UnequalSharesGiveTheSmallestWeights) {
  EXPECT_THAT(WeightsOf({0.75, 1}).weights, ElementsAre(3, 1));
  EXPECT_THAT(WeightsOf(Saved({1, 2, 3})).weights, ElementsAre(1, 2, 3));
  EXPECT_THAT(WeightsOf(Saved({20, 40, 60})).weights, ElementsAre(1, 2, 3));
  EXPECT_THAT(WeightsOf(Saved({2, 1})).weights, ElementsAre(2, 1));
  EXPECT_THAT(WeightsOf(Saved({100, 1, 10})).weights, ElementsAre(100, 1, 10));
}

// A snapshot's weights become at most 1,024 slots, unless a port has many endpoints.
TEST(ReadWeightsTest, WeightsOfAllSlotsComeBack) {
  uint64_t state = 1;
  for (int round = 0; round < 2'000; ++round) {
    std::vector<uint32_t> weights;
    uint32_t divisor = 0;
    const size_t count = 2 + round % 9;
    for (size_t i = 0; i < count; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      weights.push_back(1 + static_cast<uint32_t>(state >> 33) % (1024 / count));
      divisor = std::gcd(divisor, weights.back());
    }
    const Shares shares = WeightsOf(Saved(weights));
    EXPECT_TRUE(shares.exact);
    ASSERT_EQ(shares.weights.size(), count);
    for (size_t i = 0; i < count; ++i) {
      ASSERT_EQ(shares.weights[i], weights[i] / divisor) << "round " << round << ", rule " << i;
    }
  }
}

TEST(ReadWeightsTest, WhatNoWeightsMakeIsSaid) {
  const Shares never = WeightsOf({0, 0.5, 1});
  EXPECT_FALSE(never.exact);
  EXPECT_THAT(never.weights, ElementsAre(0, 1, 1));
  const Shares always = WeightsOf({0.5, 1, 1});
  EXPECT_FALSE(always.exact);
  EXPECT_THAT(always.weights, ElementsAre(1, 1, 0));
  const Shares tiny = WeightsOf({1e-9, 1});
  EXPECT_FALSE(tiny.exact);
  EXPECT_THAT(tiny.weights, ElementsAre(1, 1000));
}

TEST(ReadWeightsTest, WhateverTheProbabilitiesEveryRuleHasAWeight) {
  uint64_t state = 7;
  for (int round = 0; round < 2'000; ++round) {
    std::vector<double> probabilities;
    for (int i = 0; i < round % 40; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      probabilities.push_back(static_cast<double>(state >> 40) / static_cast<double>(1 << 24));
    }
    const Shares shares = WeightsOf(probabilities);
    ASSERT_EQ(shares.weights.size(), probabilities.size());
    uint32_t divisor = 0;
    for (const uint16_t weight : shares.weights) divisor = std::gcd(divisor, uint32_t{weight});
    EXPECT_EQ(divisor, probabilities.empty() ? 0u : 1u);
  }
}

}  // namespace
}  // namespace nftsvc::iptables
