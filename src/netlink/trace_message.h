// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/base/ip_address.h"
#include "src/base/protocol.h"

namespace nftsvc::netlink {

// A packet as it was when a base chain began with it.
struct TracedPacket {
  base::IpAddress source;
  base::IpAddress destination;
  std::optional<base::Protocol> protocol;  // none: another one, without ports
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  std::string in_interface;   // empty: none, or gone
  std::string out_interface;  // likewise
};

// One step of a packet through the rules of anybody.
struct TraceMessage {
  enum class Kind : uint8_t {
    kRule,    // a rule applied
    kReturn,  // back to the chain that jumped
    kPolicy,  // the end of a base chain
  };
  enum class Verdict : uint8_t { kContinue, kAccept, kDrop, kJump, kGoto, kReturn, kOther };

  uint32_t id = 0;     // tells packets apart
  std::string family;  // of the table: "ip", "inet"
  std::string table;
  std::string chain;
  Kind kind = Kind::kRule;
  uint64_t rule = 0;  // its handle
  Verdict verdict = Verdict::kContinue;
  std::string target;                       // of jump and goto
  std::optional<TracedPacket> packet = {};  // with the first message of a base chain
};

}  // namespace nftsvc::netlink
