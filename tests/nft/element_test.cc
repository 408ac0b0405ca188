// SPDX-License-Identifier: Apache-2.0
#include "src/nft/element.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using testing::FrontendAt;
using testing::Ip;

std::string Hex(const Bytes& bytes) {
  const auto span = bytes.span();
  return absl::BytesToHexString({reinterpret_cast<const char*>(span.data()), span.size()});
}

TEST(ElementTest, KeysAreLaidOutAsTheKernelHoldsThem) {
  EXPECT_EQ(Hex(AddressKey(Ip("10.96.0.1"))), "0a600001");
  EXPECT_EQ(Hex(PortKey(base::Protocol::kUdp, 0x1234)),
            "11000000"
            "12340000");
  EXPECT_EQ(Hex(FrontendKey(FrontendAt("10.96.0.1:80/tcp"))),
            "0a600001"
            "06000000"
            "00500000");
  EXPECT_EQ(Hex(FrontendKey(FrontendAt("node port 30080/sctp"))),
            "84000000"
            "75800000")
      << "node ports have no address";
  EXPECT_EQ(Hex(FrontendKey(FrontendAt("[fd00::1]:80/tcp"))),
            "fd000000000000000000000000000001"
            "06000000"
            "00500000");
  EXPECT_EQ(Hex(EndpointValue(Ip("10.0.0.2"), 8080)),
            "0a000002"
            "1f900000");
}

TEST(ElementTest, SlotsAreInTheHostsByteOrder) {
  const Bytes key = SlotKey(FrontendAt("10.96.0.1:80/tcp"), 0x01020304);
  const bool little = std::endian::native == std::endian::little;
  EXPECT_EQ(Hex(key), absl::StrCat("0a6000010600000000500000", little ? "04030201" : "01020304"));
  EXPECT_EQ(SlotIn(key), 0x01020304U);
}

TEST(ElementTest, TheLongestKeyFits) {
  Bytes key = FrontendKey(FrontendAt("[fd00::1]:80/tcp"));
  key.Append(Ip("fd00::2").bytes());
  EXPECT_EQ(key.size(), Bytes::kCapacity);
}

TEST(ElementTest, KeysAndValuesAreReadBack) {
  for (const char* text : {"10.96.0.1:80/tcp", "[fd00::1]:65535/udp"}) {
    const model::FrontendKey frontend = FrontendAt(text);
    const Family family = frontend.address.family();
    EXPECT_EQ(FrontendIn({.family = family, .set = SetId::kServices, .key = FrontendKey(frontend)}),
              frontend);
    EXPECT_EQ(FrontendIn({.family = family, .set = SetId::kEndpoints, .key = SlotKey(frontend, 7)}),
              frontend);
  }
  model::FrontendKey node_port = FrontendAt("node port 30080/sctp");
  node_port.address = base::Unspecified(Family::kIPv6);
  EXPECT_EQ(FrontendIn({.family = Family::kIPv6,
                        .set = SetId::kNodePortEndpoints,
                        .key = SlotKey(node_port, 7)}),
            node_port);
  const Bytes value = EndpointValue(Ip("fd00:10::2"), 8080);
  EXPECT_EQ(AddressIn(Family::kIPv6, value), Ip("fd00:10::2"));
  EXPECT_EQ(PortAt(value, 16), 8080);
}

TEST(ElementTest, BytesCompareByTheirContents) {
  Bytes a = AddressKey(Ip("10.0.0.1"));
  Bytes longer = a;
  longer.AppendZeros(4);
  EXPECT_NE(a, longer);
  EXPECT_EQ(a, AddressKey(Ip("10.0.0.1")));
  EXPECT_LT(a, AddressKey(Ip("10.0.0.2")));
}

// Comments.

TEST(CommentTest, StaysAsItIsWhereItCan) {
  EXPECT_EQ(CommentOf("default/web:http"), "default/web:http");
  EXPECT_EQ(CommentOf("größer"), "größer");
  EXPECT_EQ(CommentOf(""), "");
}

TEST(CommentTest, LosesWhatEndsOrBreaksAQuotedString) {
  EXPECT_EQ(CommentOf("a\"b\\c\nd\x7f"), "a_b_c_d_");
}

TEST(CommentTest, IsCutBehindAWholeCharacter) {
  const std::string longest(kMaxComment, 'x');
  EXPECT_EQ(CommentOf(longest), longest);
  EXPECT_EQ(CommentOf(longest + "y"), longest);
  // A character of two, three and four bytes over the edge.
  for (const std::string character : {"ß", "€", "😀"}) {
    for (size_t inside = 0; inside <= character.size(); ++inside) {
      const std::string before(kMaxComment - inside, 'x');
      const std::string cut = CommentOf(before + character + "y");
      EXPECT_EQ(cut, inside == character.size() ? before + character : before) << character;
    }
  }
}

}  // namespace
}  // namespace nftsvc::nft
