// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/flow_sweeper.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace nftsvc::reconcile {
namespace {

// More rules than this are not remembered one by one.
constexpr size_t kMostToRepeat = 10'000;

}  // namespace

void FlowSweeper::Changed(const std::vector<model::ServiceChange>& changes,
                          const model::Snapshot& snapshot, const forwarding::HostFacts& host) {
  SweepAndKeep(forwarding::StaleFlows(changes, snapshot, host, scope_));
}

void FlowSweeper::HostChanged(const forwarding::HostFacts& before, const model::Snapshot& snapshot,
                              const forwarding::HostFacts& host) {
  SweepAndKeep(forwarding::StaleFlows(before, host, snapshot, scope_));
}

void FlowSweeper::SweepAll(const model::Snapshot& snapshot, const forwarding::HostFacts& host) {
  Sweep(forwarding::AllFlows(snapshot, host, scope_));
  all_to_repeat_ = true;
}

void FlowSweeper::Repeat(const model::Snapshot& snapshot, const forwarding::HostFacts& host) {
  const std::vector<forwarding::FlowRule> rules = std::exchange(to_repeat_, {});
  if (std::exchange(all_to_repeat_, false)) {
    Sweep(forwarding::AllFlows(snapshot, host, scope_));
  } else if (!rules.empty()) {
    Sweep(forwarding::Renewed(rules, snapshot, host));
  }
}

void FlowSweeper::SweepAndKeep(std::vector<forwarding::FlowRule> rules) {
  Sweep(rules);
  if (to_repeat_.size() + rules.size() > kMostToRepeat) {
    to_repeat_.clear();
    all_to_repeat_ = true;
    return;
  }
  std::move(rules.begin(), rules.end(), std::back_inserter(to_repeat_));
}

void FlowSweeper::Sweep(const std::vector<forwarding::FlowRule>& rules) {
  if (rules.empty() || !supported_) return;
  const absl::StatusOr<size_t> deleted = flows_.DeleteStale(rules);
  if (deleted.ok()) {
    if (*deleted > 0) {
      log_(base::Severity::kInfo, absl::StrCat("made the kernel forget ", *deleted,
                                               " flows to endpoints that serve no longer"));
    }
    return;
  }
  supported_ = !absl::IsUnimplemented(deleted.status());
  log_(base::Severity::kWarning,
       absl::StrCat(
           deleted.status().message(), "; flows to endpoints that serve no longer ",
           supported_ ? "may go on until the next look at them" : "go on until they time out"));
}

}  // namespace nftsvc::reconcile
