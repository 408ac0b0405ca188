// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "src/netlink/set_form.h"
#include "src/nft/ruleset.h"
#include "tests/netlink/kernel_dump.h"
#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

std::string HexOf(nft::SetId set, Family family) {
  const std::vector<uint8_t> userdata = TypeofUserdata(set, family);
  return Hex(userdata.data(), userdata.size());
}

// The bytes that nft 1.0.6 wrote, for builds where no nft is at hand; see encode_object_test.cc for
// all sets against the nft that is.
TEST(TypeofUserdataTest, IsWhatNftWrites) {
  EXPECT_EQ(HexOf(nft::SetId::kProtocols, Family::kIPv4),
            "000401000000030e0004090000000106000410000000");
  EXPECT_EQ(HexOf(nft::SetId::kClusterIps, Family::kIPv6),
            "0004020000000314000407000000010c00040d000000010409000000");
  EXPECT_EQ(HexOf(nft::SetId::kServices, Family::kIPv4),
            "000400000000010400000000034400040d000000013c0014000407000000010c00040c00000001040c0000"
            "00010e00040900000001060004100000000214000407000000010c00040b00000001040200000004080004"
            "010000000100060400000000");
}

// The kernel's limit is 256 bytes (NFT_USERDATA_MAXLEN); a nest's is 255.
TEST(TypeofUserdataTest, IsNeverTooLong) {
  for (Family family : base::kFamilies) {
    for (nft::SetId set : nft::AllSets()) {
      EXPECT_LT(TypeofUserdata(set, family).size(), 200u) << nft::DeclarationOf(set).name;
    }
  }
}

class TypeofListingTest : public KernelTest {};

TEST_F(TypeofListingTest, NftListsTheDeclarationAsPrinted) {
  MustCommit(EmptyTables(16));
  for (Family family : base::kFamilies) {
    for (nft::SetId set : nft::AllSets()) {
      const nft::SetDeclaration& declaration = nft::DeclarationOf(set);
      const std::string kind = declaration.data == nft::SetData::kNone ? "set" : "map";
      const std::string listing = Nft(absl::StrCat(
          "list ", kind, family == Family::kIPv4 ? " ip" : " ip6", " nftsvc ", declaration.name));
      EXPECT_NE(listing.find("\t\t" + nft::PrintSetHeader(set, family) + "\n"), std::string::npos)
          << listing;
    }
  }
}

}  // namespace
}  // namespace nftsvc::netlink
