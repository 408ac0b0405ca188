// SPDX-License-Identifier: Apache-2.0
#include "src/model/settle_claims.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A push upon a snapshot, and what was settled.
class SettleClaimsTest : public ::testing::Test {
 protected:
  void Propose(const ServicePtr& service) {
    proposals_.Add({.path = absl::StrCat("p", proposals_.size()),
                    .before = current_.Find(service->name),
                    .after = service});
  }

  void ProposeRefused(const ServicePtr& service) {
    Propose(service);
    proposals_[proposals_.size() - 1].refused = true;
  }

  void Remove(const std::string& name) {
    proposals_.Add({.path = absl::StrCat("p", proposals_.size()),
                    .before = current_.Find({.name_space = "", .name = name})});
  }

  std::vector<std::string> Settle(PushRules rules) {
    IssueCollector issues;
    SettleClaims(current_, rules, proposals_, issues);
    return Printed(std::move(issues).Take());
  }

  // Of those that were proposed, in order.
  std::vector<bool> Refused() const {
    std::vector<bool> refused;
    for (size_t i = 0; i < proposals_.size(); ++i) refused.push_back(proposals_[i].refused);
    return refused;
  }

  static constexpr PushRules kSnapshot = {.unnamed_stay = false, .refuse_singly = false};
  static constexpr PushRules kSnapshotSingly = {.unnamed_stay = false, .refuse_singly = true};
  static constexpr PushRules kDelta = {.unnamed_stay = true, .refuse_singly = false};
  static constexpr PushRules kDeltaSingly = {.unnamed_stay = true, .refuse_singly = true};

  Snapshot current_;
  Proposals proposals_;
};

TEST_F(SettleClaimsTest, ServicesWithFrontendsOfTheirOwnGetAlong) {
  Propose(WebService("a", {"10.0.0.1"}, 30001));
  Propose(WebService("b", {"10.0.0.2"}, 30002));
  EXPECT_THAT(Settle(kSnapshot), IsEmpty());
}

TEST_F(SettleClaimsTest, TheLaterOfTwoGetsTheIssueWhichNamesBoth) {
  Propose(WebService("a", {"10.0.0.1", "10.0.0.2"}));
  Propose(WebService("b", {"10.0.0.2", "10.0.0.3"}));
  EXPECT_THAT(Settle(kSnapshot),
              ElementsAre("p1: b claims 10.0.0.2:80/tcp, which a (p0) claims too"));
  EXPECT_THAT(Refused(), ElementsAre(false, false));
}

TEST_F(SettleClaimsTest, NodePortsAreClaimedInEachFamily) {
  Propose(WebService("a", {"10.0.0.1"}, 30080));
  Propose(WebService("b", {"fd00::1"}, 30080));
  Propose(WebService("c", {"10.0.0.2"}, 30080));
  EXPECT_THAT(Settle(kSnapshot),
              ElementsAre("p2: c claims node port 30080/tcp, which a (p0) claims too"));
}

TEST_F(SettleClaimsTest, AHealthCheckPortIsATcpNodePort) {
  Service checked = *WebService("a", {"10.0.0.1"});
  checked.health_check_node_port = 30080;
  Propose(std::make_shared<Service>(checked));
  Propose(WebService("b", {"fd00::2"}, 30080));
  EXPECT_THAT(Settle(kSnapshot),
              ElementsAre("p1: b claims node port 30080/tcp, which a (p0) claims too"));
}

TEST_F(SettleClaimsTest, InADeltaWhoIsNotNamedKeepsItsFrontends) {
  current_ = SnapshotOf({WebService("old", {"10.0.0.1"})});
  Propose(WebService("new", {"10.0.0.1"}));
  EXPECT_THAT(Settle(kDelta), ElementsAre("p0: new claims 10.0.0.1:80/tcp, which old has already"));
}

TEST_F(SettleClaimsTest, InASnapshotWhoIsNotNamedGivesThemUp) {
  current_ = SnapshotOf({WebService("old", {"10.0.0.1"})});
  Propose(WebService("new", {"10.0.0.1"}));
  EXPECT_THAT(Settle(kSnapshot), IsEmpty());
}

TEST_F(SettleClaimsTest, WhoIsRemovedGivesThemUpWhereverItIsNamed) {
  current_ = SnapshotOf({WebService("old", {"10.0.0.1"})});
  Propose(WebService("new", {"10.0.0.1"}));
  Remove("old");
  EXPECT_THAT(Settle(kDelta), IsEmpty());
}

TEST_F(SettleClaimsTest, ServicesCanSwapFrontends) {
  current_ = SnapshotOf({WebService("a", {"10.0.0.1"}), WebService("b", {"10.0.0.2"})});
  Propose(WebService("a", {"10.0.0.2"}));
  Propose(WebService("b", {"10.0.0.1"}));
  EXPECT_THAT(Settle(kDeltaSingly), IsEmpty());
  EXPECT_THAT(Refused(), ElementsAre(false, false));
}

