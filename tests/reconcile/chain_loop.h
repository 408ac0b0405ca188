// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "src/iptables/plan.h"
#include "src/reconcile/chain_reconciler.h"
#include "tests/support/builders.h"
#include "tests/support/fake_chain_store.h"
#include "tests/support/fake_flow_store.h"
#include "tests/support/fake_state_store.h"
#include "tests/support/loop.h"

namespace nftsvc::testing {

// A chain reconciler with iptables, connection tracking, a disk and a clock of its own.
class ChainLoop {
 public:
  ChainLoop() { Restart(); }

  // A new one, as in a new process; Start is up to the test.
  void Restart() {
    reconcile::Settings settings = SettingsOf(NodeA());
    settings.mode = reconcile::Mode::kIptables;
    reconciler_.emplace(
        chains, flows, state, settings, [this] { return now; },
        [this](base::Severity, absl::string_view line) { log.emplace_back(line); });
  }

  absl::Status Start() { return reconciler_->Start(state.revision, state.services); }

  absl::StatusOr<reconcile::PushReport> Push(const std::vector<model::ServiceChange>& changes) {
    return reconciler_->Push(changes, /*want_commands=*/true);
  }
  absl::StatusOr<reconcile::PushReport> Push(model::Service service) {
    return Push({Upsert(reconciler_->snapshot(), std::move(service))});
  }

  void PollWhenDue() {
    now = std::max(now, reconciler_->next_poll());
    reconciler_->Poll();
  }

  // Whether a chain of the nat table of IPv4 has a rule with this text in it.
  bool Has(absl::string_view chain, absl::string_view text) const {
    for (const iptables::Chain& held : chains.tables[0][1]) {
      if (held.name != chain) continue;
      for (const iptables::Rule& rule : held.rules) {
        if (absl::StrContains(iptables::PrintRule(rule), text)) return true;
      }
    }
    return false;
  }

  reconcile::ChainReconciler* operator->() { return &*reconciler_; }

  FakeChainStore chains;
  FakeFlowStore flows;
  FakeStateStore state;
  absl::Time now = absl::UnixEpoch() + absl::Hours(24 * 365);
  std::vector<std::string> log;

 private:
  std::optional<reconcile::ChainReconciler> reconciler_;
};

}  // namespace nftsvc::testing
