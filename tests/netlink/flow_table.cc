// SPDX-License-Identifier: Apache-2.0
#include "tests/netlink/flow_table.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/netlink/request.h"
#include "src/netlink/socket.h"
#include "tests/support/builders.h"

namespace nftsvc::netlink {
namespace {

using base::Family;
using base::Protocol;
using forwarding::SlotAddress;

void PutTuple(nlmsghdr* message, uint16_t type, Protocol protocol, const SlotAddress& from,
              const SlotAddress& to) {
  const bool v4 = from.address.family() == Family::kIPv4;
  nlattr* tuple = mnl_attr_nest_start(message, type);
  nlattr* ip = mnl_attr_nest_start(message, CTA_TUPLE_IP);
  mnl_attr_put(message, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, from.address.bytes().size(),
               from.address.bytes().data());
  mnl_attr_put(message, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, to.address.bytes().size(),
               to.address.bytes().data());
  mnl_attr_nest_end(message, ip);
  nlattr* proto = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
  mnl_attr_put_u8(message, CTA_PROTO_NUM, static_cast<uint8_t>(protocol));
  mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT, htons(from.port));
  mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(to.port));
  mnl_attr_nest_end(message, proto);
  mnl_attr_nest_end(message, tuple);
}

void PutState(nlmsghdr* message, const NewFlow& flow) {
  const bool answered = flow.state == NewFlow::State::kEstablished;
  const uint32_t status = IPS_CONFIRMED | (answered ? IPS_SEEN_REPLY | IPS_ASSURED : 0);
  mnl_attr_put_u32(message, CTA_STATUS, htonl(status));
  if (flow.protocol == Protocol::kUdp) return;
  nlattr* info = mnl_attr_nest_start(message, CTA_PROTOINFO);
  if (flow.protocol == Protocol::kTcp) {
    nlattr* tcp = mnl_attr_nest_start(message, CTA_PROTOINFO_TCP);
    const bool half_open = flow.state == NewFlow::State::kUnanswered;
    mnl_attr_put_u8(message, CTA_PROTOINFO_TCP_STATE,
                    half_open ? TCP_CONNTRACK_SYN_SENT : TCP_CONNTRACK_ESTABLISHED);
    mnl_attr_nest_end(message, tcp);
  } else {
    nlattr* sctp = mnl_attr_nest_start(message, CTA_PROTOINFO_SCTP);
    mnl_attr_put_u8(message, CTA_PROTOINFO_SCTP_STATE, /*SCTP_CONNTRACK_COOKIE_WAIT*/ 2);
    mnl_attr_put_u32(message, CTA_PROTOINFO_SCTP_VTAG_ORIGINAL, htonl(1));
    mnl_attr_put_u32(message, CTA_PROTOINFO_SCTP_VTAG_REPLY, htonl(2));
    mnl_attr_nest_end(message, sctp);
  }
  mnl_attr_nest_end(message, info);
}

nlmsghdr* PutNewFlow(uint64_t* room, const NewFlow& flow) {
  nlmsghdr* message = mnl_nlmsg_put_header(room);
  message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
  message->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
  auto* extra = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  const bool v4 = flow.client.address.family() == Family::kIPv4;
  extra->nfgen_family = v4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
  PutTuple(message, CTA_TUPLE_ORIG, flow.protocol, flow.client, flow.dialled);
  PutTuple(message, CTA_TUPLE_REPLY, flow.protocol, flow.reached, flow.client);
  if (flow.zone != 0) mnl_attr_put_u16(message, CTA_ZONE, htons(flow.zone));
  mnl_attr_put_u32(message, CTA_TIMEOUT, htonl(600));
  PutState(message, flow);
  return message;
}

std::string Output(const std::string& command) {
  FILE* output = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 4096> part;
  for (size_t size; (size = fread(part.data(), 1, part.size(), output)) > 0;) {
    text.append(part.data(), size);
  }
  pclose(output);
  return text;
}

SlotAddress Place(const std::string& address, const std::string& port) {
  uint32_t number = 0;
  if (!absl::SimpleAtoi(port, &number)) std::abort();
  return {testing::Ip(address), static_cast<uint16_t>(number)};
}

// "udp 17 599 src=… dst=… sport=… dport=… [UNREPLIED] src=… dst=… sport=… dport=… zone=7 use=1"
std::string Shortened(absl::string_view line) {
  const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  std::map<std::string, std::vector<std::string>> values;
  for (const std::string& word : words) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(word, absl::MaxSplits('=', 1));
    values[pair.first].push_back(pair.second);
  }
  const SlotAddress dialled = Place(values["dst"].at(0), values["dport"].at(0));
  const SlotAddress reached = Place(values["src"].at(1), values["sport"].at(1));
  std::string text = absl::StrCat(words.at(0), " ", base::HostPort(dialled.address, dialled.port),
                                  " > ", base::HostPort(reached.address, reached.port));
  if (!values["zone"].empty()) absl::StrAppend(&text, " zone ", values["zone"].at(0));
  return text;
}

}  // namespace

NewFlow FlowOf(absl::string_view dialled, absl::string_view reached, uint32_t client) {
  NewFlow flow;
  flow.dialled = testing::At(dialled);
  flow.reached = testing::At(reached);
  const uint32_t number = client / 50'000;
  const std::string address = flow.dialled.address.family() == Family::kIPv4
                                  ? absl::StrCat("10.1.", number / 256, ".", number % 256)
                                  : absl::StrCat("fd00:1::", number + 1);
  flow.client = {testing::Ip(address), static_cast<uint16_t>(1024 + client % 50'000)};
  return flow;
}

void AddFlows(const std::vector<NewFlow>& flows) {
  absl::StatusOr<Socket> socket = Socket::Open();
  if (!socket.ok()) std::abort();
  for (const NewFlow& flow : flows) {
    std::array<uint64_t, 64> room;
    nlmsghdr* message = PutNewFlow(room.data(), flow);
    const absl::Status added = Ask(*socket, *message, "add flow", [](const nlmsghdr&) {});
    if (added.ok()) continue;
    fprintf(stderr, "%s\n", added.ToString().c_str());
    std::abort();
  }
}

void AddFlow(const NewFlow& flow) { AddFlows({flow}); }

std::vector<std::string> ListedFlows() {
  std::vector<std::string> flows;
  for (const char* family : {"ipv4", "ipv6"}) {
    const std::string text = Output(absl::StrCat("conntrack -L -f ", family, " 2>/dev/null"));
    for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      if (absl::StrContains(line, "sport=")) flows.push_back(Shortened(line));
    }
  }
  std::sort(flows.begin(), flows.end());
  return flows;
}

size_t CountedFlows() {
  size_t count = 0;
  if (!absl::SimpleAtoi(Output("conntrack -C 2>/dev/null"), &count)) std::abort();
  return count;
}

}  // namespace nftsvc::netlink
