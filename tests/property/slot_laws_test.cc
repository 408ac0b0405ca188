// SPDX-License-Identifier: Apache-2.0
//
// What forwarding/slots.h promises: how far shares can be off, and how few endpoints move.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/forwarding/slots.h"
#include "src/model/limits.h"
#include "tests/support/cases.h"
#include "tests/support/random.h"

namespace nftsvc::testing {
namespace {

using forwarding::SlotAddress;
using forwarding::SlotAddresses;
using forwarding::Target;

std::vector<uint16_t> RandomWeights(Random& random) {
  // Few or many, alike or orders of magnitude apart.
  const size_t sizes[] = {2, 3, 10, 300, 2'000};
  const size_t bounds[] = {3, 100, 65'535};
  std::vector<uint16_t> weights(1 + random.Below(sizes[random.Below(5)]));
  const size_t bound = bounds[random.Below(3)];
  for (uint16_t& weight : weights) {
    weight = static_cast<uint16_t>(1 + random.Below(random.OneIn(4) ? 3 : bound));
  }
  return weights;
}

TEST(SlotLawsTest, SharesAreOffByLessThanOneSlot) {
  size_t scaled = 0, raised_somewhere = 0;
  for (uint64_t seed = 0; seed < Cases(1'500); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Random random(seed);
    const std::vector<uint16_t> weights = RandomWeights(random);
    const std::vector<uint32_t> counts = forwarding::SlotCounts(weights);
    ASSERT_EQ(counts.size(), weights.size());
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    const uint64_t slots = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
    ASSERT_LE(slots, model::kMaxSlotsPerPort);

    const bool exact = slots * weights[0] == counts[0] * static_cast<uint64_t>(sum);
    if (exact && slots <= model::kMaxWeightedSlots) {
      for (size_t i = 0; i < weights.size(); ++i) {
        ASSERT_EQ(slots * weights[i], counts[i] * static_cast<uint64_t>(sum)) << i;
      }
      continue;
    }
    ++scaled;
    // What it was scaled to: as said in slots.h.
    const double total =
        static_cast<double>(std::max<size_t>(model::kMaxWeightedSlots, 4 * weights.size()));
    size_t raised = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
      const double ideal = weights[i] * total / sum;
      if (ideal < 1) {
        ++raised;
        ASSERT_EQ(counts[i], 1U) << i;
      } else {
        ASSERT_LT(std::abs(counts[i] - ideal), 1) << i;
      }
    }
    ASSERT_GE(slots, total);
    ASSERT_LE(slots, total + raised);
    if (raised > 0) ++raised_somewhere;
  }
  EXPECT_GT(scaled, Cases(200));
  EXPECT_GT(raised_somewhere, Cases(50));
}

TEST(SlotLawsTest, AGreaterWeightNeverGetsFewerSlots) {
  for (uint64_t seed = 0; seed < Cases(500); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Random random(seed);
    std::vector<uint16_t> weights = RandomWeights(random);
    std::sort(weights.begin(), weights.end());
    const std::vector<uint32_t> counts = forwarding::SlotCounts(weights);
    uint32_t most_below = 0, most = 0;  // of smaller weights, of weights up to this one
    for (size_t i = 0; i < weights.size(); ++i) {
      if (i > 0 && weights[i] > weights[i - 1]) most_below = most;
      ASSERT_GE(counts[i], most_below) << absl::StrJoin(counts, " ");
      most = std::max(most, counts[i]);
    }
  }
}

// Endpoints of equal weight that come and go one at a time.
class Arrangement {
 public:
  const SlotAddresses& slots() const { return slots_; }

  void Add(uint16_t port) {
    Rearrange([&] { ports_.insert(port); });
  }
  void Remove(uint16_t port) {
    Rearrange([&] { ports_.erase(port); });
  }
  const std::set<uint16_t>& ports() const { return ports_; }

 private:
  void Rearrange(auto change) {
    change();
    std::vector<Target> targets;
    std::vector<uint16_t> users;
    for (const uint16_t port : ports_) {
      users.push_back(static_cast<uint16_t>(targets.size()));
      targets.emplace_back().port = port;
    }
    const std::vector<uint32_t> counts(users.size(), 1);
    const forwarding::Slots slots = forwarding::ArrangeSlots(targets, users, counts, slots_);
    slots_.clear();
    for (const uint16_t index : slots) slots_.push_back({{}, targets[index].port});
  }

  std::set<uint16_t> ports_;  // tells the endpoints apart
  SlotAddresses slots_;
};

TEST(SlotLawsTest, AnEndpointThatComesOrGoesMovesAtMostOneOther) {
  for (uint64_t seed = 0; seed < Cases(200); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Random random(seed);
    Arrangement arrangement;
    for (int step = 0; step < 60; ++step) {
      const SlotAddresses before = arrangement.slots();
      const uint16_t port = static_cast<uint16_t>(1 + random.Below(20));
      const bool adds = !arrangement.ports().contains(port);
      if (adds) {
        arrangement.Add(port);
      } else {
        arrangement.Remove(port);
      }
      const SlotAddresses& after = arrangement.slots();
      ASSERT_EQ(after.size(), arrangement.ports().size());
      ASSERT_EQ(std::set<SlotAddress>(after.begin(), after.end()).size(), after.size());
      size_t moved = 0;
      for (size_t i = 0; i < before.size(); ++i) {
        const auto now = std::find(after.begin(), after.end(), before[i]);
        if (now != after.end() && now - after.begin() != static_cast<ptrdiff_t>(i)) ++moved;
      }
      ASSERT_LE(moved, adds ? 0U : 1U);
    }
  }
}

}  // namespace
}  // namespace nftsvc::testing
