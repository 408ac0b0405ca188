// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/mistakes.h"

#include <gtest/gtest.h>

#include "src/model/limits.h"
#include "tests/kubernetes/printed.h"

namespace nftsvc::kubernetes {
namespace {

model::IssueCollector Issues(size_t count) {
  model::IssueCollector issues;
  for (size_t i = 0; i < count; ++i) issues.Add(model::Path("spec"), "is wrong, ", i);
  return issues;
}

TEST(MistakesTest, PathsBeginWithTheObject) {
  Mistakes mistakes;
  mistakes.Add("Service default/web", Issues(2));
  mistakes.Add("Node items[3]", "is in the input twice");
  EXPECT_EQ(mistakes.count(), 3u);
  EXPECT_EQ(Print(std::move(mistakes).Take()),
            "Service default/web: spec: is wrong, 0\n"
            "Service default/web: spec: is wrong, 1\n"
            "Node items[3]: is in the input twice\n");
}

TEST(MistakesTest, MoreThanAnybodyReadsAreOnlyCounted) {
  Mistakes mistakes;
  mistakes.Add("a", Issues(model::kMaxIssues - 1));
  mistakes.Add("b", Issues(2 * model::kMaxIssues));
  mistakes.Add("c", Issues(1));
  EXPECT_EQ(mistakes.count(), 3 * model::kMaxIssues);
  const model::Issues taken = std::move(mistakes).Take();
  ASSERT_EQ(taken.size(), model::kMaxIssues);
  EXPECT_EQ(taken.back().path, "b: spec");
}

}  // namespace
}  // namespace nftsvc::kubernetes
