// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/message.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cstring>

#include "src/netlink/attributes.h"

namespace nftsvc::netlink {

nlmsghdr* StartMessage(uint8_t* room, uint16_t type, uint16_t flags, base::Family family,
                       uint32_t sequence) {
  nlmsghdr* message = mnl_nlmsg_put_header(room);
  message->nlmsg_type = static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type);
  message->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  message->nlmsg_seq = sequence;
  auto* extra = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  extra->nfgen_family = family == base::Family::kIPv4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
  extra->version = NFNETLINK_V0;
  return message;
}

std::optional<uint16_t> TableMessageType(const nlmsghdr& message) {
  if (NFNL_SUBSYS_ID(message.nlmsg_type) != NFNL_SUBSYS_NFTABLES) return std::nullopt;
  if (mnl_nlmsg_get_payload_len(&message) < sizeof(nfgenmsg)) return std::nullopt;
  return static_cast<uint16_t>(NFNL_MSG_TYPE(message.nlmsg_type));
}

std::optional<base::Family> FamilyOf(const nlmsghdr& message) {
  switch (static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(&message))->nfgen_family) {
    case NFPROTO_IPV4:
      return base::Family::kIPv4;
    case NFPROTO_IPV6:
      return base::Family::kIPv6;
    default:
      return std::nullopt;
  }
}

absl::string_view FamilyWord(const nlmsghdr& message) {
  switch (static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(&message))->nfgen_family) {
    case NFPROTO_IPV4:
      return "ip";
    case NFPROTO_IPV6:
      return "ip6";
    case NFPROTO_INET:
      return "inet";
    case NFPROTO_ARP:
      return "arp";
    case NFPROTO_BRIDGE:
      return "bridge";
    case NFPROTO_NETDEV:
      return "netdev";
    default:
      return "";
  }
}

void PutString(nlmsghdr* message, uint16_t attribute, absl::string_view text) {
  auto* start = static_cast<nlattr*>(mnl_nlmsg_get_payload_tail(message));
  const size_t size = MNL_ATTR_HDRLEN + text.size() + 1;
  std::memset(start, 0, MNL_ALIGN(size));
  start->nla_type = attribute;
  start->nla_len = static_cast<uint16_t>(size);
  std::memcpy(mnl_attr_get_payload(start), text.data(), text.size());
  message->nlmsg_len += MNL_ALIGN(size);
}

void PutNumber(nlmsghdr* message, uint16_t attribute, uint32_t number) {
  mnl_attr_put_u32(message, attribute, htonl(number));
}

void ForEachMessage(std::span<const uint8_t> datagram,
                    absl::FunctionRef<void(const nlmsghdr&)> each) {
  // (Not libmnl's mnl_nlmsg_ok, which takes lengths from 2 GiB on for negative, hence for good.)
  while (datagram.size() >= sizeof(nlmsghdr)) {
    const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
    if (message->nlmsg_len < sizeof(nlmsghdr) || message->nlmsg_len > datagram.size()) return;
    each(*message);
    datagram = datagram.subspan(std::min<size_t>(MNL_ALIGN(message->nlmsg_len), datagram.size()));
  }
}

bool Covers(const nlattr* attribute, const nlmsghdr& message, uint32_t offset) {
  if (attribute == nullptr) return false;
  const auto* start = reinterpret_cast<const uint8_t*>(attribute);
  const auto* at = reinterpret_cast<const uint8_t*>(&message) + offset;
  return at >= start && at < start + mnl_attr_get_len(attribute);
}

std::optional<Outcome> OutcomeOf(const nlmsghdr& message) {
  if (message.nlmsg_type != NLMSG_ERROR && message.nlmsg_type != NLMSG_DONE) return std::nullopt;
  Outcome outcome;
  outcome.sequence = message.nlmsg_seq;
  // Both start with the negative error; a dump's end from an old kernel may lack it.
  if (mnl_nlmsg_get_payload_len(&message) >= sizeof(int)) {
    int error;
    std::memcpy(&error, mnl_nlmsg_get_payload(&message), sizeof(error));
    outcome.error = -error;
  }
  // With NETLINK_CAP_ACK the request's header follows, and the attributes behind it (netlink(7)).
  if (message.nlmsg_type == NLMSG_ERROR && (message.nlmsg_flags & NLM_F_ACK_TLVS) != 0 &&
      mnl_nlmsg_get_payload_len(&message) >= sizeof(nlmsgerr)) {
    outcome.offset = Attributes(message, sizeof(nlmsgerr)).HostNumber(NLMSGERR_ATTR_OFFS);
  }
  return outcome;
}

}  // namespace nftsvc::netlink
