// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/flow_message.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <cstring>
#include <functional>

#include "src/netlink/attributes.h"
#include "tests/support/builders.h"

namespace nftsvc::netlink {
namespace {

using base::Protocol;
using testing::At;

// A listed connection: 10.1.0.1:4000 dialled 10.96.0.10:53 and reaches 10.0.0.2:5353.
class Listed {
 public:
  Listed() { Start(IPCTNL_MSG_CT_NEW, NFPROTO_IPV4); }

  void Start(uint16_t type, uint8_t family) {
    message_ = mnl_nlmsg_put_header(room_.data());
    message_->nlmsg_type = static_cast<uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | type);
    auto* extra = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message_, sizeof(nfgenmsg)));
    extra->nfgen_family = family;
  }

  void PutTuple(uint16_t type, absl::string_view from, absl::string_view to, uint8_t protocol) {
    nlattr* tuple = mnl_attr_nest_start(message_, type);
    nlattr* ip = mnl_attr_nest_start(message_, CTA_TUPLE_IP);
    mnl_attr_put(message_, CTA_IP_V4_SRC, 4, At(from).address.bytes().data());
    mnl_attr_put(message_, CTA_IP_V4_DST, 4, At(to).address.bytes().data());
    mnl_attr_nest_end(message_, ip);
    nlattr* proto = mnl_attr_nest_start(message_, CTA_TUPLE_PROTO);
    mnl_attr_put_u8(message_, CTA_PROTO_NUM, protocol);
    mnl_attr_put_u16(message_, CTA_PROTO_SRC_PORT, htons(At(from).port));
    mnl_attr_put_u16(message_, CTA_PROTO_DST_PORT, htons(At(to).port));
    mnl_attr_nest_end(message_, proto);
    mnl_attr_nest_end(message_, tuple);
  }

  Listed& Original(uint8_t protocol = IPPROTO_UDP) {
    PutTuple(CTA_TUPLE_ORIG, "10.1.0.1:4000", "10.96.0.10:53", protocol);
    return *this;
  }
  Listed& Reply(uint8_t protocol = IPPROTO_UDP) {
    PutTuple(CTA_TUPLE_REPLY, "10.0.0.2:5353", "192.168.0.2:6000", protocol);
    return *this;
  }
  Listed& Number(uint16_t type, uint32_t number) {
    mnl_attr_put_u32(message_, type, htonl(number));
    return *this;
  }
  Listed& Zone(uint16_t zone) {
    mnl_attr_put_u16(message_, CTA_ZONE, htons(zone));
    return *this;
  }
  Listed& Tcp(uint8_t state) {
    nlattr* info = mnl_attr_nest_start(message_, CTA_PROTOINFO);
    nlattr* tcp = mnl_attr_nest_start(message_, CTA_PROTOINFO_TCP);
    mnl_attr_put_u8(message_, CTA_PROTOINFO_TCP_STATE, state);
    mnl_attr_nest_end(message_, tcp);
    mnl_attr_nest_end(message_, info);
    return *this;
  }

  const nlmsghdr& message() const { return *message_; }

 private:
  std::array<uint64_t, 128> room_{};
  nlmsghdr* message_ = nullptr;
};

TEST(FlowMessageTest, AFlowIsWhatWasDialledAndWhoReplies) {
  Listed listed;
  const std::optional<forwarding::Flow> flow = DecodeFlow(listed.Original().Reply().message());
  ASSERT_TRUE(flow.has_value());
  EXPECT_EQ(flow->protocol, Protocol::kUdp);
  EXPECT_EQ(flow->dialled, At("10.96.0.10:53"));
  EXPECT_EQ(flow->reached, At("10.0.0.2:5353"));
  EXPECT_FALSE(flow->half_open);
}

TEST(FlowMessageTest, WhatIsNoFlowOfAServiceIsNone) {
  const auto decodes = [](const Listed& listed) {
    return DecodeFlow(listed.message()).has_value();
  };
  EXPECT_TRUE(decodes(Listed().Original(IPPROTO_SCTP).Reply(IPPROTO_SCTP)));
  EXPECT_FALSE(decodes(Listed().Original(IPPROTO_ICMP).Reply(IPPROTO_ICMP)));
  EXPECT_FALSE(decodes(Listed()));
  EXPECT_FALSE(decodes(Listed().Original()));
  EXPECT_FALSE(decodes(Listed().Reply()));
  Listed other;
  other.Start(IPCTNL_MSG_CT_DELETE, NFPROTO_IPV4);
  EXPECT_FALSE(decodes(other.Original().Reply()));
  other.Start(IPCTNL_MSG_CT_NEW, NFPROTO_ARP);
  EXPECT_FALSE(decodes(other.Original().Reply()));
  other.Start(IPCTNL_MSG_CT_NEW, NFPROTO_IPV6);
  EXPECT_FALSE(decodes(other.Original().Reply())) << "addresses of the wrong length";
}

