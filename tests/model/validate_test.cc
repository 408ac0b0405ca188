// SPDX-License-Identifier: Apache-2.0
// What the validator does with services as a whole. The rules of one service are told in
// tests/wire/validate_story_test.cc, its laws in tests/wire/validate_property_test.cc.
#include "src/model/validate.h"

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
using Scope = Validator::Scope;
using Refuse = Validator::Refuse;

ServiceDraft Bad(std::string name, std::vector<std::string> cluster_ips) {
  ServiceDraft draft = Web(std::move(name), std::move(cluster_ips));
  draft.ports[0].port = 0;
  return draft;
}

Validation Push(const Snapshot& current, Scope scope, Refuse refuse,
                const std::vector<ServiceDraft>& upserts,
                const std::vector<std::string>& removals = {}) {
  Validator validator(current, scope, refuse);
  for (size_t i = 0; i < upserts.size(); ++i) {
    validator.Upsert(upserts[i], absl::StrCat("upsert[", i, "]"));
  }
  for (size_t i = 0; i < removals.size(); ++i) {
    validator.Remove(removals[i], absl::StrCat("remove[", i, "]"));
  }
  return std::move(validator).Finish();
}

Snapshot Accepted(const std::vector<ServiceDraft>& drafts) {
  const Validation validation = Push({}, Scope::kSnapshot, Refuse::kAll, drafts);
  EXPECT_THAT(Printed(validation.issues), IsEmpty());
  Snapshot snapshot;
  snapshot.Apply(validation.changes);
  return snapshot;
}

// "+a" is new, "~a" changed, "-a" removed.
std::vector<std::string> Changes(const Validation& validation) {
  std::vector<std::string> lines;
  for (const ServiceChange& change : validation.changes) {
    const char* sign = change.before == nullptr ? "+" : change.after == nullptr ? "-" : "~";
    lines.push_back(sign + change.name.ToString());
  }
  return lines;
}

TEST(ValidateTest, ASnapshotRemovesWhatItDoesNotName) {
  const Snapshot current = Accepted({Web("a", {"10.0.0.1"}), Web("b", {"10.0.0.2"})});
  EXPECT_THAT(Changes(Push(current, Scope::kSnapshot, Refuse::kAll,
                           {Web("c", {"10.0.0.3"}), Web("b", {"10.0.0.4"})})),
              ElementsAre("-a", "~b", "+c"));
  EXPECT_THAT(Changes(Push(current, Scope::kSnapshot, Refuse::kAll, {})), ElementsAre("-a", "-b"));
}

TEST(ValidateTest, ADeltaLeavesItAlone) {
  const Snapshot current = Accepted({Web("a", {"10.0.0.1"}), Web("b", {"10.0.0.2"})});
  EXPECT_THAT(Changes(Push(current, Scope::kDelta, Refuse::kAll, {Web("c", {"10.0.0.3"})})),
              ElementsAre("+c"));
  EXPECT_THAT(Changes(Push(current, Scope::kDelta, Refuse::kAll, {}, {"b"})), ElementsAre("-b"));
  EXPECT_THAT(Changes(Push(current, Scope::kDelta, Refuse::kAll, {})), IsEmpty());
}

TEST(ValidateTest, WhatIsEqualIsNoChange) {
  const Snapshot current = Accepted({Web("a", {"10.0.0.1", "10.0.0.2"})});
  EXPECT_THAT(Changes(Push(current, Scope::kSnapshot, Refuse::kAll,
                           {Web("a", {"10.0.0.2", "10.0.0.1", "10.0.0.2"})})),
              IsEmpty());
}

TEST(ValidateTest, ChangesHoldWhatIsAndWhatShallBe) {
  const Snapshot current = Accepted({Web("a", {"10.0.0.1"})});
  const Validation validation =
      Push(current, Scope::kDelta, Refuse::kAll, {Web("a", {"10.0.0.2"})});
  ASSERT_EQ(validation.changes.size(), 1u);
  EXPECT_EQ(validation.changes[0].before, current.Find({"", "a"}));
  EXPECT_THAT(validation.changes[0].after->cluster_ips, ElementsAre(Ip("10.0.0.2")));
}

