// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/mode_switch.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/reconcile/backoff.h"
#include "src/reconcile/chain_reconciler.h"
#include "src/reconcile/reconciler.h"
#include "src/reconcile/remove_chains.h"
#include "src/reconcile/remove_tables.h"

namespace nftsvc::reconcile {

ModeSwitch::ModeSwitch(Stores stores, Settings settings, Clock now, base::Log log)
    : stores_(stores), now_(std::move(now)), log_(std::move(log)) {
  current_ = Make(std::move(settings));
}

std::unique_ptr<Enforcer> ModeSwitch::Make(Settings settings) {
  if (settings.mode == Mode::kIptables) {
    return std::make_unique<ChainReconciler>(stores_.chains, stores_.flows, stores_.state,
                                             std::move(settings), now_, log_);
  }
  return std::make_unique<Reconciler>(stores_.kernel, stores_.flows, stores_.state,
                                      std::move(settings), now_, log_);
}

absl::Status ModeSwitch::Start(uint64_t revision, std::vector<model::ServiceChange> accepted) {
  RETURN_IF_ERROR(current_->Start(revision, std::move(accepted)));
  RemoveOther();
  return absl::OkStatus();
}

absl::Status ModeSwitch::Reconfigure(Settings settings) {
  if (settings.mode == current_->settings().mode) {
    return current_->Reconfigure(std::move(settings));
  }
  // What is not saved yet is known to the old loop alone.
  if (const std::string& problem = current_->health().persist_problem; !problem.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the mode stays as long as the snapshot cannot be saved: ", problem));
  }
  std::vector<model::ServiceChange> accepted;
  for (const auto& [name, service] : snapshot().services()) {
    accepted.push_back({.name = name, .before = nullptr, .after = service});
  }
  std::unique_ptr<Enforcer> next = Make(std::move(settings));
  const absl::Status started = next->Start(revision(), std::move(accepted));
  if (started.ok()) current_ = std::move(next);
  // Of the old mode, or what the new one wrote before it failed.
  RemoveOther();
  return started;
}

void ModeSwitch::Poll() {
  if (next_removal_.IsDue(now_())) RemoveOther();
  current_->Poll();
}

void ModeSwitch::RemoveOther() {
  next_removal_ = base::Deadline::Never();
  // Until the rules of this mode stand, those of the other one serve.
  if (!current_->health().in_sync) {
    next_removal_ = base::Deadline::After(now_(), BackoffAfter(++failed_removals_));
    return;
  }
  const absl::Status status = RemoveRulesOfOther();
  if (status.ok() || absl::IsFailedPrecondition(status)) {  // those are not ours
    failed_removals_ = 0;
    told_.clear();
    return;
  }
  next_removal_ = base::Deadline::After(now_(), BackoffAfter(++failed_removals_));
  if (told_ == status.message()) return;
  told_ = std::string(status.message());
  log_(base::Severity::kError,
       absl::StrCat("rules of the other mode may be left: ", told_, "; trying again"));
}

absl::Status ModeSwitch::RemoveRulesOfOther() {
  if (current_->settings().mode == Mode::kIptables) return RemoveTables(stores_.kernel);
  return stores_.chains.MayHoldOurs() ? RemoveChains(stores_.chains) : absl::OkStatus();
}

}  // namespace nftsvc::reconcile
