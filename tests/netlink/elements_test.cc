// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/elements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "src/netlink/decode_element.h"
#include "src/netlink/socket.h"
#include "tests/netlink/net_namespace.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

class ElementsTest : public KernelTest {
 protected:
  // What the kernel has of them, by index.
  std::map<size_t, nft::Element> Read(const std::vector<nft::ElementKey>& keys) {
    std::map<size_t, nft::Element> found;
    absl::StatusOr<Socket> socket = Socket::Open();
    if (!socket.ok()) {
      ADD_FAILURE() << socket.status();
      return found;
    }
    const absl::Status status =
        ReadElements(*socket, keys, "read", [&](size_t index, const Attributes& element) {
          const nft::ElementKey& key = keys[index];
          const auto decoded = DecodeElement(key.family, key.set, element);
          ASSERT_TRUE(decoded.has_value());
          EXPECT_TRUE(found.emplace(index, decoded->element).second) << index << " twice";
        });
    EXPECT_EQ(status, absl::OkStatus());
    return found;
  }
};

// Of all sets at once, with gaps at the ends and in the middle of a request.
TEST_F(ElementsTest, AreReadWholeAndThoseThatAreNotThereAreLeftOut) {
  MustCommit(EmptyTables(1'000));
  std::vector<nft::Operation> adds;
  std::vector<nft::ElementKey> keys;
  std::map<size_t, nft::Element> expected;
  for (uint16_t i = 0; i < 200; ++i) {
    for (const Family family : base::kFamilies) {
      const nft::Element element = Service(family, i, i % 2 == 0 ? "pick-1" : "pick-2");
      if (i % 33 != 0 && i != 199) {
        adds.push_back(nft::AddElement{element, nullptr, {}});
        expected.emplace(keys.size(), element);
      }
      keys.push_back(element.id);
    }
  }
  MustCommit({std::move(adds)});
  EXPECT_EQ(Read(keys), expected);
  EXPECT_THAT(Read({}), ::testing::IsEmpty());
}

TEST_F(ElementsTest, OfATableThatIsNotThereAreNone) {
  EXPECT_THAT(Read({Service(Family::kIPv4, 1, "pick-1").id}), ::testing::IsEmpty());
}

}  // namespace
}  // namespace nftsvc::netlink
