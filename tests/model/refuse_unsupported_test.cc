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
  draft.has_session_affinity = true;
  draft.health_check_node_port = 1;
  draft.ports.assign(7, TcpPort(80));
  for (int i = 0; i < 7; ++i) draft.ports[i].balancing = i;
  EXPECT_THAT(Refused(draft), ElementsAre("s.session_affinity: is not supported yet",
                                          "s.health_check_node_port: is not supported yet",
                                          "s.ports[2].balancing: ROUND_ROBIN is not supported yet",
                                          "s.ports[3].balancing: SOURCE_HASH is not supported yet",
                                          "s.ports[4].balancing: FLOW_HASH is not supported yet",
                                          "s.ports[5].balancing: MAGLEV is not supported yet"));
}

}  // namespace
}  // namespace nftsvc::model
