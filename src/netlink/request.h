// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "src/base/family.h"
#include "src/netlink/socket.h"

struct nlmsghdr;

namespace nftsvc::netlink {

// Asks any part of netfilter, and hands each message of the answer to `reply`. Numbers the request,
// which must ask for an acknowledgement or a dump. A failure reads "`doing`: cause"; kAborted: what
// is dumped changed meanwhile, and parts may be missing.
absl::Status Ask(Socket& socket, nlmsghdr& request, absl::string_view doing,
                 absl::FunctionRef<void(const nlmsghdr&)> reply);

// A question to nf_tables. What changes something goes by Batch.
//
//   Request request(NFT_MSG_GETSET, NLM_F_DUMP, family);
//   PutString(request.message(), NFTA_SET_TABLE, "nftsvc");
//   RETURN_IF_ERROR(request.Ask(socket, "list sets", [&](const nlmsghdr& reply) { … }));
class Request {
 public:
  // `flags`: NLM_F_DUMP for a list, or 0.
  Request(uint16_t type, uint16_t flags, base::Family family);

  // Where to put attributes: at most kMessageRoom bytes in all.
  nlmsghdr* message() { return message_; }

  // Sends it and hands each message of the answer to `reply`. A failure reads "`doing`: cause";
  // kAborted: somebody changed the ruleset during a dump, and parts may be missing.
  absl::Status Ask(Socket& socket, absl::string_view doing,
                   absl::FunctionRef<void(const nlmsghdr&)> reply);

 private:
  std::unique_ptr<uint8_t[]> room_;
  nlmsghdr* message_;
};

}  // namespace nftsvc::netlink
