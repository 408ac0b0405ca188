// SPDX-License-Identifier: Apache-2.0
#include "src/model/refuse_unsupported.h"

#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Refused(const ServiceDraft& draft) {
  IssueCollector issues;
  RefuseUnsupported(draft, Path("s"), issues);
  return Printed(std::move(issues).Take());
}

TEST(RefuseUnsupportedTest, LetsAllElsePass) {
  EXPECT_THAT(Refused(Web("a", {"10.0.0.1"})), IsEmpty());
}

TEST(RefuseUnsupportedTest, NamesEachThing) {
  ServiceDraft draft = Web("a", {"10.0.0.1"});
  draft.health_check_node_port = 1;
  EXPECT_THAT(Refused(draft), ElementsAre("s.health_check_node_port: is not supported yet"));
}

}  // namespace
}  // namespace nftsvc::model
