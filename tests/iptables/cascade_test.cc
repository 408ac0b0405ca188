// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/cascade.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numeric>

#include "src/model/limits.h"
#include "tests/support/random.h"

namespace nftsvc::iptables {
namespace {

using Texts = std::vector<std::string>;

Texts Cascade(const std::vector<uint32_t>& counts) { return CascadeProbabilities(counts); }

TEST(CascadeTest, WritesEqualSharesAsKubeProxyDoes) {
  EXPECT_EQ(Cascade({1, 1, 1}), (Texts{"0.3333333333", "0.5000000000"}));
  EXPECT_EQ(Cascade({1, 1, 1, 1, 1, 1, 1})[0], "0.1428571429");
}

TEST(CascadeTest, OneOrNoneNeedsNoDraw) {
  EXPECT_EQ(Cascade({1}), Texts());
  EXPECT_EQ(Cascade({7}), Texts());
  EXPECT_EQ(Cascade({}), Texts());
}

TEST(CascadeTest, UnequalCountsAreSharesOfWhatIsLeft) {
  EXPECT_EQ(Cascade({1, 2, 5}), (Texts{"0.1250000000", "0.2857142857"}));
  EXPECT_EQ(Cascade({5, 2, 1}), (Texts{"0.6250000000", "0.6666666667"}));
}

// What xt_statistic makes of the texts, against the bound that the header promises.
void ExpectWithinTheBound(const std::vector<uint32_t>& counts) {
  const Texts texts = Cascade(counts);
  ASSERT_EQ(texts.size() + 1, counts.size());
  const double sum = std::accumulate(counts.begin(), counts.end(), 0.0);
  double left = 1;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double share = counts[i] / sum;
    double got = left;
    if (i < texts.size()) {
      got *= std::lround(2147483648.0 * std::strtod(texts[i].c_str(), nullptr)) / 2147483648.0;
    }
    ASSERT_NEAR(got, share, sum * 1e-9 * share) << "endpoint " << i << " of " << counts.size();
    left -= got;
  }
}

TEST(CascadeTest, TheMostEndpointsGetTheirSharesWithinTheBound) {
  ExpectWithinTheBound(std::vector<uint32_t>(model::kMaxSlotsPerPort, 1));
  ExpectWithinTheBound(std::vector<uint32_t>(10'007, 3));
}

TEST(CascadeTest, TheMostUnequalCountsGetTheirSharesWithinTheBound) {
  ExpectWithinTheBound({static_cast<uint32_t>(model::kMaxSlotsPerPort - 1), 1});
  ExpectWithinTheBound({1, static_cast<uint32_t>(model::kMaxSlotsPerPort - 1)});
  std::vector<uint32_t> halves;
  for (uint32_t count = 16'384; count > 0; count /= 2) halves.push_back(count);
  ExpectWithinTheBound(halves);
}

TEST(CascadeTest, AnyCountsGetTheirSharesWithinTheBound) {
  testing::Random random(1);
  for (int round = 0; round < 1000; ++round) {
    std::vector<uint32_t> counts;
    const size_t endpoints = 1 + random.Below(100);
    for (size_t i = 0; i < endpoints; ++i) {
      counts.push_back(static_cast<uint32_t>(1 + random.Below(random.OneIn(10) ? 300 : 5)));
    }
    ExpectWithinTheBound(counts);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace nftsvc::iptables
