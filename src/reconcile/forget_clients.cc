// SPDX-License-Identifier: Apache-2.0
//
// Session affinity outlives endpoints: the kernel's maps keep a client on an endpoint that has been
// removed until they are told to forget it.
#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/nft/compile.h"
#include "src/reconcile/reconciler.h"

namespace nftsvc::reconcile {
namespace {

// Commits of somebody else that may come between in a row, until it is left for later.
constexpr int kAttempts = 5;

// A client that has timed out since it was read fails the whole commit. The fewer there are in it,
// the less is to be done again.
constexpr size_t kMostAtOnce = 256;

using AffinityMaps = std::array<std::vector<nft::AffinityMap>, 2>;

// Whether a map may hold clients of an endpoint that it held before and should not any more.
bool HasShrunk(const AffinityMaps& before, const AffinityMaps& after) {
  for (size_t family = 0; family < after.size(); ++family) {
    absl::flat_hash_map<absl::string_view, const nft::AffinityMap*> had;
    for (const nft::AffinityMap& map : before[family]) had.emplace(map.name, &map);
    for (const nft::AffinityMap& map : after[family]) {
      const auto same = had.find(map.name);
      if (same == had.end()) continue;
      if (!std::ranges::includes(map.endpoints, same->second->endpoints)) return true;
    }
  }
  return false;
}

bool KeepsClients(const forwarding::ServiceRoutes& routes) {
  return std::any_of(routes.ports.begin(), routes.ports.end(),
                     [](const auto& port) { return port.client_ip_affinity.has_value(); });
}

}  // namespace

void Reconciler::ForgetClients(const NamedRoutes& routes_before) {
  std::vector<model::ServiceName> shrunk;
  for (const auto& [name, before] : routes_before) {
    if (before == nullptr || !KeepsClients(*before)) continue;
    const auto now = table_.services.find(name);
    if (now == table_.services.end()) continue;
    if (HasShrunk(nft::CompileAffinityMaps(*before, settings_.options),
                  nft::CompileAffinityMaps(*now->second, settings_.options))) {
      shrunk.push_back(name);
    }
  }
  ForgetClientsOf(shrunk);
  forget_again_.insert(shrunk.begin(), shrunk.end());
}

void Reconciler::ForgetAllClients() {
  std::vector<model::ServiceName> all;
  for (const auto& [name, routes] : table_.services) {
    if (KeepsClients(*routes)) all.push_back(name);
  }
  ForgetClientsOf(all);
  forget_again_.insert(all.begin(), all.end());
}

void Reconciler::ForgetClientsAgain() {
  const auto services = std::exchange(forget_again_, {});
  forget_again_ = ForgetClientsOf({services.begin(), services.end()});
}

// Those of which it could not make the kernel forget them all.
absl::btree_set<model::ServiceName> Reconciler::ForgetClientsOf(
    const std::vector<model::ServiceName>& services) {
  size_t forgotten = 0;
  std::string problem;
  absl::btree_set<model::ServiceName> failed;
  for (const model::ServiceName& name : services) {
    const auto routes = table_.services.find(name);
    if (routes == table_.services.end()) continue;
    const AffinityMaps maps = nft::CompileAffinityMaps(*routes->second, settings_.options);
    for (const base::Family family : base::kFamilies) {
      for (const nft::AffinityMap& map : maps[static_cast<size_t>(family)]) {
        const absl::Status status = ForgetClientsIn(family, map, forgotten);
        if (status.ok()) continue;
        failed.insert(name);
        problem = absl::StrCat(status.message(), "; clients of ", name.ToString(),
                               " may be kept on endpoints that serve no longer");
      }
    }
  }
  // Not again at each poll.
  if (problem != std::exchange(forget_problem_, problem) && !problem.empty()) {
    log_(base::Severity::kWarning, problem);
  }
  if (forgotten > 0) {
    log_(base::Severity::kInfo, absl::StrCat("made the kernel forget ", forgotten,
                                             " clients of endpoints that serve no longer"));
  }
  return failed;
}

absl::Status Reconciler::ForgetClientsIn(base::Family family, const nft::AffinityMap& map,
                                         size_t& forgotten) {
  ASSIGN_OR_RETURN(const std::vector<RulesetStore::Client> clients,
                   kernel_.ReadClients(family, map.name));
  absl::btree_set<base::IpAddress> stale;  // a client can be read twice
  for (const RulesetStore::Client& client : clients) {
    const bool serves =
        std::binary_search(map.endpoints.begin(), map.endpoints.end(), client.endpoint);
    if (!serves) stale.insert(client.address);
  }
  size_t at_once = kMostAtOnce;
  int aborted = 0;
  size_t gone = 0;  // in a row
  for (auto next = stale.begin(); next != stale.end();) {
    nft::Transaction transaction;
    auto end = next;
    for (; end != stale.end() && transaction.operations.size() < at_once; ++end) {
      transaction.operations.emplace_back(nft::DeleteClient{family, map.name, *end});
    }
    const size_t count = transaction.operations.size();
    const absl::StatusOr<Generation> generation = kernel_.Commit(transaction, generation_);
    if (generation.ok()) {
      generation_ = *generation;
      health_.generation = generation_;
      forgotten += count;
      next = end;
      at_once = std::min(2 * at_once, kMostAtOnce);
      aborted = 0;
      gone = 0;
    } else if (absl::IsNotFound(generation.status()) && gone < kMostAtOnce) {
      // Alone, it has timed out. Among others, one of them has. Where all have, it is the map.
      at_once = std::max<size_t>(1, count / 2);
      if (count > 1) continue;
      ++next;
      ++gone;
    } else if (absl::IsAborted(generation.status()) && ++aborted < kAttempts) {
      ASSIGN_OR_RETURN(generation_, kernel_.CurrentGeneration());
      suspect_ = true;
    } else {
      return generation.status();
    }
  }
  return absl::OkStatus();
}

}  // namespace nftsvc::reconcile
