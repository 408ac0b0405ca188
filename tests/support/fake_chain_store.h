// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/reconcile/chain_store.h"

namespace nftsvc::testing {

// A host's iptables in memory, which takes restores as the real one does: each table whole or not
// at all. Fails on demand.
class FakeChainStore final : public reconcile::ChainStore {
 public:
  absl::StatusOr<iptables::SavedTables> Read(base::Family family) override;
  absl::Status Restore(base::Family family, const std::string& text) override;
  bool MayHoldOurs() const override { return may_hold_ours; }
  absl::Status Forget() override;
  std::string Describe() const override { return "iptables of a test"; }

  // By family.
  std::array<iptables::SavedTables, 2> tables;

  bool may_hold_ours = false;
  absl::Status read_failure;  // of every Read while it is not OK
  std::array<absl::Status, 2>
      restore_failure;                    // of every Restore of the family, which does nothing
  std::function<void()> on_read = [] {};  // before each
  std::function<void()> on_restore = [] {};
  int reads = 0;
  std::vector<std::string> restored;  // texts
};

}  // namespace nftsvc::testing