TEST_F(SettleClaimsTest, WhoHasAFrontendNowKeepsItAgainstAnEarlierOne) {
  current_ = SnapshotOf({WebService("old", {"10.0.0.1"})});
  Propose(WebService("new", {"10.0.0.1"}));
  Propose(WebService("old", {"10.0.0.1", "10.0.0.2"}));
  EXPECT_THAT(Settle(kSnapshotSingly),
              ElementsAre("p0: new claims 10.0.0.1:80/tcp, which old (p1) claims too"));
  EXPECT_THAT(Refused(), ElementsAre(true, false));
}

TEST_F(SettleClaimsTest, WhoIsUnchangedKeepsItToo) {
  const ServicePtr old = WebService("old", {"10.0.0.1"});
  current_ = SnapshotOf({old});
  Propose(WebService("new", {"10.0.0.1"}));
  Propose(old);
  EXPECT_THAT(Settle(kSnapshotSingly),
              ElementsAre("p0: new claims 10.0.0.1:80/tcp, which old has already"));
  EXPECT_THAT(Refused(), ElementsAre(true, false));
}

TEST_F(SettleClaimsTest, WhoIsRefusedClaimsNothingNew) {
  ProposeRefused(WebService("bad", {"10.0.0.1"}));
  Propose(WebService("good", {"10.0.0.1"}));
  EXPECT_THAT(Settle(kSnapshotSingly), IsEmpty());
  EXPECT_THAT(Refused(), ElementsAre(true, false));
}

TEST_F(SettleClaimsTest, WhoLosesOneFrontendDoesNotTakeTheOthers) {
  Propose(WebService("a", {"10.0.0.1"}));
  Propose(WebService("b", {"10.0.0.1", "10.0.0.2"}));
  Propose(WebService("c", {"10.0.0.2"}));
  EXPECT_THAT(Settle(kSnapshotSingly),
              ElementsAre("p1: b claims 10.0.0.1:80/tcp, which a (p0) claims too"));
  EXPECT_THAT(Refused(), ElementsAre(false, true, false));
}

TEST_F(SettleClaimsTest, WhoIsRefusedKeepsWhatItHasFromThoseThatCome) {
  current_ = SnapshotOf({WebService("bad", {"10.0.0.1"})});
  Propose(WebService("early", {"10.0.0.1"}));
  ProposeRefused(WebService("bad", {"10.0.0.2"}));
  EXPECT_THAT(Settle(kSnapshotSingly),
              ElementsAre("p0: early claims 10.0.0.1:80/tcp, which bad has already"));
  EXPECT_THAT(Refused(), ElementsAre(true, true));
}

// "b" gives 10.0.0.2 up and loses 10.0.0.9; so it stays, and "a", which was given 10.0.0.2 before,
// stays too; and so does "c", which was to get 10.0.0.1 from "a".
TEST_F(SettleClaimsTest, ARefusalTakesBackWhatOthersWereGiven) {
  current_ = SnapshotOf({WebService("a", {"10.0.0.1"}), WebService("b", {"10.0.0.2"}),
                         WebService("x", {"10.0.0.9"})});
  Propose(WebService("c", {"10.0.0.1"}));
  Propose(WebService("a", {"10.0.0.2"}));
  Propose(WebService("b", {"10.0.0.9"}));
  EXPECT_THAT(Settle(kDeltaSingly),
              ElementsAre("p0: c claims 10.0.0.1:80/tcp, which a has already",
                          "p1: a claims 10.0.0.2:80/tcp, which b has already",
                          "p2: b claims 10.0.0.9:80/tcp, which x has already"));
  EXPECT_THAT(Refused(), ElementsAre(true, true, true));
}

TEST_F(SettleClaimsTest, WhatARefusalTookBackIsFreeForThoseThatComeLater) {
  current_ = SnapshotOf({WebService("b", {"10.0.0.2"}), WebService("x", {"10.0.0.9"})});
  Propose(WebService("a", {"10.0.0.2", "10.0.0.3"}));
  Propose(WebService("b", {"10.0.0.9"}));
  Propose(WebService("d", {"10.0.0.3"}));
  EXPECT_THAT(Settle(kDeltaSingly),
              ElementsAre("p0: a claims 10.0.0.2:80/tcp, which b has already",
                          "p1: b claims 10.0.0.9:80/tcp, which x has already"));
  EXPECT_THAT(Refused(), ElementsAre(true, true, false));
}

TEST_F(SettleClaimsTest, WhereAllOrNothingIsAcceptedEveryConflictIsFound) {
  Propose(WebService("a", {"10.0.0.1"}));
  Propose(WebService("b", {"10.0.0.1", "10.0.0.2"}));
  Propose(WebService("c", {"10.0.0.2"}));
  EXPECT_THAT(Settle(kSnapshot),
              ElementsAre("p1: b claims 10.0.0.1:80/tcp, which a (p0) claims too",
                          "p2: c claims 10.0.0.2:80/tcp, which b (p1) claims too"));
}

}  // namespace
}  // namespace nftsvc::model
