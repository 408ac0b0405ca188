// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/flow_message.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <cstring>

#include "src/netlink/attributes.h"
#include "src/netlink/message.h"

namespace nftsvc::netlink {
namespace {

using base::Family;
using base::Protocol;
using forwarding::Flow;
using forwarding::SlotAddress;

// Bits of CTA_FILTER_ORIG_FLAGS and CTA_FILTER_REPLY_FLAGS, which the kernel's headers for programs
// leave out (net/netfilter/nf_internals.h).
constexpr uint32_t kMatchSource = 1 << 0;
constexpr uint32_t kMatchDestination = 1 << 1;
constexpr uint32_t kMatchProtocol = 1 << 3;
constexpr uint32_t kMatchSourcePort = 1 << 4;
constexpr uint32_t kMatchDestinationPort = 1 << 5;

// Where a connection keeps one of its ends: what the client dialled is the destination of the
// packets that it sends, who is reached is the source of the replies.
struct End {
  uint16_t tuple;
  uint16_t address_v4, address_v6;
  uint16_t port;
  uint16_t flags;  // of the filter
  uint32_t match_address, match_port;
};
constexpr End kDialled = {CTA_TUPLE_ORIG,       CTA_IP_V4_DST,         CTA_IP_V6_DST,
                          CTA_PROTO_DST_PORT,   CTA_FILTER_ORIG_FLAGS, kMatchDestination,
                          kMatchDestinationPort};
constexpr End kReached = {CTA_TUPLE_REPLY,    CTA_IP_V4_SRC,          CTA_IP_V6_SRC,
                          CTA_PROTO_SRC_PORT, CTA_FILTER_REPLY_FLAGS, kMatchSource,
                          kMatchSourcePort};

void PutHeader(nlmsghdr* message, uint16_t type, uint16_t flags, uint8_t family) {
  message->nlmsg_type = static_cast<uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | type);
  message->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  auto* extra = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  extra->nfgen_family = family;
  extra->version = NFNETLINK_V0;
}

nlmsghdr* Start(FlowRequest& room, uint16_t type, uint16_t flags, uint8_t family) {
  nlmsghdr* message = mnl_nlmsg_put_header(room.data());
  PutHeader(message, type, flags, family);
  return message;
}

// Puts what is to be matched at one end; returns its bits.
uint32_t PutTuple(nlmsghdr* message, const End& end, Protocol protocol,
                  const std::optional<base::IpAddress>& address, std::optional<uint16_t> port) {
  uint32_t match = kMatchProtocol;
  nlattr* tuple = mnl_attr_nest_start(message, end.tuple);
  if (address.has_value()) {
    nlattr* ip = mnl_attr_nest_start(message, CTA_TUPLE_IP);
    mnl_attr_put(message, end.address_v4, address->bytes().size(), address->bytes().data());
    mnl_attr_nest_end(message, ip);
    match |= end.match_address;
  }
  nlattr* proto = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
  mnl_attr_put_u8(message, CTA_PROTO_NUM, static_cast<uint8_t>(protocol));
  if (port.has_value()) {
    mnl_attr_put_u16(message, end.port, htons(*port));
    match |= end.match_port;
  }
  mnl_attr_nest_end(message, proto);
  mnl_attr_nest_end(message, tuple);
  return match;
}

std::optional<uint16_t> PortNumber(const Attributes& protocol, int type) {
  const std::span<const uint8_t> bytes = protocol.Bytes(type);
  if (bytes.size() < 2) return std::nullopt;
  return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
}

std::optional<SlotAddress> DecodeEnd(const Attributes& tuple, const End& end, Family family) {
  const bool v4 = family == Family::kIPv4;
  const std::span<const uint8_t> address =
      Attributes(tuple.Find(CTA_TUPLE_IP)).Bytes(v4 ? end.address_v4 : end.address_v6);
  const std::optional<uint16_t> port =
      PortNumber(Attributes(tuple.Find(CTA_TUPLE_PROTO)), end.port);
  if (address.size() != (v4 ? 4 : 16) || !port.has_value()) return std::nullopt;
  return SlotAddress{base::IpAddress::FromBytes(family, address), *port};
}

std::optional<Protocol> DecodeProtocol(const Attributes& tuple) {
  const std::span<const uint8_t> number =
      Attributes(tuple.Find(CTA_TUPLE_PROTO)).Bytes(CTA_PROTO_NUM);
  if (number.empty()) return std::nullopt;
  for (const Protocol protocol : {Protocol::kUdp, Protocol::kTcp, Protocol::kSctp}) {
    if (number[0] == static_cast<uint8_t>(protocol)) return protocol;
  }
  return std::nullopt;
}

// A connection picked up in its middle has no reply either, but it is established.
bool IsHalfOpen(const Attributes& connection) {
  const uint32_t status = connection.Number(CTA_STATUS).value_or(IPS_SEEN_REPLY);
  const Attributes tcp(Attributes(connection.Find(CTA_PROTOINFO)).Find(CTA_PROTOINFO_TCP));
  const std::span<const uint8_t> state = tcp.Bytes(CTA_PROTOINFO_TCP_STATE);
  return (status & IPS_SEEN_REPLY) == 0 && !state.empty() && state[0] == TCP_CONNTRACK_SYN_SENT;
}

bool Is(const nlmsghdr& message, uint16_t type) {
  return message.nlmsg_type == (NFNL_SUBSYS_CTNETLINK << 8 | type) &&
         mnl_nlmsg_get_payload_len(&message) >= sizeof(nfgenmsg);
}

}  // namespace

