// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "nftsvc/v1/control.pb.h"
#include "src/cli/session.h"
#include "src/netlink/feature_probe.h"
#include "src/netlink/list_chains.h"

namespace nftsvc::cli {

// What doctor looks at, as it was found: of this network namespace, where there are several.
struct DoctorFacts {
  absl::StatusOr<netlink::Features> features = absl::UnknownError("not asked");
  absl::StatusOr<std::vector<netlink::ListedChain>> chains = absl::UnknownError("not asked");

  absl::StatusOr<std::string> nft_version = absl::UnknownError("not asked");  // "1.0.6"

  // By name, "net.ipv4.ip_forward"; without those that do not exist.
  absl::btree_map<std::string, int64_t> sysctls;

  // net.ipv4.conf.*.rp_filter, by interface.
  absl::btree_map<std::string, int64_t> rp_filter;

  std::vector<std::string> bridges;  // interfaces

  // What iptables-legacy-save and ip6tables-legacy-save print; empty: no such tables are loaded.
  std::string legacy_rules;

  bool kube_proxy_runs = false;
  size_t ipvs_services = 0;

  // Processes that listen for changes of nf_tables, "1234 (conntrackd)".
  std::vector<std::string> listeners;

  std::optional<bool> clock_is_synchronized;

  // Of the daemon at this socket.
  std::string socket;
  absl::StatusOr<v1::StatusResult> status = absl::UnknownError("not asked");
};

DoctorFacts CollectFacts(Session& session);

// Of /proc/net/netlink: the port ids of sockets that are in the group of nf_tables' notifications,
// which are mostly those of processes.
std::vector<int64_t> ParseListeners(const std::string& proc_net_netlink);

}  // namespace nftsvc::cli
