// SPDX-License-Identifier: Apache-2.0
#include "src/base/protocol.h"

#include "gtest/gtest.h"

namespace nftsvc::base {
namespace {

TEST(ProtocolTest, ReadsWhatItPrints) {
  for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
    EXPECT_EQ(ParseProtocol(ProtocolName(protocol)), protocol);
  }
}

TEST(ProtocolTest, ReadsNamesInAnyCaseAndNothingElse) {
  EXPECT_EQ(ParseProtocol("TCP"), Protocol::kTcp);
  EXPECT_EQ(ParseProtocol("Sctp"), Protocol::kSctp);
  for (const char* text : {"", "icmp", "6", "tcp ", "tcpx", "tc"}) {
    EXPECT_EQ(ParseProtocol(text), std::nullopt) << text;
  }
}

TEST(ProtocolTest, HasTheNumbersOfIana) {
  EXPECT_EQ(static_cast<int>(Protocol::kTcp), 6);
  EXPECT_EQ(static_cast<int>(Protocol::kUdp), 17);
  EXPECT_EQ(static_cast<int>(Protocol::kSctp), 132);
}

}  // namespace
}  // namespace nftsvc::base
