// SPDX-License-Identifier: Apache-2.0
#include "src/cli/trace_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nftsvc::cli {
namespace {

std::string TableFor(const std::string& destination, const char* source = nullptr) {
  std::optional<base::IpAddress> from;
  if (source != nullptr) from = base::IpAddress::Parse(source);
  return PrintTraceTable("nftsvc-trace-1", *ParseDestination(destination), from);
}

TEST(TraceTableTest, MarksPacketsBeforeAllOthersAndSeesThemBehindAllOthers) {
  EXPECT_EQ(TableFor("10.96.0.1:80/tcp", "192.0.2.1"),
            "table ip nftsvc-trace-1 {\n"
            "  flags owner;\n"
            "  chain start-prerouting {\n"
            "    type filter hook prerouting priority -350;\n"
            "    ip daddr 10.96.0.1 ip saddr 192.0.2.1 tcp dport 80 "
            "tcp flags & (syn | ack) == syn "
            "limit rate 50/second burst 50 packets meta nftrace set 1\n"
            "  }\n"
            "  chain start-output {\n"
            "    type filter hook output priority -350;\n"
            "    ip daddr 10.96.0.1 ip saddr 192.0.2.1 tcp dport 80 "
            "tcp flags & (syn | ack) == syn "
            "limit rate 50/second burst 50 packets meta nftrace set 1\n"
            "  }\n"
            "  chain end-input {\n"
            "    type filter hook input priority 350;\n"
            "  }\n"
            "  chain end-postrouting {\n"
            "    type filter hook postrouting priority 350;\n"
            "  }\n"
            "}\n");
}

TEST(TraceTableTest, OnlyTcpTellsWhichPacketOpensAConnection) {
  const std::string table = TableFor("[fd00::1]:53/udp");
  EXPECT_THAT(table, testing::HasSubstr("table ip6 "));
  EXPECT_THAT(table, testing::HasSubstr("    ip6 daddr fd00::1 udp dport 53 limit"));
}

TEST(TraceTableTest, ItsNameHoldsTheProcess) {
  EXPECT_THAT(TraceTable::Name(), testing::MatchesRegex("nftsvc-trace-[0-9]+"));
}

}  // namespace
}  // namespace nftsvc::cli