nlmsghdr* PutCountFlows(FlowRequest& room) {
  return Start(room, IPCTNL_MSG_CT_GET_STATS, NLM_F_ACK, NFPROTO_UNSPEC);
}

nlmsghdr* PutListFlows(FlowRequest& room, const FlowFilter& filter) {
  const bool v4 = filter.family == Family::kIPv4;
  nlmsghdr* message = Start(room, IPCTNL_MSG_CT_GET, NLM_F_DUMP, v4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
  const uint32_t dialled =
      PutTuple(message, kDialled, filter.protocol, filter.dialled_address, filter.dialled_port);
  const uint32_t reached =
      PutTuple(message, kReached, filter.protocol, filter.reached_address, filter.reached_port);
  // Not in network order: CTA_FILTER is netfilter's exception.
  nlattr* flags = mnl_attr_nest_start(message, CTA_FILTER);
  mnl_attr_put_u32(message, kDialled.flags, dialled);
  mnl_attr_put_u32(message, kReached.flags, reached);
  mnl_attr_nest_end(message, flags);
  return message;
}

std::optional<uint32_t> FlowCount(const nlmsghdr& message) {
  if (!Is(message, IPCTNL_MSG_CT_GET_STATS)) return std::nullopt;
  return Attributes(message).Number(CTA_STATS_GLOBAL_ENTRIES);
}

std::optional<Flow> DecodeFlow(const nlmsghdr& message) {
  if (!Is(message, IPCTNL_MSG_CT_NEW)) return std::nullopt;
  const std::optional<Family> family = FamilyOf(message);
  if (!family.has_value()) return std::nullopt;
  const Attributes connection(message);
  const Attributes original(connection.Find(CTA_TUPLE_ORIG));
  const Attributes reply(connection.Find(CTA_TUPLE_REPLY));
  const std::optional<Protocol> protocol = DecodeProtocol(original);
  const std::optional<SlotAddress> dialled = DecodeEnd(original, kDialled, *family);
  const std::optional<SlotAddress> reached = DecodeEnd(reply, kReached, *family);
  if (!protocol.has_value() || !dialled.has_value() || !reached.has_value()) return std::nullopt;
  return Flow{.protocol = *protocol,
              .dialled = *dialled,
              .reached = *reached,
              .half_open = *protocol == Protocol::kTcp && IsHalfOpen(connection)};
}

void AppendDeleteFlow(std::vector<uint8_t>& requests, const nlmsghdr& listed, uint32_t sequence) {
  // The original addresses and their zone name the connection, the id tells it from a later one.
  // Without addresses the kernel would delete all there are.
  const Attributes connection(listed);
  const size_t start = requests.size();
  requests.resize(start + sizeof(nlmsghdr) + sizeof(nfgenmsg));
  for (const int type : {CTA_TUPLE_ORIG, CTA_ZONE, CTA_ID}) {
    if (!connection.Has(type)) continue;
    const auto* bytes = reinterpret_cast<const uint8_t*>(connection.Find(type));
    requests.insert(requests.end(), bytes, bytes + MNL_ALIGN(connection.Find(type)->nla_len));
  }
  const uint8_t family = static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(&listed))->nfgen_family;
  auto* message = reinterpret_cast<nlmsghdr*>(requests.data() + start);
  message->nlmsg_len = sizeof(nlmsghdr);
  message->nlmsg_seq = sequence;
  PutHeader(message, IPCTNL_MSG_CT_DELETE, 0, family);
  message->nlmsg_len = static_cast<uint32_t>(requests.size() - start);
}

}  // namespace nftsvc::netlink
