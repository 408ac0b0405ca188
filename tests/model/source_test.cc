// SPDX-License-Identifier: Apache-2.0
#include "src/model/source.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/model/validate.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Scope = Validator::Scope;
using Refuse = Validator::Refuse;

ServicePtr Of(const std::string& source, ServicePtr service) {
  Service copy = *service;
  copy.source = source;
  return std::make_shared<const Service>(std::move(copy));
}

std::vector<std::string> ChangesOf(const Validation& validation) {
  std::vector<std::string> lines;
  for (const ServiceChange& change : validation.changes) {
    const char* sign = change.before == nullptr ? "+" : change.after == nullptr ? "-" : "~";
    lines.push_back(sign + change.name.ToString());
  }
  return lines;
}

// One service of each of two sources.
class SourceTest : public ::testing::Test {
 protected:
  Validation Push(Scope scope, Refuse refuse, const std::vector<ServiceDraft>& upserts,
                  const std::vector<std::string>& removals = {}) const {
    Validator validator(current_, scope, refuse, Sources{"push"});
    for (size_t i = 0; i < upserts.size(); ++i) validator.Upsert(upserts[i], "upsert");
    for (const std::string& name : removals) validator.Remove(name, "remove");
    return std::move(validator).Finish();
  }

  const Snapshot current_ = SnapshotOf(
      {WebService("mine", {"10.0.0.1"}), Of("files/a.json", WebService("theirs", {"10.0.0.2"}))});
};

TEST_F(SourceTest, APushRemovesOnlyWhatItsSourceHas) {
  EXPECT_THAT(ChangesOf(Push(Scope::kSnapshot, Refuse::kAll, {})), ElementsAre("-mine"));
}

TEST_F(SourceTest, AServiceOfAnotherSourceCannotBeReplaced) {
  const Validation all = Push(Scope::kSnapshot, Refuse::kAll,
                              {Web("mine", {"10.0.0.3"}), Web("theirs", {"10.0.0.2"})});
  EXPECT_THAT(Printed(all.issues),
              ElementsAre("upsert: theirs belongs to source files/a.json, and only that can "
                          "change it"));
  EXPECT_THAT(all.changes, IsEmpty());
  const Validation singly = Push(Scope::kSnapshot, Refuse::kInvalid,
                                 {Web("mine", {"10.0.0.3"}), Web("theirs", {"10.0.0.2"})});
  EXPECT_EQ(singly.issues.size(), 1u);
  EXPECT_THAT(ChangesOf(singly), ElementsAre("~mine"));
}

TEST_F(SourceTest, AServiceOfAnotherSourceCannotBeRemoved) {
  const Validation validation = Push(Scope::kDelta, Refuse::kAll, {}, {"theirs"});
  EXPECT_THAT(Printed(validation.issues),
              ElementsAre("remove: theirs belongs to source files/a.json, and only that can "
                          "change it"));
}

TEST_F(SourceTest, AFrontendOfAnotherSourceCannotBeClaimed) {
  for (const Scope scope : {Scope::kSnapshot, Scope::kDelta}) {
    const Validation validation = Push(scope, Refuse::kAll, {Web("new", {"10.0.0.2"})});
    EXPECT_THAT(Printed(validation.issues),
                ElementsAre("upsert: new claims 10.0.0.2:80/tcp, which theirs of source "
                            "files/a.json has"));
  }
}

TEST_F(SourceTest, AServiceCanPassBetweenSourcesThatChangeTogether) {
  Validator validator(current_, Scope::kSnapshot, Refuse::kAll,
                      Sources{"files/a.json", "files/b.json"});
  ServiceDraft same = Web("theirs", {"10.0.0.2"});
  validator.Upsert(same, "b", "files/b.json");
  const Validation validation = std::move(validator).Finish();
  EXPECT_THAT(Printed(validation.issues), IsEmpty());
  ASSERT_THAT(ChangesOf(validation), ElementsAre("~theirs"));
  EXPECT_EQ(SourceOf(*validation.changes[0].after), "files/b.json");
}

TEST_F(SourceTest, WithoutSourcesEverybodysServicesCanChange) {
  Validator validator(current_, Scope::kSnapshot, Refuse::kAll);
  EXPECT_THAT(ChangesOf(std::move(validator).Finish()), ElementsAre("-mine", "-theirs"));
}

TEST(SourceNameTest, PushesMayUseShortPlainNamesButNotThoseOfFiles) {
  for (const char* fine : {"push", "a", "dns.internal_2-x"})
    EXPECT_TRUE(IsPushSource(fine)) << fine;
  for (const std::string& bad : {std::string(), std::string("files"), std::string("files/a"),
                                 std::string("Web"), std::string("a b"), std::string(64, 'a')}) {
    EXPECT_FALSE(IsPushSource(bad)) << bad;
  }
  EXPECT_FALSE(IsPushSource(FileSource("a.json")));
}

TEST(SourceNameTest, AFilesSourceTellsItsFile) {
  EXPECT_EQ(FileOfSource(FileSource("a.json")), "a.json");
  EXPECT_EQ(FileOfSource(kPushSource), "");
}

}  // namespace
}  // namespace nftsvc::model
