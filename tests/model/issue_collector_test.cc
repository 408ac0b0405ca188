// SPDX-License-Identifier: Apache-2.0
#include "src/model/issue_collector.h"

#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

using ::testing::ElementsAre;

TEST(IssueCollectorTest, JoinsPartsToAMessage) {
  IssueCollector issues;
  const ServiceName name{"default", "web"};
  issues.Begin(0, &name);
  issues.Add(Path("p"), Quoted{"a\n"}, " is ", 7, " of ", name);
  EXPECT_EQ(std::move(issues).Take(), Issues{(Issue{.path = "p",
                                                    .message = "\"a\\n\" is 7 of default/web",
                                                    .service = "default/web"})});
}

TEST(IssueCollectorTest, SortsByRankAndKeepsTheOrderWithinIt) {
  IssueCollector issues;
  issues.Begin(2, nullptr);
  issues.Add(Path("2"), "a");
  issues.Begin(0, nullptr);
  issues.Add(Path("0"), "z");
  issues.Begin(2, nullptr);
  issues.Add(Path("2"), "b");
  issues.Begin(1, nullptr);
  issues.Add(Path("1"), "c");
  issues.Add(Path("1"), "a");
  EXPECT_THAT(Printed(std::move(issues).Take()),
              ElementsAre("0: z", "1: c", "1: a", "2: a", "2: b"));
}

TEST(IssueCollectorTest, OnlyCountsWhatIsTooMuch) {
  IssueCollector issues;
  struct Never {
    std::string ToString() const {
      ADD_FAILURE() << "put into words";
      return "";
    }
  };
  for (size_t i = 0; i < kMaxIssues; ++i) issues.Add(Path("p"), i);
  for (int i = 0; i < 5; ++i) issues.Add(Path("p"), Never());
  EXPECT_EQ(issues.count(), kMaxIssues + 5);
  EXPECT_EQ(std::move(issues).Take().size(), kMaxIssues);
}

}  // namespace
}  // namespace nftsvc::model