TEST(FlowMessageTest, OnlyAnUnansweredFirstPacketMakesAFlowHalfOpen) {
  const auto half_open = [](uint32_t status, uint8_t state) {
    Listed listed;
    listed.Original(IPPROTO_TCP).Reply(IPPROTO_TCP).Number(CTA_STATUS, status).Tcp(state);
    return DecodeFlow(listed.message()).value().half_open;
  };
  EXPECT_TRUE(half_open(IPS_CONFIRMED, TCP_CONNTRACK_SYN_SENT));
  EXPECT_FALSE(half_open(IPS_CONFIRMED | IPS_SEEN_REPLY, TCP_CONNTRACK_SYN_SENT));
  EXPECT_FALSE(half_open(IPS_CONFIRMED, TCP_CONNTRACK_ESTABLISHED));
  Listed silent;
  EXPECT_FALSE(DecodeFlow(silent.Original(IPPROTO_TCP).Reply(IPPROTO_TCP).message())->half_open);
}

// A request to delete without addresses would mean all connections there are.
TEST(FlowMessageTest, ADeletionNamesAddressesZoneAndIdOfTheListedOne) {
  Listed listed;
  listed.Original().Reply().Number(CTA_STATUS, 8).Number(CTA_ID, 77).Number(CTA_MARK, 5).Zone(9);
  std::vector<uint8_t> requests;
  AppendDeleteFlow(requests, listed.message(), 41);
  AppendDeleteFlow(requests, listed.message(), 42);
  const auto* first = reinterpret_cast<const nlmsghdr*>(requests.data());
  ASSERT_EQ(requests.size(), 2 * first->nlmsg_len);
  const auto* second = reinterpret_cast<const nlmsghdr*>(requests.data() + first->nlmsg_len);
  EXPECT_EQ(first->nlmsg_seq, 41u);
  EXPECT_EQ(second->nlmsg_seq, 42u);
  for (const nlmsghdr* message : {first, second}) {
    EXPECT_EQ(message->nlmsg_type, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE);
    EXPECT_EQ(message->nlmsg_flags, NLM_F_REQUEST);
    const Attributes attributes(*message), original(listed.message());
    for (int type = 0; type < CTA_MAX && type < 32; ++type) {
      const bool wanted = type == CTA_TUPLE_ORIG || type == CTA_ZONE || type == CTA_ID;
      ASSERT_EQ(attributes.Has(type), wanted) << type;
      if (!wanted) continue;
      const std::span<const uint8_t> copy = attributes.Bytes(type), from = original.Bytes(type);
      EXPECT_TRUE(std::equal(copy.begin(), copy.end(), from.begin(), from.end())) << type;
    }
  }
}

TEST(FlowMessageTest, AListAsksForTheFieldsThatAreSet) {
  FlowRequest room;
  FlowFilter filter;
  filter.dialled_address = testing::Ip("10.96.0.10");
  filter.dialled_port = 53;
  const nlmsghdr* message = PutListFlows(room, filter);
  const Attributes attributes(*message);
  const Attributes flags(attributes.Find(CTA_FILTER));
  EXPECT_EQ(flags.HostNumber(CTA_FILTER_ORIG_FLAGS), 0b101010u);  // destination, protocol, its port
  EXPECT_EQ(flags.HostNumber(CTA_FILTER_REPLY_FLAGS), 0b001000u);  // protocol
  filter = FlowFilter();
  filter.reached_address = testing::Ip("10.0.0.2");
  filter.reached_port = 5353;
  const Attributes reached(Attributes(*PutListFlows(room, filter)).Find(CTA_FILTER));
  EXPECT_EQ(reached.HostNumber(CTA_FILTER_ORIG_FLAGS), 0b001000u);
  EXPECT_EQ(reached.HostNumber(CTA_FILTER_REPLY_FLAGS), 0b011001u);  // source, protocol, its port
}

TEST(FlowMessageTest, ACountIsReadFromItsAnswerOnly) {
  Listed answer;
  EXPECT_EQ(FlowCount(answer.Original().message()), std::nullopt);
  answer.Start(IPCTNL_MSG_CT_GET_STATS, NFPROTO_UNSPEC);
  EXPECT_EQ(FlowCount(answer.message()), std::nullopt);
  EXPECT_EQ(FlowCount(answer.Number(CTA_STATS_GLOBAL_ENTRIES, 7).message()), 7u);
}

}  // namespace
}  // namespace nftsvc::netlink
