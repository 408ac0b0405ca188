// SPDX-License-Identifier: Apache-2.0
#include "src/control/known_bytes.h"

#include <gtest/gtest.h>

namespace nftsvc::control {
namespace {

model::ServicePtr Service() { return std::make_shared<const model::Service>(); }

TEST(KnownBytesTest, KnowsWhatMadeAServiceTheLastTime) {
  KnownBytes known;
  const model::ServicePtr service = Service();
  EXPECT_FALSE(known.Made(service, {.low = 1, .high = 2}));
  known.Remember(service, {.low = 1, .high = 2});
  EXPECT_TRUE(known.Made(service, {.low = 1, .high = 2}));
  EXPECT_FALSE(known.Made(service, {.low = 1, .high = 3}));
  EXPECT_FALSE(known.Made(Service(), {.low = 1, .high = 2}));  // equal, but another
  known.Remember(service, {.low = 5, .high = 6});              // the same, written otherwise
  EXPECT_FALSE(known.Made(service, {.low = 1, .high = 2}));
  EXPECT_TRUE(known.Made(service, {.low = 5, .high = 6}));
  known.Remember(nullptr, {});
  EXPECT_EQ(known.size(), 1u);
}

TEST(KnownBytesTest, ForgetsWhatIsGoneAndNothingElse) {
  KnownBytes known;
  std::vector<model::ServicePtr> kept;
  for (uint64_t i = 0; i < 2'000; ++i) {
    kept.push_back(Service());
    known.Remember(kept.back(), {.low = i, .high = 0});
  }
  for (uint64_t i = 0; i < 100'000; ++i) {
    known.Remember(Service(), {.low = i, .high = 1});
    known.Follow(kept.size());
    EXPECT_LE(known.size(), 5'000u);
  }
  for (uint64_t i = 0; i < kept.size(); ++i) {
    EXPECT_TRUE(known.Made(kept[i], {.low = i, .high = 0}));
  }
}

}  // namespace
}  // namespace nftsvc::control
