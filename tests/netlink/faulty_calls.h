// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>

// This program's own sendto(2), recvfrom(2) and recvmsg(2), which its libraries call too: on
// netlink sockets, one of them can go wrong.
namespace nftsvc::netlink {

enum class Mishap {
  kFails,       // nothing is done, and `error` reported
  kLies,        // it is done, and `error` reported
  kErrorReply,  // what comes is an error message with `error`, whatever the kernel said
  kSpoilt,      // what comes is marked as a dump that a commit has spoilt
  kCutShort,    // half of what comes is missing
};

// The `call`-th call from now goes wrong, counted from 1.
void PlanMishap(size_t call, Mishap mishap, int error);

// Whether it has, and no more from now on.
bool EndMishap();

}  // namespace nftsvc::netlink
