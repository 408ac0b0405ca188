// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/rule_comment.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace nftsvc::iptables {
namespace {

std::string Read(absl::string_view comment) {
  const std::optional<RuleComment> read = ReadComment(comment);
  if (!read.has_value()) return "none";
  const char* kinds[] = {"name",   "cluster",     "external",     "load balancer",
                         "nobody", "nobody here", "health check", "not accepted"};
  return absl::StrCat(kinds[static_cast<int>(read->kind)], " of ", read->service.name_space, "|",
                      read->service.name, "|", read->port);
}

TEST(RuleCommentTest, ReadsNamesOfPorts) {
  EXPECT_EQ(Read("default/web:http"), "name of default|web|http");
  EXPECT_EQ(Read("default/web"), "name of default|web|");
  EXPECT_EQ(Read("web:http"), "name of |web|http");
  EXPECT_EQ(Read("web"), "name of |web|");
}

TEST(RuleCommentTest, ReadsWhatTheRuleIsAbout) {
  EXPECT_EQ(Read("a/b:c cluster IP"), "cluster of a|b|c");
  EXPECT_EQ(Read("a/b external IP"), "external of a|b|");
  EXPECT_EQ(Read("a/b:c loadbalancer IP"), "load balancer of a|b|c");
  EXPECT_EQ(Read("a/b:c has no endpoints"), "nobody of a|b|c");
  EXPECT_EQ(Read("a/b:c has no local endpoints"), "nobody here of a|b|c");
  EXPECT_EQ(Read("a/b:c health check node port"), "health check of a|b|c");
  EXPECT_EQ(Read("a/b:c traffic not accepted by KUBE-FW-XYZ"), "not accepted of a|b|c");
}

TEST(RuleCommentTest, EarlyVersionsWroteTheColonOfNoName) {
  EXPECT_EQ(Read("default/kubernetes:"), "name of default|kubernetes|");
  EXPECT_EQ(Read("default/web: loadbalancer IP"), "load balancer of default|web|");
}

TEST(RuleCommentTest, OtherCommentsNameNoService) {
  for (const char* comment :
       {"", " cluster IP", "a/", "/:", "kubernetes service portals", "a/b:C cluster IP", "A/b:c",
        "a/b/c", "a/b:c:d", "masquerade traffic for a/b:c external destinations",
        "Kubernetes service cluster ip + port for masquerade purpose", "a/b  cluster IP",
        "a/b\n cluster IP", "a/b cluster IP "}) {
    EXPECT_EQ(Read(comment), "none") << comment;
  }
}

TEST(RuleCommentTest, NamesAreAsLongAsASnapshotAllows) {
  const std::string longest(63, 'a'), name(253, 'b');
  EXPECT_EQ(Read(absl::StrCat(longest, "/", name, ":", longest)),
            absl::StrCat("name of ", longest, "|", name, "|", longest));
  EXPECT_EQ(Read(absl::StrCat(longest, "a/b")), "none");
  EXPECT_EQ(Read(absl::StrCat("a/", name, "b")), "none");
  EXPECT_EQ(Read(absl::StrCat("a/b:", longest, "a")), "none");
}

}  // namespace
}  // namespace nftsvc::iptables
