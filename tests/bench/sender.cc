// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/sender.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "tests/bench/node.h"

namespace nftsvc::bench {
namespace {

constexpr uint32_t kFirstClient = 198u << 24 | 18u << 16;  // of 198.18.0.0/15
constexpr uint64_t kFirstPort = 1'024;
constexpr uint16_t kDialledPort = 80;

struct Packet {
  iphdr ip;
  udphdr udp;
};

// The kernel fills in the rest.
Packet MakePacket(uint64_t connection, uint32_t clients, uint32_t dialled) {
  Packet packet = {};
  packet.ip.version = 4;
  packet.ip.ihl = sizeof(iphdr) / 4;
  packet.ip.ttl = 64;
  packet.ip.protocol = IPPROTO_UDP;
  packet.ip.saddr = htonl(kFirstClient + static_cast<uint32_t>(connection % clients));
  packet.ip.daddr = htonl(dialled);
  packet.udp.source = htons(static_cast<uint16_t>(kFirstPort + connection / clients));
  packet.udp.dest = htons(kDialledPort);
  packet.udp.len = htons(sizeof(udphdr));
  return packet;
}

// Spreads neighbouring numbers.
uint64_t Mix(uint64_t number) { return number * 0x9e3779b97f4a7c15 >> 32; }

absl::Duration OwnTime() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

// Hears what leaves by a Node's interface.
absl::StatusOr<control::UniqueFd> Listen() {
  control::UniqueFd socket(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_ll where = {};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(ETH_P_ALL);
  where.sll_ifindex = static_cast<int>(if_nametoindex(Node::kInterface));
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof(where)) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("listen on ", Node::kInterface));
  }
  return socket;
}

}  // namespace

absl::StatusOr<Sender> Sender::Open(Traffic traffic) {
  // IPPROTO_RAW: packets come with the header of IP.
  control::UniqueFd socket(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  if (!socket.is_open()) return absl::ErrnoToStatus(errno, "open a raw socket");
  return Sender(std::move(traffic), std::move(socket));
}

absl::StatusOr<absl::Duration> Sender::Dial() {
  std::array<Packet, kBatch> packets;
  std::array<sockaddr_in, kBatch> routes = {};
  std::array<iovec, kBatch> parts;
  std::array<mmsghdr, kBatch> messages = {};
  for (size_t i = 0; i < kBatch; ++i, ++next_) {
    packets[i] =
        MakePacket(next_, traffic_.clients, traffic_.dialled[Mix(next_) % traffic_.dialled.size()]);
    routes[i].sin_family = AF_INET;
    routes[i].sin_addr.s_addr = packets[i].ip.daddr;
    parts[i] = {&packets[i], sizeof(Packet)};
    messages[i].msg_hdr.msg_name = &routes[i];
    messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  const absl::Duration start = OwnTime();
  const int sent = sendmmsg(socket_.get(), messages.data(), kBatch, 0);
  const absl::Duration taken = OwnTime() - start;
  if (sent == static_cast<int>(kBatch)) return taken;
  return absl::ErrnoToStatus(errno, absl::StrCat("send: ", sent, " of ", kBatch, " packets"));
}

absl::StatusOr<std::vector<uint32_t>> Sender::Trace() {
  ASSIGN_OR_RETURN(const control::UniqueFd listener, Listen());
  RETURN_IF_ERROR(Dial().status());
  std::vector<uint32_t> reached;
  sockaddr_ll origin = {};
  socklen_t length = sizeof(origin);
  for (Packet packet; recvfrom(listener.get(), &packet, sizeof(packet), MSG_DONTWAIT,
                               reinterpret_cast<sockaddr*>(&origin), &length) >= 0;) {
    if (origin.sll_protocol == htons(ETH_P_IP)) reached.push_back(ntohl(packet.ip.daddr));
  }
  if (reached.size() == kBatch) return reached;
  return absl::InternalError(
      absl::StrCat(reached.size(), " of ", kBatch, " packets left the host"));
}

void Sender::StartOver() {
  next_ = (next_ + traffic_.clients - 1) / traffic_.clients * traffic_.clients;
}

}  // namespace nftsvc::bench
