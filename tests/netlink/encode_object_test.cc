// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/encode_object.h"

#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/netlink/attributes.h"
#include "src/netlink/set_form.h"
#include "tests/netlink/kernel_dump.h"
#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

// Makes the same ruleset through us in one namespace and with nft in another, and compares how the
// kernel lists the objects: byte for byte, but for what differs from object to object anyway.
class SameAsNftTest : public KernelTest {
 protected:
  using Objects = std::map<std::string, RawObject>;

  void ExpectSame(const std::function<Objects(Family)>& dump) {
    const nft::Ruleset ruleset = SampleRuleset();
    MustCommit(Creation(ruleset));
    std::array<Objects, 2> ours;
    for (Family family : base::kFamilies) ours[static_cast<size_t>(family)] = dump(family);
    EnterNewNamespace();
    ASSERT_EQ(Load(nft::Print(ruleset)), "");
    for (Family family : base::kFamilies) {
      const Objects& objects = ours[static_cast<size_t>(family)];
      EXPECT_FALSE(objects.empty());
      EXPECT_EQ(objects, dump(family));
    }
  }
};

TEST_F(SameAsNftTest, Tables) {
  ExpectSame([](Family family) {
    return DumpObjects(NFT_MSG_GETTABLE, family, NFTA_TABLE_NAME, {NFTA_TABLE_HANDLE});
  });
}

TEST_F(SameAsNftTest, Chains) {
  ExpectSame([](Family family) {
    return DumpObjects(NFT_MSG_GETCHAIN, family, NFTA_CHAIN_NAME, {NFTA_CHAIN_HANDLE});
  });
}

// Among others that userdata, by which nft lists `typeof`, is what nft itself writes.
TEST_F(SameAsNftTest, Sets) {
  constexpr int kKernelAddress = 19;  // NFTA_SET_TYPE, of 6.17: where the set's code is
  ExpectSame([](Family family) {
    Objects sets = DumpObjects(NFT_MSG_GETSET, family, NFTA_SET_NAME,
                               {NFTA_SET_HANDLE, NFTA_SET_ID, kKernelAddress});
    EXPECT_EQ(sets.size(), nft::kSetCount + 1);
    for (const auto& [name, set] : sets) {
      const std::vector<uint8_t> userdata = TypeofUserdata(nft::FindSet(name).value(), family);
      EXPECT_EQ(set.at(NFTA_SET_USERDATA), Hex(userdata.data(), userdata.size())) << name;
    }
    return sets;
  });
}

TEST_F(KernelTest, AnExistingTableMayBeAddedAgain) {
  MustCommit({{nft::AddTable{Family::kIPv4}}});
  const reconcile::Generation before = Now();
  const absl::StatusOr<reconcile::Generation> after =
      kernel->Commit({{nft::AddTable{Family::kIPv4}}}, before);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(*after, Now());
  EXPECT_EQ(*after, before);  // nothing changed
}

}  // namespace
}  // namespace nftsvc::netlink
