// SPDX-License-Identifier: Apache-2.0
//
// Every call to the kernel going wrong in every way: what is said then is true, and the next
// attempt works.
#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/netlink/faulty_calls.h"
#include "tests/netlink/net_namespace.h"
#include "tests/netlink/sample_ruleset.h"
#include "tests/support/cases.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

struct Fault {
  Mishap mishap;
  int error;
};

// EINTR, which is tried again at once, is no failure at all; nothing can come of EAGAIN but to
// wait.
std::vector<Fault> AllFaults() {
  std::vector<Fault> faults = {{Mishap::kSpoilt, 0}, {Mishap::kFails, EINTR}};
  for (const int error :
       {EPERM,  ENOENT,   EIO,    ENOMEM,    EBUSY,     EEXIST,    EINVAL,       ENFILE,
        EMFILE, ENOSPC,   ERANGE, ENOBUFS,   EMSGSIZE,  ELOOP,     EMLINK,       EOPNOTSUPP,
        EINTR,  ERESTART, EAGAIN, ETIMEDOUT, EOVERFLOW, ENOTEMPTY, ECONNREFUSED, EBADF}) {
    faults.push_back({Mishap::kErrorReply, error});
    if (error == EAGAIN || error == EINTR) continue;
    faults.push_back({Mishap::kFails, error});
    faults.push_back({Mishap::kLies, error});
  }
  return faults;
}

class NetlinkFaultsTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped()) return;
    MustCommit(EmptyTables(1000));
    MustCommit({{nft::AddElement{element_, nullptr, {}}}});
  }

  // Runs `body` with this fault at its first call, its second one and so on. It tells whether there
  // was such a call.
  static void AtEveryCall(const Fault& fault, const std::function<bool()>& body) {
    for (size_t call = 1; call < 1000; call += testing::kNextCall) {
      SCOPED_TRACE(absl::StrCat("call ", call, ", mishap ", static_cast<int>(fault.mishap),
                                ", error ", fault.error));
      PlanMishap(call, fault.mishap, fault.error);
      if (!body() || HasFailure()) return;
    }
    ADD_FAILURE() << "it calls for ever";
  }

  const nft::Element element_ = Endpoint(Frontend(Family::kIPv4, 1), 0, 1);
};

TEST_F(NetlinkFaultsTest, WhatIsObservedIsThere) {
  const reconcile::RulesetStore::Observation right = MustObserve();
  for (const Fault& fault : AllFaults()) {
    AtEveryCall(fault, [&] {
      const auto seen = kernel->Observe({});
      const bool happened = EndMishap();
      // An error that says "no such table" cannot be told from none being there.
      const bool may_be_nothing = fault.error == ENOENT;
      if (seen.ok() && seen->whole && !may_be_nothing) {
        EXPECT_EQ(seen->inventory.elements.size(), right.inventory.elements.size());
        EXPECT_EQ(seen->inventory.tables, right.inventory.tables);
      }
      EXPECT_EQ(seen.ok(), seen.status().message().empty());
      EXPECT_EQ(MustObserve().inventory.tables, right.inventory.tables);
      return happened;
    });
  }
}

TEST_F(NetlinkFaultsTest, ACommitSaysWhatItHasDone) {
  const nft::Element added = Endpoint(Frontend(Family::kIPv4, 2), 0, 1);
  reconcile::Generation generation = Now();
  for (const Fault& fault : AllFaults()) {
    AtEveryCall(fault, [&] {
      const auto done = kernel->Commit({{nft::AddElement{added, nullptr, {}}}}, generation);
      const bool happened = EndMishap();
      const bool is_there = MustObserve().inventory.elements.size() == 2;
      const bool is_unknown = absl::IsDeadlineExceeded(done.status()) ||
                              absl::IsResourceExhausted(done.status()) ||
                              absl::IsUnknown(done.status());
      const bool was_lied_to = fault.mishap == Mishap::kErrorReply || fault.mishap == Mishap::kLies;
      if (done.ok()) {
        EXPECT_TRUE(is_there);
      } else if (!is_unknown && !was_lied_to) {
        EXPECT_FALSE(is_there) << done.status();
      }
      if (is_there) MustCommit({{Deletion(added)}});
      generation = Now();
      return happened;
    });
  }
}

TEST_F(NetlinkFaultsTest, LostRepliesMeanAnUnknownOutcome) {
  const nft::Element added = Endpoint(Frontend(Family::kIPv4, 2), 0, 1);
  const reconcile::Generation generation = Now();
  PlanMishap(2, Mishap::kLies, ENOBUFS);  // behind the call that sends
  const auto done = kernel->Commit({{nft::AddElement{added, nullptr, {}}}}, generation);
  ASSERT_TRUE(EndMishap());
  EXPECT_TRUE(absl::IsResourceExhausted(done.status()) || absl::IsDeadlineExceeded(done.status()))
      << done.status();
  EXPECT_EQ(MustObserve().inventory.elements.size(), 2U);
}

TEST_F(NetlinkFaultsTest, ADatagramThatIsCutShortIsNotTakenForTheWhole) {
  PlanMishap(2, Mishap::kCutShort, 0);
  const auto seen = kernel->Observe({});
  ASSERT_TRUE(EndMishap());
  EXPECT_FALSE(seen.ok());
  EXPECT_EQ(MustObserve().inventory.elements.size(), 1U);
}

TEST_F(NetlinkFaultsTest, ADumpThatACommitSpoilsIsMadeAgain) {
  AtEveryCall({Mishap::kSpoilt, 0}, [&] {
    const reconcile::RulesetStore::Observation seen = MustObserve();
    EXPECT_EQ(seen.inventory.elements.size(), 1U);
    return EndMishap();
  });
}

}  // namespace
}  // namespace nftsvc::netlink
