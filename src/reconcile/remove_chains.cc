// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/remove_chains.h"

#include "src/base/status_macros.h"
#include "src/iptables/plan.h"

namespace nftsvc::reconcile {

absl::Status RemoveChains(ChainStore& chains) {
  for (const base::Family family : base::kFamilies) {
    ASSIGN_OR_RETURN(const iptables::SavedTables saved, chains.Read(family));
    const iptables::Ruleset nothing{.family = family, .tables = {}};
    const iptables::Plan plan = iptables::PlanChanges(saved, nothing);
    if (!plan.restore.empty()) RETURN_IF_ERROR(chains.Restore(family, plan.restore));
  }
  return chains.Forget();
}

}  // namespace nftsvc::reconcile
