// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/ip_prefix.h"
#include "src/base/protocol.h"

namespace nftsvc::iptables {

// Of a rule, what kube-proxy's rules have. Texts are views of the saved text.
struct SavedRule {
  size_t line = 0;
  absl::string_view target;  // of -j or -g; empty: none
  absl::string_view comment;

  std::optional<base::IpPrefix> source, destination;
  bool not_source = false, not_destination = false;  // "! -s"
  absl::string_view in_interface;
  bool not_in_interface = false;
  bool from_local = false, to_local = false;  // --src-type LOCAL, --dst-type LOCAL

  std::optional<base::Protocol> protocol;
  uint16_t port = 0;  // --dport; 0: any

  // Of -m statistic: which part of the packets it takes, at random, or in turn.
  std::optional<double> probability;
  bool in_turn = false;  // --mode nth

  uint32_t recent_seconds = 0;  // of -m recent --rcheck; 0: none

  absl::string_view to_destination;  // of DNAT
  absl::string_view mark;            // of MARK: "0x4000/0x4000"
  bool random_fully = false;         // of MASQUERADE

  // An option that is not one of these, or has a value that cannot be read: the rule does less, or
  // something else, than the fields above say. Empty: none. Options that choose nothing between
  // the packets that services are about, such as --physdev-is-in, are passed over.
  absl::string_view strange;

  // Whether it takes all packets that come to it.
  bool is_unconditional() const {
    return !source.has_value() && !destination.has_value() && in_interface.empty() && !from_local &&
           !to_local && !probability.has_value() && recent_seconds == 0;
  }
};

// `arguments` are what stands behind "-A CHAIN".
SavedRule ReadRule(const std::vector<absl::string_view>& arguments, size_t line);

}  // namespace nftsvc::iptables
