// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "src/base/family.h"

struct nlattr;
struct nlmsghdr;

// nf_tables messages: a netlink header, the family, attributes.
namespace nftsvc::netlink {

// Room that a caller leaves for one message: lists of elements, the longest, hold up to 64 KiB,
// because an attribute's length has 16 bits.
inline constexpr size_t kMessageRoom = 66 << 10;

// Starts a message of an nf_tables type (NFT_MSG_…) at `room`, which has kMessageRoom bytes aligned
// to 4. `flags` go with NLM_F_REQUEST.
nlmsghdr* StartMessage(uint8_t* room, uint16_t type, uint16_t flags, base::Family family,
                       uint32_t sequence);

// The nf_tables type of a message; none: of another subsystem, or netlink's own.
std::optional<uint16_t> TableMessageType(const nlmsghdr& message);

// The family of an nf_tables message; none: not one of ours.
std::optional<base::Family> FamilyOf(const nlmsghdr& message);

// The family of an nf_tables message as nft spells it: "inet". Empty: one that it does not know.
absl::string_view FamilyWord(const nlmsghdr& message);

// Puts a string with its NUL.
void PutString(nlmsghdr* message, uint16_t attribute, absl::string_view text);

// Puts a 32-bit number in network order, as nf_tables has it nearly everywhere.
void PutNumber(nlmsghdr* message, uint16_t attribute, uint32_t number);

// Calls `each` for every whole message of a datagram.
void ForEachMessage(std::span<const uint8_t> datagram,
                    absl::FunctionRef<void(const nlmsghdr&)> each);

// How the kernel ends the answer to a request: an acknowledgement, an error, or a dump's last
// message.
struct Outcome {
  uint32_t sequence = 0;
  int error = 0;                   // an errno, 0 for success
  std::optional<uint32_t> offset;  // of the bad attribute in the request, if the kernel tells
};

// Whether the byte `offset` of a message is in an attribute, which may be null.
bool Covers(const nlattr* attribute, const nlmsghdr& message, uint32_t offset);

// None: the message is not the end of an answer.
std::optional<Outcome> OutcomeOf(const nlmsghdr& message);

}  // namespace nftsvc::netlink
