// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/ip_address.h"
#include "src/base/ip_prefix.h"
#include "src/iptables/import_notes.h"
#include "src/iptables/kube_tables.h"

namespace nftsvc::iptables {

// What a chain of the nat table is for, as its name says.
enum class ChainRole {
  kCluster,        // KUBE-SVC-: all endpoints of a port
  kLocal,          // KUBE-SVL-: those on this node
  kExternal,       // KUBE-EXT-: what comes from outside
  kExternalLocal,  // KUBE-XLB-: the same under a policy of LOCAL, before Kubernetes 1.24
  kFirewall,       // KUBE-FW-: what comes to load-balancer IPs
  kEndpoint,       // KUBE-SEP-: one endpoint of a port
  kOther,
};

ChainRole RoleOf(absl::string_view chain);

struct Backend {
  base::IpAddress address;
  uint16_t port = 0;
  uint32_t weight = 1;
};

// What happens to packets in a chain.
struct ChainMeaning {
  // Of kCluster, kLocal, kExternalLocal: each address and port once, sorted. Of kEndpoint: one, or
  // none if the chain does not say it.
  std::vector<Backend> backends;

  uint32_t affinity_seconds = 0;  // 0: none
  size_t affinity_line = 0;

  bool takes_turns = false;  // of those with backends: not at random

  bool keeps_source = true;  // of kExternal: not everything is masqueraded

  // Chains that it leads on to; null: none.
  const KubeChain* cluster = nullptr;
  const KubeChain* local = nullptr;
  const KubeChain* external = nullptr;

  // Of kFirewall: who may go on. At most one more than a service may have.
  bool admits_everyone = false;
  std::vector<base::IpPrefix> ranges;
};

// Reads the chains of one nat table, each once, however many rules lead to it.
class ChainReader {
 public:
  // Both must outlive the reader.
  ChainReader(const KubeTable& nat, ImportNotes& notes)
      : nat_(nat), notes_(notes), meanings_(nat.chains.size()) {}

  // The chain that a rule jumps to. Null, with a note, if it is not in the table.
  const KubeChain* Target(const SavedRule& rule);

  // Requires: the chain is one of the table.
  const ChainMeaning& Read(const KubeChain& chain);

  // Notes those that nothing was read of, although they belong to services.
  void NoteUnread();

 private:
  void ReadBalance(const KubeChain& chain, ChainMeaning& meaning);
  void ReadExternal(const KubeChain& chain, ChainMeaning& meaning);
  void ReadFirewall(const KubeChain& chain, ChainMeaning& meaning);
  void ReadEndpoint(const KubeChain& chain, ChainMeaning& meaning);
  bool Follow(const SavedRule& rule, ChainMeaning& meaning);
  void Leave(const SavedRule& rule) { notes_.AddLine(kNotUnderstood, rule.line); }

  const KubeTable& nat_;
  ImportNotes& notes_;
  std::vector<std::unique_ptr<ChainMeaning>> meanings_;  // null: not read yet
};

// The readers of the nat tables by family; null where there is none.
using ChainReaders = std::array<ChainReader*, 2>;

}  // namespace nftsvc::iptables
