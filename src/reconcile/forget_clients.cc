// SPDX-License-Identifier: Apache-2.0
//
// Session affinity outlives endpoints: the kernel's maps keep a client on an endpoint that has been
// removed until they are told to forget it.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/nft/compile.h"
#include "src/reconcile/reconciler.h"

namespace nftsvc::reconcile {
namespace {

// A client that has timed out since it was read fails the whole commit; so does a commit of
// somebody else.
constexpr int kAttempts = 5;

using AffinityMaps = std::array<std::vector<nft::AffinityMap>, 2>;

// Whether a map may hold clients of an endpoint that it held before and should not any more.
bool HasShrunk(const AffinityMaps& before, const AffinityMaps& after) {
  for (size_t family = 0; family < after.size(); ++family) {
    for (const nft::AffinityMap& map : after[family]) {
      const auto had = std::find_if(before[family].begin(), before[family].end(),
                                    [&](const nft::AffinityMap& m) { return m.name == map.name; });
      if (had == before[family].end()) continue;
      if (!std::includes(map.endpoints.begin(), map.endpoints.end(), had->endpoints.begin(),
                         had->endpoints.end())) {
        return true;
      }
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
  ForgetClientsOf({services.begin(), services.end()});
}

void Reconciler::ForgetClientsOf(const std::vector<model::ServiceName>& services) {
  size_t forgotten = 0;
  for (const model::ServiceName& name : services) {
    const auto routes = table_.services.find(name);
    if (routes == table_.services.end()) continue;
    const AffinityMaps maps = nft::CompileAffinityMaps(*routes->second, settings_.options);
    for (const base::Family family : base::kFamilies) {
      for (const nft::AffinityMap& map : maps[static_cast<size_t>(family)]) {
        const absl::StatusOr<size_t> count = ForgetClientsIn(family, map);
        if (count.ok()) {
          forgotten += *count;
        } else {
          log_(base::Severity::kWarning,
               absl::StrCat(count.status().message(), "; clients of ", name.ToString(),
                            " may be kept on endpoints that serve no longer"));
        }
      }
    }
  }
  if (forgotten == 0) return;
  log_(base::Severity::kInfo, absl::StrCat("made the kernel forget ", forgotten,
                                           " clients of endpoints that serve no longer"));
}

absl::StatusOr<size_t> Reconciler::ForgetClientsIn(base::Family family,
                                                   const nft::AffinityMap& map) {
  absl::Status last;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSIGN_OR_RETURN(const std::vector<RulesetStore::Client> clients,
                     kernel_.ReadClients(family, map.name));
    absl::btree_set<base::IpAddress> stale;  // a client can be read twice
    for (const RulesetStore::Client& client : clients) {
      const bool serves =
          std::binary_search(map.endpoints.begin(), map.endpoints.end(), client.endpoint);
      if (!serves) stale.insert(client.address);
    }
    if (stale.empty()) return 0;
    nft::Transaction transaction;
    for (const base::IpAddress& client : stale) {
      transaction.operations.emplace_back(nft::DeleteClient{family, map.name, client});
    }
    const absl::StatusOr<Generation> generation = kernel_.Commit(transaction, generation_);
    if (generation.ok()) {
      generation_ = *generation;
      health_.generation = generation_;
      return stale.size();
    }
    last = generation.status();
    if (absl::IsAborted(last)) {
      ASSIGN_OR_RETURN(generation_, kernel_.CurrentGeneration());
      suspect_ = true;
    } else if (!absl::IsNotFound(last)) {
      return last;
    }
  }
  return last;
}

}  // namespace nftsvc::reconcile
