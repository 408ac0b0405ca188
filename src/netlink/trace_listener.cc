// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/trace_listener.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/family.h"
#include "src/netlink/attributes.h"
#include "src/netlink/errno_status.h"
#include "src/netlink/message.h"

namespace nftsvc::netlink {
namespace {

constexpr char kListen[] = "listen for traced packets";

using HeaderBytes = std::span<const uint8_t>;
using TraceKind = TraceMessage::Kind;
using TraceVerdict = TraceMessage::Verdict;

// Empty if it has none, or it is gone by now.
std::string InterfaceName(std::optional<uint32_t> index) {
  std::array<char, IF_NAMESIZE> name{};
  if (index.value_or(0) == 0 || if_indextoname(*index, name.data()) == nullptr) return "";
  return name.data();
}

std::optional<base::Protocol> ProtocolOf(uint8_t number) {
  for (const base::Protocol protocol :
       {base::Protocol::kTcp, base::Protocol::kUdp, base::Protocol::kSctp}) {
    if (static_cast<uint8_t>(protocol) == number) return protocol;
  }
  return std::nullopt;
}

uint16_t PortAt(HeaderBytes transport, size_t offset) {
  return static_cast<uint16_t>(transport[offset] << 8 | transport[offset + 1]);
}

// Of the headers' fields: RFC 791, RFC 8200. Where IPv6 has extension headers, the protocol is
// theirs.
std::optional<TracedPacket> PacketOf(const Attributes& trace) {
  const HeaderBytes network = trace.Bytes(NFTA_TRACE_NETWORK_HEADER);
  const HeaderBytes transport = trace.Bytes(NFTA_TRACE_TRANSPORT_HEADER);
  const bool ipv4 = network.size() >= 20 && network[0] >> 4 == 4;
  const bool ipv6 = network.size() >= 40 && network[0] >> 4 == 6;
  if (!ipv4 && !ipv6) return std::nullopt;
  const base::Family family = ipv4 ? base::Family::kIPv4 : base::Family::kIPv6;
  const size_t size = ipv4 ? 4 : 16;
  const size_t source = ipv4 ? 12 : 8;
  TracedPacket packet;
  packet.source = base::IpAddress::FromBytes(family, network.subspan(source, size));
  packet.destination = base::IpAddress::FromBytes(family, network.subspan(source + size, size));
  packet.protocol = ProtocolOf(network[ipv4 ? 9 : 6]);
  if (packet.protocol.has_value() && transport.size() >= 4) {
    packet.source_port = PortAt(transport, 0);
    packet.destination_port = PortAt(transport, 2);
  }
  packet.in_interface = InterfaceName(trace.Number(NFTA_TRACE_IIF));
  packet.out_interface = InterfaceName(trace.Number(NFTA_TRACE_OIF));
  return packet;
}

TraceKind TraceKindOf(uint32_t type) {
  if (type == NFT_TRACETYPE_POLICY) return TraceKind::kPolicy;
  return type == NFT_TRACETYPE_RETURN ? TraceKind::kReturn : TraceKind::kRule;
}

TraceVerdict TraceVerdictOf(uint32_t code) {
  switch (static_cast<int32_t>(code)) {
    case NFT_CONTINUE:
      return TraceVerdict::kContinue;
    case NFT_JUMP:
      return TraceVerdict::kJump;
    case NFT_GOTO:
      return TraceVerdict::kGoto;
    case NFT_RETURN:
      return TraceVerdict::kReturn;
    case NF_ACCEPT:
      return TraceVerdict::kAccept;
    case NF_DROP:
      return TraceVerdict::kDrop;
    default:
      return TraceVerdict::kOther;
  }
}

std::optional<TraceMessage> DecodeTraceMessage(const nlmsghdr& message) {
  if (TableMessageType(message) != NFT_MSG_TRACE) return std::nullopt;
  const Attributes attributes(message);
  const Attributes verdict(attributes.Find(NFTA_TRACE_VERDICT));
  TraceMessage trace;
  trace.id = attributes.Number(NFTA_TRACE_ID).value_or(0);
  trace.family = std::string(FamilyWord(message));
  trace.table = std::string(attributes.String(NFTA_TRACE_TABLE));
  trace.chain = std::string(attributes.String(NFTA_TRACE_CHAIN));
  trace.kind = TraceKindOf(attributes.Number(NFTA_TRACE_TYPE).value_or(NFT_TRACETYPE_RULE));
  trace.rule = attributes.LongNumber(NFTA_TRACE_RULE_HANDLE).value_or(0);
  const auto code = trace.kind == TraceKind::kPolicy ? attributes.Number(NFTA_TRACE_POLICY)
                                                     : verdict.Number(NFTA_VERDICT_CODE);
  trace.verdict = code.has_value() ? TraceVerdictOf(*code) : TraceVerdict::kContinue;
  trace.target = std::string(verdict.String(NFTA_VERDICT_CHAIN));
  trace.packet = PacketOf(attributes);
  return trace;
}

}  // namespace

std::vector<TraceMessage> DecodeTrace(HeaderBytes datagram) {
  std::vector<TraceMessage> messages;
  ForEachMessage(datagram, [&](const nlmsghdr& message) {
    std::optional<TraceMessage> trace = DecodeTraceMessage(message);
    if (trace.has_value()) messages.push_back(*std::move(trace));
  });
  return messages;
}

void TraceListener::Closer::operator()(mnl_socket* socket) const { mnl_socket_close(socket); }

absl::StatusOr<TraceListener> TraceListener::Open() {
  mnl_socket* socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket == nullptr) return ErrnoStatus(errno, kListen);
  TraceListener listener(socket);
  int group = NFNLGRP_NFTRACE;
  if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) != 0 ||
      mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) != 0) {
    if (errno == EPERM) {
      return absl::PermissionDeniedError(absl::StrCat(kListen, ": ", kNeedsCapability));
    }
    return ErrnoStatus(errno, kListen);
  }
  return listener;
}

absl::StatusOr<std::vector<TraceMessage>> TraceListener::Receive(
    std::chrono::milliseconds patience) {
  pollfd waiting = {.fd = mnl_socket_get_fd(socket_.get()), .events = POLLIN, .revents = 0};
  const int ready = poll(&waiting, 1, static_cast<int>(patience.count()));
  if (ready <= 0) {
    if (ready == 0 || errno == EINTR) return std::vector<TraceMessage>();
    return ErrnoStatus(errno, kListen);
  }
  alignas(nlmsghdr) std::array<uint8_t, 32 << 10> datagram;  // what the kernel makes at most
  const ssize_t size = mnl_socket_recvfrom(socket_.get(), datagram.data(), datagram.size());
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::vector<TraceMessage>();
  if (size < 0) return ErrnoStatus(errno, kListen);
  return DecodeTrace({datagram.data(), static_cast<size_t>(size)});
}

}  // namespace nftsvc::netlink
