// SPDX-License-Identifier: Apache-2.0
#include "src/nft/names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using base::Protocol;
using testing::Ip;
using testing::Name;

constexpr size_t kLongestName = 255;  // NFT_NAME_MAXLEN with its NUL is 256

TEST(NamesTest, ReadAsPaths) {
  const std::string owner = OwnerName(Name("default/web"), Protocol::kTcp, 80);
  EXPECT_EQ(owner, "default/web/tcp/80");
  EXPECT_EQ(EndpointChainName(owner, Ip("10.0.0.2"), 8080, false),
            "endpoint-default/web/tcp/80/10.0.0.2/8080");
  EXPECT_EQ(EndpointChainName(owner, Ip("fd00::2"), 8080, true),
            "endpoint-default/web/tcp/80/fd00--2/8080/local");
  EXPECT_EQ(AffinityName(owner, 8080, false), "affinity-default/web/tcp/80/8080");
  EXPECT_EQ(AffinityName(owner, 8080, true), "affinity-default/web/tcp/80/8080/local");
  EXPECT_EQ(ClientsChainName(owner), "clients-default/web/tcp/80");
}

TEST(NamesTest, LongNamesAreCutAndStayDifferent) {
  const std::string name(253, 'n');
  const std::string name_space(63, 's');
  const std::string a = OwnerName({name_space, name + "a"}, Protocol::kSctp, 65'535);
  const std::string b = OwnerName({name_space, name + "b"}, Protocol::kSctp, 65'535);
  EXPECT_NE(a, b);
  const base::IpAddress longest = Ip("1111:2222:3333:4444:5555:6666:7777:8888");
  EXPECT_LE(EndpointChainName(a, longest, 65'535, true).size(), kLongestName);
  EXPECT_LE(AffinityName(a, 65'535, true).size(), kLongestName);
  EXPECT_LE(a.size() + sizeof("node-port-masquerade-kept-round-robin-chain-32768-of-32768-/local"),
            kLongestName);
}

// A name that looks as another does when it is cut.
TEST(NamesTest, NobodyCanTakeTheNameOfAnother) {
  const std::string cut = OwnerName({"default", std::string(200, 'n')}, Protocol::kTcp, 80);
  const std::string rest = cut.substr(0, cut.size() - sizeof("/tcp/80") + 1);
  EXPECT_EQ(rest.size(), 120);
  EXPECT_EQ(std::count(rest.begin(), rest.end(), '/'), 2);
}

TEST(NamesTest, ChainsTellTheirEndpoint) {
  for (const char* address : {"10.0.0.2", "fd00::2", "::1", "::ffff:10.0.0.1", "fd00:1::"}) {
    for (const bool local : {false, true}) {
      const base::IpAddress ip = Ip(address);
      const std::string chain = EndpointChainName("default/web/tcp/80", ip, 8080, local);
      EXPECT_EQ(EndpointOfChain(ip.family(), chain), EndpointValue(ip, 8080)) << chain;
    }
  }
}

TEST(NamesTest, OtherChainsAreOfNoEndpoint) {
  for (const char* chain : {"", "endpoint-", "endpoint-a/10.0.0.2", "endpoint-a/10.0.0.2/x",
                            "endpoint-a/10.0.0.2/70000", "endpoint-a/fd00--2/80",
                            "endpoint-a/ten/80", "random-3", "x-endpoint-a/10.0.0.2/80"}) {
    EXPECT_EQ(EndpointOfChain(Family::kIPv4, chain), std::nullopt) << chain;
  }
}

}  // namespace
}  // namespace nftsvc::nft
