// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/node.h"

#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sched.h>

#include <cstdio>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "src/base/status_macros.h"
#include "src/netlink/request.h"
#include "src/netlink/socket.h"

namespace nftsvc::bench {

absl::StatusOr<Node> Node::Make() {
  if (unshare(CLONE_NEWNET) != 0) return absl::ErrnoToStatus(errno, "make a network namespace");
  control::UniqueFd space(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (space.get() < 0) return absl::ErrnoToStatus(errno, "open a network namespace");
  // An ifb drops what no other interface redirected to it. All packets have one neighbour, since
  // the kernel remembers few.
  const auto on_interface = [](absl::string_view text) {
    return absl::StrReplaceAll(text, {{"$", kInterface}, {"ADDRESS", kAddress}});
  };
  RETURN_IF_ERROR(Run("ip -batch -", on_interface("link set lo up\n"
                                                  "link add $ type ifb\n"
                                                  "address add ADDRESS/24 dev $\n"
                                                  "link set $ up\n"
                                                  "route add default via 192.0.2.1\n")));
  RETURN_IF_ERROR(Run("tc -batch -", on_interface("qdisc replace dev $ root noqueue\n")));
  return Node(std::move(space));
}

absl::Status Node::Enter() const {
  if (setns(space_.get(), CLONE_NEWNET) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "enter a network namespace");
}

absl::Status Run(const std::string& command, absl::string_view input) {
  std::FILE* pipe = popen(command.c_str(), "w");
  if (pipe == nullptr) return absl::ErrnoToStatus(errno, absl::StrCat("run ", command));
  const bool written = std::fwrite(input.data(), 1, input.size(), pipe) == input.size();
  if (pclose(pipe) == 0 && written) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("`", command, "` failed"));
}

absl::Status ForgetConnections() {
  struct {
    nlmsghdr header;
    nfgenmsg extra;
  } request = {};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  ASSIGN_OR_RETURN(netlink::Socket socket, netlink::Socket::Open());
  return netlink::Ask(socket, request.header, "forget connections", [](const nlmsghdr&) {});
}

absl::StatusOr<size_t> CountConnections() {
  std::ifstream file("/proc/sys/net/netfilter/nf_conntrack_count");
  size_t count = 0;
  if (file >> count) return count;
  return absl::InternalError("count connections");
}

}  // namespace nftsvc::bench
