// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/clients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;
using ::testing::HasSubstr;
using Client = reconcile::RulesetStore::Client;

constexpr char kMap[] = "affinity-default/my-service/tcp/80/8080";

class ClientsTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped()) return;
    MustCommit(Creation(SampleRuleset()));
  }

  // "client > endpoint", sorted.
  std::vector<std::string> Read(Family family, const std::string& map = kMap) {
    const absl::StatusOr<std::vector<Client>> clients = kernel->ReadClients(family, map);
    EXPECT_TRUE(clients.ok()) << clients.status();
    std::vector<std::string> lines;
    if (!clients.ok()) return lines;
    for (const Client& client : *clients) {
      lines.push_back(absl::StrCat(client.address.ToString(), " > ", client.endpoint.ToString()));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  using Lines = std::vector<std::string>;
};

TEST_F(ClientsTest, AreReadWithTheirEndpoints) {
  EXPECT_EQ(Read(Family::kIPv4), Lines());
  ASSERT_EQ(Load(absl::StrCat("add element ip nftsvc ", kMap,
                              " { 192.0.2.1 timeout 1h : 10.0.0.9, 192.0.2.2 timeout 2h : "
                              "10.0.0.8 }\nadd element ip6 nftsvc ",
                              kMap, " { 2001:db8::1 timeout 1h : fd00::9 }")),
            "");
  EXPECT_EQ(Read(Family::kIPv4), (Lines{"192.0.2.1 > 10.0.0.9", "192.0.2.2 > 10.0.0.8"}));
  EXPECT_EQ(Read(Family::kIPv6), Lines{"2001:db8::1 > fd00::9"});
}

TEST_F(ClientsTest, OfAMapThatIsNotThereAreNone) {
  EXPECT_EQ(Read(Family::kIPv4, "affinity-nobodys"), Lines());
}

TEST_F(ClientsTest, AreAllReadFromAFullMap) {
  std::string elements;
  for (int i = 0; i < 20'000; ++i) {
    absl::StrAppend(&elements, i == 0 ? "" : ", ", "10.1.", i / 250, ".", i % 250,
                    " timeout 1h : 10.0.0.9");
  }
  ASSERT_EQ(Load(absl::StrCat("add element ip nftsvc ", kMap, " { ", elements, " }")), "");
  EXPECT_EQ(Read(Family::kIPv4).size(), 20'000U);
}

TEST_F(ClientsTest, AreForgottenByName) {
  ASSERT_EQ(Load(absl::StrCat("add element ip nftsvc ", kMap,
                              " { 192.0.2.1 timeout 1h : 10.0.0.9, 192.0.2.2 timeout 2h : "
                              "10.0.0.8 }")),
            "");
  const base::IpAddress gone = *base::IpAddress::Parse("192.0.2.1");
  MustCommit({{nft::DeleteClient{Family::kIPv4, kMap, gone}}});
  EXPECT_EQ(Read(Family::kIPv4), Lines{"192.0.2.2 > 10.0.0.8"});
  const auto again = kernel->Commit({{nft::DeleteClient{Family::kIPv4, kMap, gone}}},
                                    kernel->CurrentGeneration().value());
  EXPECT_TRUE(absl::IsNotFound(again.status())) << again.status();
  EXPECT_THAT(std::string(again.status().message()), HasSubstr("{ 192.0.2.1 }"));
}

TEST_F(ClientsTest, AreNoElementsOfTheInventory) {
  const size_t before = MustObserve().inventory.elements.size();
  ASSERT_EQ(
      Load(absl::StrCat("add element ip nftsvc ", kMap, " { 192.0.2.1 timeout 1h : 10.0.0.9 }")),
      "");
  EXPECT_EQ(MustObserve().inventory.elements.size(), before);
}

}  // namespace
}  // namespace nftsvc::netlink
