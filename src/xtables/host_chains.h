// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/reconcile/chain_store.h"
#include "src/xtables/iptables_tools.h"

namespace nftsvc::xtables {

// The chains of this host, by what it calls iptables and ip6tables.
//
// A file remembers that chains may be ours. It stands before the first of them does, and goes after
// the last: else a daemon in nftables mode could not tell its own from those of a kube-proxy.
class HostChains final : public reconcile::ChainStore {
 public:
  explicit HostChains(std::string marker) : marker_(std::move(marker)) {}

  absl::StatusOr<iptables::SavedTables> Read(base::Family family) override;
  absl::Status Restore(base::Family family, const std::string& text) override;
  bool MayHoldOurs() const override;
  absl::Status Forget() override;
  std::string Describe() const override;

 private:
  std::string marker_;
};

// See forwarding::HostFacts. False where connections are not tracked.
bool ConntrackIsLiberal();

}  // namespace nftsvc::xtables
