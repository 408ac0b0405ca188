// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "src/nft/compile.h"
#include "src/reconcile/reconciler.h"
#include "tests/support/builders.h"
#include "tests/support/difference.h"
#include "tests/support/fake_flow_store.h"
#include "tests/support/fake_kernel.h"
#include "tests/support/fake_state_store.h"

namespace nftsvc::testing {

inline reconcile::Settings SettingsOf(forwarding::HostFacts host) {
  reconcile::Settings settings;
  settings.host = std::move(host);
  return settings;
}

// A reconciler with a kernel, connection tracking, a disk and a clock of its own.
class Loop {
 public:
  explicit Loop(reconcile::Settings settings = SettingsOf(NodeA())) : settings_(settings) {
    Restart();
  }

  // A new reconciler, as in a new process; Start is up to the test.
  void Restart() {
    reconciler_.emplace(
        kernel, flows, state, settings_, [this] { return now; },
        [this](base::Severity, absl::string_view line) { log.emplace_back(line); });
  }

  absl::Status Start() { return reconciler_->Start(state.revision, state.services); }

  absl::StatusOr<reconcile::PushReport> Push(const std::vector<model::ServiceChange>& changes) {
    return reconciler_->Push(changes, /*want_commands=*/true);
  }
  absl::StatusOr<reconcile::PushReport> Push(model::Service service) {
    return Push({Upsert(reconciler_->snapshot(), std::move(service))});
  }
  absl::StatusOr<reconcile::PushReport> Remove(absl::string_view service) {
    return Push({testing::Remove(reconciler_->snapshot(), service)});
  }

  // Lets time pass until the reconciler wants to look again, and lets it.
  void PollWhenDue() {
    now = std::max(now, reconciler_->next_poll());
    reconciler_->Poll();
  }

  reconcile::Reconciler& operator*() { return *reconciler_; }
  reconcile::Reconciler* operator->() { return &*reconciler_; }

  FakeKernel kernel;
  FakeFlowStore flows;
  FakeStateStore state;
  absl::Time now = absl::UnixEpoch() + absl::Hours(24 * 365);
  std::vector<std::string> log;

 private:
  const reconcile::Settings settings_;
  std::optional<reconcile::Reconciler> reconciler_;
};

// What tells the kernel of a loop apart from what it should hold; empty: nothing but spare chains.
inline std::string DifferenceFromDesired(Loop& loop) {
  return DifferenceButForSpares(loop.kernel.tables().Observe(),
                                nft::Compile(loop->table(), loop->settings().options),
                                loop->settings());
}

}  // namespace nftsvc::testing
