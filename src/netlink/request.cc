// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/request.h"

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include <cerrno>
#include <optional>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/netlink/errno_status.h"
#include "src/netlink/message.h"

namespace nftsvc::netlink {
namespace {

// How long to wait for a reply. The kernel writes it before our send returns (see Socket), so this
// is for the case that it never comes.
constexpr std::chrono::milliseconds kReplyPatience = std::chrono::seconds(5);

absl::Status StatusOf(const Outcome& outcome, bool interrupted, absl::string_view doing) {
  if (outcome.error == EPERM) {  // reading takes it too
    return absl::PermissionDeniedError(absl::StrCat(doing, ": ", kNeedsCapability));
  }
  if (outcome.error != 0) return ErrnoStatus(outcome.error, doing);
  if (interrupted) return ErrnoStatus(ERESTART, doing);
  return absl::OkStatus();
}

}  // namespace

absl::Status Ask(Socket& socket, nlmsghdr& request, absl::string_view doing,
                 absl::FunctionRef<void(const nlmsghdr&)> reply) {
  const uint32_t sequence = socket.TakeSequences(1);
  request.nlmsg_seq = sequence;
  const auto* bytes = reinterpret_cast<const uint8_t*>(&request);
  RETURN_IF_ERROR(While(doing, socket.Send({bytes, request.nlmsg_len})));

  std::optional<Outcome> outcome;
  bool interrupted = false;
  while (!outcome.has_value()) {
    const auto datagram = socket.Receive(kReplyPatience);
    if (!datagram.ok()) return While(doing, datagram.status());
    if (datagram->empty()) return ErrnoStatus(ETIMEDOUT, doing);
    ForEachMessage(*datagram, [&](const nlmsghdr& message) {
      if (message.nlmsg_seq != sequence) return;  // the rest of an answer that was given up
      interrupted |= (message.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      if (const std::optional<Outcome> end = OutcomeOf(message); end.has_value()) {
        outcome = end;
      } else {
        reply(message);
      }
    });
  }
  return StatusOf(*outcome, interrupted, doing);
}

Request::Request(uint16_t type, uint16_t flags, base::Family family)
    : room_(new uint8_t[kMessageRoom]),
      message_(StartMessage(room_.get(), type, static_cast<uint16_t>(flags | NLM_F_ACK), family,
                            /*sequence=*/0)) {}

absl::Status Request::Ask(Socket& socket, absl::string_view doing,
                          absl::FunctionRef<void(const nlmsghdr&)> reply) {
  return netlink::Ask(socket, *message_, doing, reply);
}

}  // namespace nftsvc::netlink
