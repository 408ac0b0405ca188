// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/follow_target.h"

#include <array>

namespace nftsvc::iptables {
namespace {

class TargetFollower {
 public:
  TargetFollower(const SavedRule& rule, base::Family family, ChainReader& reader,
                 FoundPolicy& policy, const FoundServicePort& found, ImportNotes& notes)
      : rule_(rule),
        family_(static_cast<size_t>(family)),
        reader_(reader),
        policy_(policy),
        found_(found),
        notes_(notes) {}

  // Chains lead on in one direction, from KUBE-FW- to KUBE-SVC-, so this ends.
  void Follow(const KubeChain& chain) {
    const ChainMeaning& meaning = reader_.Read(chain);
    const auto set = [&](const KubeChain* to, std::array<const KubeChain*, 2>& place) {
      const KubeChain*& kept = place[family_];
      if (to == nullptr || kept == to) return;
      if (kept != nullptr) return Leave();
      kept = to;
      const ChainMeaning& balance = reader_.Read(*to);
      if (balance.affinity_seconds == 0) return;
      found_.service.affinity_seconds.try_emplace(balance.affinity_seconds, balance.affinity_line);
    };
    switch (RoleOf(chain.name)) {
      case ChainRole::kCluster:
        Vote(false, rule_.line, policy_);
        return set(&chain, found_.port->cluster);
      case ChainRole::kLocal:
        Vote(true, rule_.line, policy_);
        return set(&chain, found_.port->local);
      case ChainRole::kExternal:
        Vote(meaning.keeps_source, rule_.line, policy_);
        set(meaning.cluster, found_.port->cluster);
        return set(meaning.local, found_.port->local);
      case ChainRole::kExternalLocal:
        Vote(true, rule_.line, policy_);
        set(meaning.cluster, found_.port->cluster);
        return set(meaning.local != nullptr ? meaning.local : &chain, found_.port->local);
      case ChainRole::kFirewall:
        found_.service.firewalls[family_].insert(&chain);
        for (const KubeChain* next : {meaning.external, meaning.cluster, meaning.local}) {
          if (next != nullptr) Follow(*next);
        }
        return;
      case ChainRole::kEndpoint:
      case ChainRole::kOther:
        return Leave();
    }
  }

 private:
  void Leave() { notes_.AddLine(kNotUnderstood, rule_.line); }

  const SavedRule& rule_;
  const size_t family_;
  ChainReader& reader_;
  FoundPolicy& policy_;
  const FoundServicePort& found_;
  ImportNotes& notes_;
};

}  // namespace

void Vote(bool local, size_t line, FoundPolicy& policy) {
  size_t& first = local ? policy.local_line : policy.cluster_line;
  if (first == 0) first = line;
}

void FollowTarget(const SavedRule& rule, base::Family family, const ChainReaders& readers,
                  FoundPolicy& policy, const FoundServicePort& found, ImportNotes& notes) {
  ChainReader& reader = *readers[static_cast<size_t>(family)];
  const KubeChain* chain = reader.Target(rule);
  if (chain == nullptr) return;
  TargetFollower(rule, family, reader, policy, found, notes).Follow(*chain);
}

}  // namespace nftsvc::iptables