TEST(ValidateTest, AnyIssueRefusesAll) {
  const Validation validation =
      Push({}, Scope::kSnapshot, Refuse::kAll, {Web("a", {"10.0.0.1"}), Bad("b", {"10.0.0.2"})});
  EXPECT_THAT(validation.changes, IsEmpty());
  EXPECT_THAT(Printed(validation.issues), ElementsAre("upsert[1].ports[0].port: 0 is not a port"));
  EXPECT_EQ(validation.issues_left_off, 0u);
}

TEST(ValidateTest, OrOnlyWhatHasOne) {
  const Snapshot current = Accepted({Web("b", {"10.0.0.9"})});
  const Validation validation =
      Push(current, Scope::kSnapshot, Refuse::kInvalid,
           {Web("a", {"10.0.0.1"}), Bad("b", {"10.0.0.2"}), Bad("c", {"10.0.0.3"})});
  EXPECT_THAT(Changes(validation), ElementsAre("+a"));
  EXPECT_THAT(Printed(validation.issues), ElementsAre("upsert[1].ports[0].port: 0 is not a port",
                                                      "upsert[2].ports[0].port: 0 is not a port"));
}

TEST(ValidateTest, ConflictsWithABadServiceAreFoundInTheSamePass) {
  EXPECT_THAT(Printed(Push({}, Scope::kSnapshot, Refuse::kAll,
                           {Web("a", {"10.0.0.1", "x"}), Web("b", {"10.0.0.1"})})
                          .issues),
              ElementsAre("upsert[0].cluster_ips[1]: \"x\" is not an IP address",
                          "upsert[1]: b claims 10.0.0.1:80/tcp, which a (upsert[0]) claims too"));
}

TEST(ValidateTest, OneNameTwiceRefusesBoth) {
  const Snapshot current = Accepted({Web("a", {"10.0.0.9"})});
  const std::vector<ServiceDraft> drafts = {Web("a", {"10.0.0.1"}), Web("b", {"10.0.0.2"}),
                                            Web("a", {"10.0.0.3"})};
  for (const Refuse refuse : {Refuse::kAll, Refuse::kInvalid}) {
    const Validation validation = Push(current, Scope::kSnapshot, refuse, drafts);
    EXPECT_THAT(Printed(validation.issues), ElementsAre("upsert[2]: a is upsert[0] too"));
    EXPECT_EQ(validation.issues[0].service, "a");
  }
  EXPECT_THAT(Changes(Push(current, Scope::kSnapshot, Refuse::kInvalid, drafts)),
              ElementsAre("+b"));
}

TEST(ValidateTest, AServiceWithoutAReadableNameIsNotComparedWithOthers) {
  ServiceDraft unnamed = Web("?", {"10.0.0.1"});
  EXPECT_THAT(
      Printed(Push({}, Scope::kSnapshot, Refuse::kAll, {unnamed, unnamed, Web("a", {"10.0.0.1"})})
                  .issues),
      ElementsAre(
          "upsert[0].name: \"?\" has a character other than a-z, A-Z, 0-9, '-', '.' and '_'",
          "upsert[1].name: \"?\" has a character other than a-z, A-Z, 0-9, '-', '.' and "
          "'_'"));
}

TEST(ValidateTest, RemovingWhatIsUpsertedIsOneNameTwice) {
  const Snapshot current = Accepted({Web("a", {"10.0.0.9"})});
  const Validation validation =
      Push(current, Scope::kDelta, Refuse::kInvalid, {Web("a", {"10.0.0.1"})}, {"a", "a"});
  EXPECT_THAT(Printed(validation.issues),
              ElementsAre("remove[0]: a is upsert[0] too", "remove[1]: a is upsert[0] too"));
  EXPECT_THAT(validation.changes, IsEmpty());
}

