// SPDX-License-Identifier: Apache-2.0
#include "src/model/settle_claims.h"

#include <vector>

#include "absl/container/flat_hash_map.h"

namespace nftsvc::model {
namespace {

class Settlement {
 public:
  Settlement(const Snapshot& current, const PushRules& rules, Proposals& proposals,
             IssueCollector& issues)
      : current_(current), rules_(rules), proposals_(proposals), issues_(issues) {}

  void Run() {
    for (size_t i = 0; i < proposals_.size(); ++i) {
      if (Competes(i)) KeepOwn(i);
    }
    for (size_t i = 0; i < proposals_.size(); ++i) {
      if (Competes(i)) Enter(i);
    }
  }

 private:
  // What stays as it is holds its frontends by the current snapshot.
  bool Competes(size_t i) const {
    const Proposal& p = proposals_[i];
    return p.after != nullptr && !p.refused && !p.unchanged();
  }

  void KeepOwn(size_t i) {
    const Proposal& p = proposals_[i];
    if (p.before == nullptr) return;
    for (const FrontendKey& frontend : FrontendsOf(*p.after)) {
      if (current_.Claimant(frontend) == p.before.get()) taken_.try_emplace(frontend, i);
    }
  }

  void Enter(size_t i) {
    const std::vector<FrontendKey> frontends = FrontendsOf(*proposals_[i].after);
    bool lost = false;
    for (const FrontendKey& frontend : frontends) {
      if (const Service* holder = StayingHolder(i, frontend)) {
        ReportHeld(i, frontend, *holder);
        lost = true;
      } else if (const Proposal* other = OtherTaker(i, frontend)) {
        ReportTaken(i, frontend, *other);
        lost = true;
      }
    }
    if (lost && rules_.refuse_singly) return Refuse(i);
    for (const FrontendKey& frontend : frontends) taken_.try_emplace(frontend, i);
  }

  // Who has the frontend now and goes on having it, other than the i-th proposal's own service.
  const Service* StayingHolder(size_t i, const FrontendKey& frontend) const {
    const Service* holder = current_.Claimant(frontend);
    if (holder == nullptr || holder == proposals_[i].before.get()) return nullptr;
    const size_t named = proposals_.Find(holder->name);
    const bool stays = named == Proposals::kNone
                           ? rules_.Keeps(*holder)
                           : proposals_[named].refused || proposals_[named].unchanged();
    return stays ? holder : nullptr;
  }

  const Proposal* OtherTaker(size_t i, const FrontendKey& frontend) const {
    const auto taken = taken_.find(frontend);
    return taken == taken_.end() || taken->second == i ? nullptr : &proposals_[taken->second];
  }

  void Refuse(size_t first) {
    std::vector<size_t> refused = {first};
    proposals_[first].refused = true;
    while (!refused.empty()) {
      const size_t i = refused.back();
      refused.pop_back();
      if (proposals_[i].before == nullptr) continue;
      for (const FrontendKey& frontend : FrontendsOf(*proposals_[i].before)) {
        const auto taken = taken_.find(frontend);
        if (taken == taken_.end() || taken->second == i) continue;
        const size_t other = taken->second;
        ReportHeld(other, frontend, *proposals_[i].before);
        proposals_[other].refused = true;
        GiveUp(other);
        refused.push_back(other);
      }
    }
  }

  void GiveUp(size_t i) {
    for (const FrontendKey& frontend : FrontendsOf(*proposals_[i].after)) {
      const auto taken = taken_.find(frontend);
      if (taken != taken_.end() && taken->second == i) taken_.erase(taken);
    }
  }

  void ReportHeld(size_t i, const FrontendKey& frontend, const Service& holder) {
    const Proposal& loser = proposals_[i];
    issues_.Begin(i, &loser.after->name);
    if (rules_.Owns(holder)) {
      issues_.Add(Path(loser.path), loser.after->name, " claims ", frontend, ", which ",
                  holder.name, " has already");
    } else {
      issues_.Add(Path(loser.path), loser.after->name, " claims ", frontend, ", which ",
                  holder.name, " of source ", SourceOf(holder), " has");
    }
  }

  void ReportTaken(size_t i, const FrontendKey& frontend, const Proposal& other) {
    const Proposal& loser = proposals_[i];
    issues_.Begin(i, &loser.after->name);
    issues_.Add(Path(loser.path), loser.after->name, " claims ", frontend, ", which ",
                other.after->name, " (", other.path, ") claims too");
  }

  const Snapshot& current_;
  const PushRules& rules_;
  Proposals& proposals_;
  IssueCollector& issues_;
  absl::flat_hash_map<FrontendKey, size_t> taken_;  // by which proposal
};

}  // namespace

void SettleClaims(const Snapshot& current, const PushRules& rules, Proposals& proposals,
                  IssueCollector& issues) {
  Settlement(current, rules, proposals, issues).Run();
}

}  // namespace nftsvc::model
