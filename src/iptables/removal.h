// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// How to take kube-proxy's chains from a host on which something else forwards already.
namespace nftsvc::iptables {

struct RemovedTable {
  std::string name;
  std::vector<std::string> chains;  // that go, in the order of the table
  size_t jumps = 0;                 // from the hooks
};

struct KeptChain {
  std::string table;
  std::string name;
  std::string why;
};

struct Removal {
  // For iptables-restore --noflush, which takes each table whole or not at all: in no table does a
  // jump lead to a chain that is gone. Empty: nothing to do.
  std::string restore;

  std::vector<RemovedTable> tables;  // those that change

  // Chains that stay though they begin with KUBE-.
  std::vector<KeptChain> kept;

  size_t rules_of_others = 0;  // which stay as they are

  // What KUBE-MARK-MASQ sets, whatever it clears. Nothing if there is no such chain.
  std::optional<uint32_t> mark_bits;

  // Node ports are served at every address of the host.
  bool has_node_ports_everywhere = false;
  bool has_node_ports_on_localhost = false;  // of 127.0.0.1
};

// `text` is what iptables-save or ip6tables-save prints, of one backend. Removes what kube-proxy
// makes in its iptables mode, and its jumps from the hooks. There stays
//
// - what other programs make: kubelet's chains, whatever is in tables and chains of others;
// - KUBE-MARK-MASQ as it is, if rules of others jump to it; any other such chain is emptied;
// - KUBE-FORWARD and KUBE-NODEPORTS in filter, which accept packets, if what comes behind them in
//   their hook may drop these: that they are accepted is then not ours to change.
//
// A text that is none of theirs is InvalidArgument.
absl::StatusOr<Removal> PlanRemoval(absl::string_view text);

}  // namespace nftsvc::iptables