TEST(ValidateTest, RemovingWhatDoesNotExistIsAnIssue) {
  ServiceDraft spaced = Web("a", {"10.0.0.1"});
  spaced.name_space = "default";
  const Snapshot current = Accepted({spaced});
  const Validation validation = Push(current, Scope::kDelta, Refuse::kInvalid, {},
                                     {"a", "default/b", "default/a/", "", "default/a"});
  EXPECT_THAT(Printed(validation.issues),
              ElementsAre("remove[0]: there is no service \"a\"",
                          "remove[1]: there is no service \"default/b\"",
                          "remove[2]: there is no service \"default/a/\"",
                          "remove[3]: there is no service \"\""));
  EXPECT_THAT(Changes(validation), ElementsAre("-default/a"));
}

TEST(ValidateTest, AReportRefusesEverythingWhateverTheRule) {
  for (const Refuse refuse : {Refuse::kAll, Refuse::kInvalid}) {
    const Snapshot current;
    Validator validator(current, Scope::kSnapshot, refuse);
    validator.Upsert(Web("a", {"10.0.0.1"}), "services[0]");
    validator.Report({.path = "snapshot", .message = "field 2 is unknown", .service = ""});
    const Validation validation = std::move(validator).Finish();
    EXPECT_THAT(validation.changes, IsEmpty());
    EXPECT_THAT(Printed(validation.issues), ElementsAre("snapshot: field 2 is unknown"));
  }
}

TEST(ValidateTest, IssuesOfTheDecoderCountAsTheServicesOwn) {
  ServiceDraft draft = Web("a", {"10.0.0.1"});
  draft.issues = {{.path = "", .message = "field 7 is unknown", .service = ""},
                  {.path = "ports[0]", .message = "field 8 is unknown", .service = ""}};
  const Validation validation =
      Push({}, Scope::kSnapshot, Refuse::kInvalid, {draft, Web("b", {"10.0.0.2"})});
  EXPECT_THAT(Printed(validation.issues), ElementsAre("upsert[0]: field 7 is unknown",
                                                      "upsert[0].ports[0]: field 8 is unknown"));
  EXPECT_EQ(validation.issues[1].service, "a");
  EXPECT_THAT(Changes(validation), ElementsAre("+b"));
}

TEST(ValidateTest, TheFirstThousandIssuesAreListedAndTheRestCounted) {
  const std::vector<ServiceDraft> drafts(2'500, Bad("", {"10.0.0.1"}));
  const Validation validation = Push({}, Scope::kSnapshot, Refuse::kAll, drafts);
  ASSERT_EQ(validation.issues.size(), 1'000u);
  EXPECT_EQ(validation.issues_left_off, 4'000u);
  EXPECT_EQ(validation.issues.back().ToString(), "upsert[499].ports[0].port: 0 is not a port");
}

TEST(ValidateTest, ManyServicesCanFightForOneFrontend) {
  std::vector<ServiceDraft> drafts;
  for (int i = 0; i < 20'000; ++i) drafts.push_back(Web(absl::StrCat("s", i), {"10.0.0.1"}));
  const Validation all = Push({}, Scope::kSnapshot, Refuse::kAll, drafts);
  EXPECT_EQ(all.issues.size() + all.issues_left_off, 19'999u);
  EXPECT_THAT(Changes(Push({}, Scope::kSnapshot, Refuse::kInvalid, drafts)), ElementsAre("+s0"));
}

TEST(ValidateTest, OneServiceMoreThanThereMayBeIsRefused) {
  const Snapshot current;
  Validator validator(current, Scope::kSnapshot, Refuse::kInvalid);
  ServiceDraft draft;
  for (size_t i = 0; i < kMaxServices; ++i) validator.Upsert(draft, "s");
  draft = Web("last", {"10.0.0.1"});
  validator.Upsert(draft, "last");
  const Validation validation = std::move(validator).Finish();
  EXPECT_THAT(validation.changes, IsEmpty());
  EXPECT_EQ(validation.issues_left_off, 2 * kMaxServices + 1 - kMaxIssues);
}

}  // namespace
}  // namespace nftsvc::model
