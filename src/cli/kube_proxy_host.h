// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "src/base/family.h"
#include "src/xtables/iptables_tools.h"

// What kube-proxy, in its iptables mode, has on the host that we run on.
namespace nftsvc::cli {

struct KubeProxyRules {
  xtables::IptablesBackend backend;
  const char* backend_name;          // "legacy"
  bool other_backend_has_too;        // rules that are left alone
  std::array<std::string, 2> saved;  // by family; empty: there is no iptables for it

  xtables::IptablesTools tools(base::Family family) const { return {family, backend}; }
};

// `backend` is "auto", "legacy" or "nft". With "auto" it is the one that has kube-proxy's rules; if
// both have, FailedPrecondition. NotFound: none has.
absl::StatusOr<KubeProxyRules> ReadKubeProxyRules(absl::string_view backend);

// Of a saved text, the lines about kube-proxy: equal for two texts between which only counters went
// on.
std::string KubeLines(absl::string_view saved);

// Whether a process of that name runs in this network namespace.
bool KubeProxyRuns();

// How many clients the session affinity of kube-proxy's chains remembers.
size_t CountRememberedClients();

}  // namespace nftsvc::cli
