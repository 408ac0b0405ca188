// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/maglev.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>

#include "src/model/limits.h"
#include "tests/support/builders.h"
#include "tests/support/random.h"

namespace nftsvc::forwarding {
namespace {

using testing::Ip;
using testing::Random;

Target TargetAt(size_t number, uint16_t port = 8080) {
  return {
      .address = base::IpAddress(Ip(absl::StrCat("10.0.", number / 250, ".", number % 250 + 1))),
      .port = port,
      .may_hairpin = false,
      .name = {}};
}

std::vector<Target> Targets(size_t count) {
  std::vector<Target> targets;
  for (size_t i = 0; i < count; ++i) targets.push_back(TargetAt(i));
  return targets;
}

Slots TableOf(const std::vector<Target>& targets, std::vector<uint16_t> weights = {}) {
  std::vector<uint16_t> users(targets.size());
  std::iota(users.begin(), users.end(), uint16_t{0});
  if (weights.empty()) weights.assign(targets.size(), 1);
  return MaglevSlots(targets, users, weights);
}

// The endpoint in each slot.
std::vector<std::string> Named(const Slots& slots, const std::vector<Target>& targets) {
  std::vector<std::string> names;
  for (const uint16_t slot : slots) {
    names.push_back(base::HostPort(targets[slot].address, targets[slot].port));
  }
  return names;
}

double Differing(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  size_t differing = 0;
  for (size_t i = 0; i < a.size(); ++i) differing += a[i] != b[i] ? 1 : 0;
  return static_cast<double>(differing) / static_cast<double>(a.size());
}

std::vector<size_t> CountsOf(const Slots& slots, size_t targets) {
  std::vector<size_t> counts(targets);
  for (const uint16_t slot : slots) ++counts[slot];
  return counts;
}

TEST(MaglevTest, WithoutUsersThereAreNoSlots) { EXPECT_TRUE(TableOf({}).empty()); }

TEST(MaglevTest, TheTableHasOneOfTwoSizes) {
  EXPECT_EQ(TableOf(Targets(1)).size(), model::kMaglevSlots);
  EXPECT_EQ(TableOf(Targets(327)).size(), model::kMaglevSlots);
  EXPECT_EQ(TableOf(Targets(328)).size(), model::kLargeMaglevSlots);
  static_assert(model::kLargeMaglevSlots <= model::kMaxSlotsPerPort);
}

TEST(MaglevTest, AnyPermutationOfTheTableNeedsAPrimeSize) {
  for (const size_t size : {model::kMaglevSlots, model::kLargeMaglevSlots}) {
    for (size_t divisor = 2; divisor * divisor <= size; ++divisor) {
      ASSERT_NE(size % divisor, 0U) << size << " / " << divisor;
    }
  }
}

TEST(MaglevTest, EqualTargetsGetEqualShares) {
  for (const size_t count : {1, 2, 3, 100, 327, 1'000}) {
    const std::vector<size_t> counts = CountsOf(TableOf(Targets(count)), count);
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    EXPECT_LE(*most - *least, 1U) << count;
  }
}

TEST(MaglevTest, SharesFollowTheWeights) {
  const std::vector<uint16_t> weights = {1, 2, 5, 100, 65'535, 7, 7};
  const Slots slots = TableOf(Targets(weights.size()), weights);
  const std::vector<size_t> counts = CountsOf(slots, weights.size());
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (size_t i = 0; i < weights.size(); ++i) {
    const double ideal = weights[i] / sum * static_cast<double>(slots.size());
    // The last round may end before some have had their turn.
    EXPECT_LE(std::abs(static_cast<double>(counts[i]) - ideal), weights.size()) << i;
  }
}

TEST(MaglevTest, TheOrderOfTheTargetsDoesNotMatter) {
  Random random(1);
  std::vector<Target> targets = Targets(50);
  const std::vector<std::string> table = Named(TableOf(targets), targets);
  for (int i = 0; i < 5; ++i) {
    random.Shuffle(targets);
    EXPECT_EQ(Named(TableOf(targets), targets), table);
  }
}

// The wanted 2 % more than the ideal, for each of 100 endpoints that goes, and for one that comes.
TEST(MaglevTest, OneOfAHundredMovesLittleMoreThanItsShare) {
  const std::vector<Target> hundred = Targets(100);
  const std::vector<std::string> table = Named(TableOf(hundred), hundred);
  double sum = 0;
  for (size_t i = 0; i < hundred.size(); ++i) {
    std::vector<Target> others = hundred;
    others.erase(others.begin() + static_cast<ptrdiff_t>(i));
    const double moved = Differing(Named(TableOf(others), others), table);
    ASSERT_LE(moved, 0.01 + 0.02) << i;
    sum += moved;
  }
  EXPECT_LE(sum / 100, 0.01 + 0.015) << "on average less";
  const std::vector<Target> more = Targets(101);
  EXPECT_LE(Differing(Named(TableOf(more), more), table), 1.0 / 101 + 0.02);
}

TEST(MaglevTest, PortsTellTargetsApart) {
  const std::vector<Target> targets = {TargetAt(0, 80), TargetAt(0, 81)};
  const std::vector<size_t> counts = CountsOf(TableOf(targets), 2);
  EXPECT_LE(counts[0] - counts[1], 1U);
}

// Any change here moves flows on every host: tables of hosts with different versions would differ.
TEST(MaglevTest, TheTableIsTheSameInEveryVersion) {
  const Slots slots = TableOf(Targets(7));
  uint64_t hash = 0;
  for (const uint16_t slot : slots) hash = hash * 31 + slot;
  EXPECT_EQ(hash, 16'042'767'556'686'656'302U);
}

}  // namespace
}  // namespace nftsvc::forwarding
