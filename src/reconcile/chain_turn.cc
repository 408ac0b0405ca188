// SPDX-License-Identifier: Apache-2.0
//
// One turn of the loop of iptables mode: take a change in, plan from what is known of the chains,
// restore what differs.
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/forwarding/resolve.h"
#include "src/iptables/compile.h"
#include "src/reconcile/backoff.h"
#include "src/reconcile/chain_commands.h"
#include "src/reconcile/chain_reconciler.h"

namespace nftsvc::reconcile {

// Takes the changes into the snapshot and the forwarding table; hands back what stood there.
ChainReconciler::NamedRoutes ChainReconciler::Advance(
    const std::vector<model::ServiceChange>& changes) {
  NamedRoutes routes;
  for (const model::ServiceChange& change : changes) {
    forwarding::ServiceRoutesPtr after;
    if (change.after != nullptr) {
      // Chains do not remember slots, so that the same services are always the same chains.
      after = std::make_shared<const forwarding::ServiceRoutes>(
          forwarding::Resolve(*change.after, settings_.host, forwarding::NoSlots));
    }
    routes.emplace_back(change.name, std::move(after));
  }
  Exchange(routes);
  snapshot_.Apply(changes);
  return routes;
}

void ChainReconciler::Retreat(NamedRoutes before, std::vector<model::ServiceChange> changes) {
  Exchange(before);
  snapshot_.Apply(model::Reversed(std::move(changes)));
}

void ChainReconciler::Exchange(NamedRoutes& routes) {
  for (auto& [name, mine] : routes) {
    forwarding::ServiceRoutesPtr& held = table_.services[name];
    held.swap(mine);
    if (held == nullptr) table_.services.erase(name);
  }
}

ChainReconciler::Rulesets ChainReconciler::Compile() const {
  const iptables::CompileOptions options = {.mark_bits = settings_.options.mark_bits,
                                            .fully_random = settings_.options.fully_random};
  Rulesets rulesets;
  for (const base::Family family : base::kFamilies) {
    rulesets[static_cast<size_t>(family)] = iptables::Compile(table_, family, options);
  }
  return rulesets;
}

absl::StatusOr<ChainReconciler::Saved> ChainReconciler::Read() const {
  Saved saved;
  for (const base::Family family : base::kFamilies) {
    ASSIGN_OR_RETURN(saved[static_cast<size_t>(family)], chains_.Read(family));
  }
  return saved;
}

ChainReconciler::Plans ChainReconciler::PlanFrom(const Saved& saved, const Rulesets& desired) {
  Plans plans;
  for (size_t family = 0; family < plans.size(); ++family) {
    plans[family] = iptables::PlanChanges(saved[family], desired[family]);
  }
  return plans;
}

// From memory if the chains are known, otherwise from looking at them.
absl::StatusOr<ChainReconciler::Plans> ChainReconciler::PlanTurn(const Rulesets& desired) const {
  if (!known_.has_value()) {
    ASSIGN_OR_RETURN(const Saved saved, Read());
    return PlanFrom(saved, desired);
  }
  Plans plans;
  for (size_t family = 0; family < plans.size(); ++family) {
    plans[family] = iptables::PlanChanges((*known_)[family], desired[family]);
  }
  return plans;
}

// Until the chains are what they should be, or iptables refuses. Somebody else may have changed
// what was known, or change it between a look and a restore.
absl::StatusOr<ChainReconciler::Plans> ChainReconciler::Converge(Rulesets desired) {
  absl::Status last;
  for (int attempt = 0; attempt < 2; ++attempt) {
    ASSIGN_OR_RETURN(Plans plans, PlanTurn(desired));
    last = Write(plans);
    if (last.ok()) {
      Committed(std::move(desired));
      return plans;
    }
    known_.reset();
  }
  return last;
}

absl::Status ChainReconciler::Write(const Plans& plans) {
  if (CountCommands(plans) == 0) return absl::OkStatus();
  const absl::Time start = now_();
  for (const base::Family family : base::kFamilies) {
    const std::string& text = plans[static_cast<size_t>(family)].restore;
    if (!text.empty()) RETURN_IF_ERROR(chains_.Restore(family, text));
  }
  ++health_.commits;
  health_.last_commit = now_();
  health_.last_commit_time = health_.last_commit - start;
  health_.commit_seconds.Add(absl::ToDoubleSeconds(health_.last_commit_time));
  return absl::OkStatus();
}

void ChainReconciler::Committed(Rulesets rulesets) {
  health_.rules = 0;
  for (const iptables::Ruleset& ruleset : rulesets) {
    for (const iptables::Table& table : ruleset.tables) {
      health_.rules += table.jumps.size();
      for (const iptables::Chain& chain : table.chains) health_.rules += chain.rules.size();
    }
  }
  known_ = std::move(rulesets);
  failures_ = 0;
  health_.in_sync = true;
  health_.problem.clear();
  WarnOfCost();
}

// A push failed, and some of its tables may have changed.
void ChainReconciler::PutBack() {
  if (waits_for_push_) return;
  const absl::StatusOr<Plans> back = Converge(Compile());
  if (!back.ok()) Failed(back.status());
}

// What the chains hold is unknown until the next turn looks.
void ChainReconciler::Failed(const absl::Status& why) {
  known_.reset();
  ++health_.failures;
  const absl::Duration wait = BackoffAfter(++failures_);
  next_poll_ = base::Deadline::After(now_(), wait);
  health_.in_sync = false;
  health_.problem = absl::StrCat(why.message(), "; trying again in ", absl::FormatDuration(wait));
}

// iptables-nft reads all rules, and the kernel checks all of them, for each change of any.
void ChainReconciler::WarnOfCost() {
  if (health_.last_commit_time <= warned_of_) return;
  warned_of_ = 2 * health_.last_commit_time;
  log_(base::Severity::kWarning,
       absl::StrCat(
           "the last change of chains took ",
           absl::FormatDuration(absl::Trunc(health_.last_commit_time, absl::Milliseconds(1))),
           " with ", health_.rules, " rules of ", chains_.Describe(),
           "; mode: NFTABLES needs milliseconds"));
}

}  // namespace nftsvc::reconcile
