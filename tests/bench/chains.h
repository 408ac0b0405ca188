// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/samples.h"

namespace nftsvc::bench {

// A way to get services into the kernel.
struct LoadTimes {
  std::string way;
  Samples load;          // of everything, into tables without services
  Samples add_endpoint;  // one to one service
};

struct ChainTimes {
  Samples emit;                  // services that are checked already, to text for iptables-restore
  size_t rules = 0;              // in that text
  std::vector<LoadTimes> loads;  // side by side
};

// The same services as kube-proxy's chains, restored by both kinds of iptables, and as both layouts
// of nft's tables, by a daemon. Of IPv4. Each round has a new network namespace.
absl::StatusOr<ChainTimes> MeasureChains(const std::string& daemon_path, uint32_t services,
                                         uint32_t endpoints, int rounds);

}  // namespace nftsvc::bench
