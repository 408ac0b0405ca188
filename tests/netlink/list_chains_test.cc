// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/list_chains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"

namespace nftsvc::netlink {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> ListedChains() {
  const auto chains = ListAllChains();
  EXPECT_TRUE(chains.ok()) << chains.status();
  std::vector<std::string> texts;
  for (const ListedChain& chain : *chains) {
    std::string text = absl::StrCat(chain.family, " ", chain.table, " ", chain.name);
    if (chain.hook.has_value()) {
      absl::StrAppend(&text, ": ", chain.hook->type, " ", chain.hook->point, " ",
                      chain.hook->priority, chain.hook->drops ? " drop" : "");
    }
    texts.push_back(text);
  }
  return texts;
}

class ListChainsTest : public KernelTest {};

TEST_F(ListChainsTest, ANewNamespaceHasNone) { EXPECT_THAT(ListedChains(), IsEmpty()); }

TEST_F(ListChainsTest, ThoseOfEveryFamilyAreListed) {
  ASSERT_EQ(Load(R"(
table ip a {
  chain plain { }
  chain early { type nat hook prerouting priority -150; }
}
table ip6 a {
  chain out { type nat hook output priority -100; }
}
table inet b {
  chain forward { type filter hook forward priority 0; policy drop; }
}
table arp c {
  chain in { type filter hook input priority 0; }
}
)"),
            "");
  EXPECT_THAT(ListedChains(),
              UnorderedElementsAre("ip a plain", "ip a early: nat prerouting -150",
                                   "ip6 a out: nat output -100",
                                   "inet b forward: filter forward 0 drop", "arp c in: filter  0"));
}

}  // namespace
}  // namespace nftsvc::netlink
