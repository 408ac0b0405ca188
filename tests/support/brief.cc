// SPDX-License-Identifier: Apache-2.0
#include "tests/support/brief.h"

#include "absl/strings/str_cat.h"

namespace nftsvc::testing {

using forwarding::Verdict;

std::string Brief(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNone:
      return "untouched";
    case Verdict::kForward:
      return "forward";
    case Verdict::kReject:
      return "reject";
    case Verdict::kDrop:
      return "drop";
  }
  return "";
}

std::string Brief(const forwarding::Decision& decision) {
  return Brief(Outcome{.verdict = decision.verdict,
                       .address = decision.address,
                       .port = decision.port,
                       .masquerade = decision.masquerade,
                       .draws = {}});
}

std::string Brief(const Outcome& outcome) {
  if (outcome.verdict != Verdict::kForward) return Brief(outcome.verdict);
  return absl::StrCat("forward to ", base::HostPort(outcome.address, outcome.port),
                      outcome.masquerade ? ", masqueraded" : "");
}

std::string Brief(const forwarding::Packet& packet) {
  return absl::StrCat("packet from ", packet.source.ToString(),
                      packet.in_interface.empty() ? ", sent by the host,"
                                                  : absl::StrCat(" through ", packet.in_interface),
                      " to ", base::HostPort(packet.destination, packet.port), "/",
                      base::ProtocolName(packet.protocol));
}

}  // namespace nftsvc::testing
