// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/deadline.h"
#include "src/base/log.h"
#include "src/reconcile/chain_store.h"
#include "src/reconcile/enforcer.h"
#include "src/reconcile/flow_store.h"
#include "src/reconcile/state_store.h"

namespace nftsvc::reconcile {

// The loop of the mode that the settings say. When that changes, while it runs or between two
// starts, the rules of the other mode are removed after those of the new one stand: while both are
// there, whichever comes first translates a connection and the other lets it be.
//
// What cannot be removed is tried again, ever less often, and told once.
class ModeSwitch final : public Enforcer {
 public:
  struct Stores {
    RulesetStore& kernel;
    ChainStore& chains;
    FlowStore& flows;
    StateStore& state;
  };

  // The stores must outlive it.
  ModeSwitch(Stores stores, Settings settings, Clock now, base::Log log);

  absl::Status Start(uint64_t revision, std::vector<model::ServiceChange> accepted) override;
  const model::Snapshot& snapshot() const override { return current_->snapshot(); }
  uint64_t revision() const override { return current_->revision(); }
  const Settings& settings() const override { return current_->settings(); }
  const forwarding::ForwardingTable& table() const override { return current_->table(); }
  model::Issues FindUnsupported(const std::vector<model::ServiceChange>& changes) const override {
    return current_->FindUnsupported(changes);
  }
  absl::StatusOr<PushReport> Push(const std::vector<model::ServiceChange>& changes,
                                  bool want_commands) override {
    return current_->Push(changes, want_commands);
  }
  void Rehearse(const std::vector<model::ServiceChange>& changes) override {
    current_->Rehearse(changes);
  }
  absl::StatusOr<PushReport> Preview(const std::vector<model::ServiceChange>& changes) override {
    return current_->Preview(changes);
  }

  // With another mode, a failure leaves the old mode and its settings.
  absl::Status Reconfigure(Settings settings) override;

  absl::StatusOr<Commands> Verify() override { return current_->Verify(); }
  absl::StatusOr<std::vector<Connections>> ReadConnections(
      const std::vector<model::ServiceName>& services) override {
    return current_->ReadConnections(services);
  }
  absl::StatusOr<std::optional<forwarding::SlotAddress>> KeptEndpoint(
      const forwarding::Decision& decision, const base::IpAddress& client) override {
    return current_->KeptEndpoint(decision, client);
  }
  absl::Status SaveAgain() override { return current_->SaveAgain(); }
  void Poll() override;
  absl::Time next_poll() const override {
    return std::min(current_->next_poll(), next_removal_.time());
  }
  const Health& health() const override { return current_->health(); }

 private:
  std::unique_ptr<Enforcer> Make(Settings settings);
  void RemoveOther();
  absl::Status RemoveRulesOfOther();

  Stores stores_;
  Clock now_;
  base::Log log_;
  std::unique_ptr<Enforcer> current_;

  base::Deadline next_removal_ = base::Deadline::Never();  // of what the other mode has left
  int failed_removals_ = 0;                                // in a row
  std::string told_;                                       // why the last one failed
};

}  // namespace nftsvc::reconcile
