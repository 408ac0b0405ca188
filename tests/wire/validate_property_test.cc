// SPDX-License-Identifier: Apache-2.0
// Laws of validation, over random snapshots of which many are wrong.
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/wire/serialize.h"
#include "tests/wire/random_snapshot.h"
#include "tests/wire/story.h"

namespace nftsvc::wire {
namespace {

using model::Validator;
using ::testing::IsEmpty;

constexpr uint32_t kRounds = 500;

std::string Bytes(const model::Snapshot& snapshot) { return Serialize(EncodeSnapshot(snapshot)); }

// Some snapshot that was accepted.
model::Snapshot Some(RandomSnapshot& random) {
  model::Snapshot snapshot;
  snapshot.Apply(Validate(random.Next(), {}, Validator::Refuse::kInvalid).changes);
  return snapshot;
}

TEST(ValidatePropertyTest, WhatIsAcceptedOfABadSnapshotIsValid) {
  size_t refused = 0;
  for (uint32_t seed = 0; seed < kRounds; ++seed) {
    RandomSnapshot random(seed);
    model::Snapshot snapshot = Some(random);
    const model::Validation validation =
        Validate(random.Next(), snapshot, Validator::Refuse::kInvalid);
    refused += validation.issues.size();
    snapshot.Apply(validation.changes);
    const model::Validation again = Validate(EncodeSnapshot(snapshot));
    ASSERT_THAT(Printed(again.issues), IsEmpty()) << "seed " << seed;
    model::Snapshot copy;
    copy.Apply(again.changes);
    ASSERT_EQ(Bytes(copy), Bytes(snapshot)) << "seed " << seed;
  }
  EXPECT_GT(refused, kRounds) << "the snapshots are too good to test anything";
}

TEST(ValidatePropertyTest, WhatIsAcceptedOfABadDeltaLeavesAValidSnapshot) {
  size_t refused = 0;
  for (uint32_t seed = 0; seed < kRounds; ++seed) {
    RandomSnapshot random(seed);
    model::Snapshot snapshot = Some(random);
    for (int i = 0; i < 3; ++i) {
      Validator validator(snapshot, Validator::Scope::kDelta, Validator::Refuse::kInvalid);
      Upsert(random.Next(), validator);
      for (const char* name : {"s0", "default/s1", "s2"}) validator.Remove(name, "remove");
      const model::Validation validation = std::move(validator).Finish();
      refused += validation.issues.size();
      snapshot.Apply(validation.changes);
      ASSERT_EQ(Bytes(Accepted(EncodeSnapshot(snapshot))), Bytes(snapshot)) << "seed " << seed;
    }
  }
  EXPECT_GT(refused, kRounds) << "the deltas are too good to test anything";
}

TEST(ValidatePropertyTest, EveryFrontendHasTheOneClaimantThatTheSnapshotSays) {
  for (uint32_t seed = 0; seed < kRounds; ++seed) {
    RandomSnapshot random(seed);
    model::Snapshot snapshot = Some(random);
    snapshot.Apply(Validate(random.Next(), snapshot, Validator::Refuse::kInvalid).changes);
    size_t frontends = 0;
    size_t ports = 0;
    for (const auto& [name, service] : snapshot.services()) {
      for (const model::FrontendKey& frontend : FrontendsOf(*service)) {
        ASSERT_EQ(snapshot.Claimant(frontend), service.get())
            << "seed " << seed << ": " << frontend.ToString();
        ++frontends;
      }
      ports += service->ports.size();
    }
    ASSERT_EQ(snapshot.frontend_count(), frontends) << "seed " << seed;
    ASSERT_EQ(snapshot.port_count(), ports) << "seed " << seed;
  }
}

TEST(ValidatePropertyTest, ReversedChangesRestoreTheSnapshot) {
  for (uint32_t seed = 0; seed < kRounds; ++seed) {
    RandomSnapshot random(seed);
    model::Snapshot snapshot = Some(random);
    const std::string before = Bytes(snapshot);
    const size_t endpoints = snapshot.endpoint_count();
    const size_t elements = snapshot.endpoint_elements();
    const model::Validation validation =
        Validate(random.Next(), snapshot, Validator::Refuse::kInvalid);
    snapshot.Apply(validation.changes);
    snapshot.Apply(model::Reversed(validation.changes));
    ASSERT_EQ(Bytes(snapshot), before) << "seed " << seed;
    ASSERT_EQ(snapshot.endpoint_count(), endpoints) << "seed " << seed;
    ASSERT_EQ(snapshot.endpoint_elements(), elements) << "seed " << seed;
    for (const auto& [name, service] : snapshot.services()) {
      for (const model::FrontendKey& frontend : FrontendsOf(*service)) {
        ASSERT_EQ(snapshot.Claimant(frontend), service.get()) << "seed " << seed;
      }
    }
  }
}

TEST(ValidatePropertyTest, TheOrderInWhichAClientListsThingsDoesNotMatter) {
  size_t accepted = 0;
  for (uint32_t seed = 0; seed < kRounds; ++seed) {
    RandomSnapshot random(seed);
    v1::Snapshot message = random.Next();
    model::Snapshot snapshot;
    snapshot.Apply(Validate(message, {}, Validator::Refuse::kInvalid).changes);
    auto& services = *message.mutable_services();
    services.erase(std::remove_if(services.begin(), services.end(),
                                  [&](const v1::Service& service) {
                                    return !snapshot.Find({service.namespace_(), service.name()});
                                  }),
                   services.end());
    ASSERT_EQ(Bytes(Accepted(message)), Bytes(snapshot)) << "seed " << seed;
    ASSERT_EQ(Bytes(Accepted(random.Shuffled(message))), Bytes(snapshot)) << "seed " << seed;
    accepted += snapshot.services().size();
  }
  EXPECT_GT(accepted, kRounds) << "the snapshots are too bad to test anything";
}

TEST(ValidatePropertyTest, AServiceIsEitherTakenAsAskedForOrStaysAsItIs) {
  for (uint32_t seed = 0; seed < kRounds; ++seed) {
    RandomSnapshot random(seed);
    const model::Snapshot before = Some(random);
    const v1::Snapshot message = random.Next();
    const model::Validation validation = Validate(message, before, Validator::Refuse::kInvalid);
    std::set<std::string> bad;
    for (const model::Issue& issue : validation.issues) bad.insert(issue.service);
    std::set<std::string> changed;
    for (const model::ServiceChange& change : validation.changes) {
      changed.insert(change.name.ToString());
      ASSERT_EQ(change.before, before.Find(change.name)) << "seed " << seed;
      ASSERT_TRUE(change.before != nullptr || change.after != nullptr) << "seed " << seed;
      if (change.before != nullptr && change.after != nullptr) {
        ASSERT_FALSE(*change.before == *change.after) << "seed " << seed;
      }
      ASSERT_FALSE(bad.contains(change.name.ToString())) << "seed " << seed;
    }
    for (const v1::Service& service : message.services()) {
      const model::ServiceName name{service.namespace_(), service.name()};
      if (name.name == "?" || bad.contains(name.ToString())) continue;
      ASSERT_TRUE(changed.contains(name.ToString()) || before.Find(name) != nullptr)
          << "seed " << seed << ": " << name.ToString() << " is lost without an issue";
    }
  }
}

TEST(ValidatePropertyTest, PushingWhatIsThereChangesNothing) {
  for (uint32_t seed = 0; seed < kRounds; ++seed) {
    RandomSnapshot random(seed);
    const model::Snapshot snapshot = Some(random);
    const model::Validation validation =
        Validate(random.Shuffled(EncodeSnapshot(snapshot)), snapshot);
    ASSERT_THAT(Printed(validation.issues), IsEmpty()) << "seed " << seed;
    ASSERT_THAT(validation.changes, IsEmpty()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace nftsvc::wire
