// SPDX-License-Identifier: Apache-2.0
#include "src/cli/destination.h"

#include <gtest/gtest.h>

namespace nftsvc::cli {
namespace {

TEST(DestinationTest, ReadsBothFamilies) {
  const Destination v4 = *ParseDestination("10.0.0.1:80/tcp");
  EXPECT_EQ(v4.address.ToString(), "10.0.0.1");
  EXPECT_EQ(v4.port, 80);
  EXPECT_EQ(v4.protocol, base::Protocol::kTcp);

  const Destination v6 = *ParseDestination("[fd00::1]:65535/UDP");
  EXPECT_EQ(v6.address.ToString(), "fd00::1");
  EXPECT_EQ(v6.port, 65'535);
  EXPECT_EQ(v6.protocol, base::Protocol::kUdp);
}

TEST(DestinationTest, SaysWhichPartIsWrong) {
  const auto complaint = [](absl::string_view text) {
    const std::string message(ParseDestination(text).status().message());
    return message.substr(0, message.find(';'));
  };
  EXPECT_EQ(complaint(""), "\"\" has no protocol");
  EXPECT_EQ(complaint("10.0.0.1:80"), "\"10.0.0.1:80\" has no protocol");
  EXPECT_EQ(complaint("10.0.0.1/tcp"), "\"10.0.0.1/tcp\" has no port");
  EXPECT_EQ(complaint("10.0.0.1:80/icmp"), "\"icmp\" is not tcp, udp or sctp");
  EXPECT_EQ(complaint("10.0.0.1:0/tcp"), "\"0\" is not a port");
  EXPECT_EQ(complaint("10.0.0.1:65536/tcp"), "\"65536\" is not a port");
  EXPECT_EQ(complaint("10.0.0.1:http/tcp"), "\"http\" is not a port");
  EXPECT_EQ(complaint("10.0.0:80/tcp"), "\"10.0.0\" is not an address");
  EXPECT_EQ(complaint("fd00::1:80/tcp"), "\"fd00::1\" is not an address");
  EXPECT_EQ(complaint("[10.0.0.1]:80/tcp"), "\"[10.0.0.1]\" is not an address");
}

}  // namespace
}  // namespace nftsvc::cli
